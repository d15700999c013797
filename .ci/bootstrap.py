"""Create the virtual environment, also where Debian has split pip for it off into a package of its own.

The one file that runs on a bare Python, before any dependency is there.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path


def create(folder: Path) -> None:
    if not has_ensurepip():
        install_from_debian()
    if not has_ensurepip():
        sys.exit(f"This Python cannot make a virtual environment. Debian and Ubuntu: apt-get install {package()}")
    venv.create(folder, with_pip=True, symlinks=True, clear=True)


def has_ensurepip() -> bool:
    # Asked in a process of its own: this one would not see a module that has been installed meanwhile.
    asked = subprocess.run([sys.executable, "-m", "ensurepip", "--version"], capture_output=True, check=False)
    return asked.returncode == 0


def install_from_debian() -> None:
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (as_root and not shutil.which("sudo")):
        return
    print(f"Installing {package()}, which this Python lacks", file=sys.stderr)
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", package()]):
        subprocess.run([*apt, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)


def package() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


if __name__ == "__main__":
    create(Path(sys.argv[1]))
