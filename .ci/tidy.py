"""What no other tool of `make check` looks at: the lock file, the reasons for dependencies, strays in any file.

Prints one line a finding, `file:line: what`, and ends with 1 if there was one.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
STRAYS = {
    "a path of somebody's machine": re.compile(r"(?<![\w.*}-])/(root|opt|work|mnt|home/\w+|Users/\w+)/\w"),
    "the address of a package registry": re.compile(r"\b(pyp[i]|pythonhoste[d]|npmj[s]|deb\.debia[n])\.(org|com)\b"),
    "a setting that names a package index": re.compile(r"--(extra-)?(index-ur[l]|find-link[s]|trusted-hos[t])\b"),
    "a mark of an unfinished merge": re.compile(r"^(<{7}|>{7}) "),
    "white space at the end of the line": re.compile(r"[ \t]+$"),
}
FOREIGN = ("static/vendor/",)  # other people's files, kept byte for byte
BINARY = {".png", ".webp", ".ico", ".mmdb", ".woff2", ".mo"}


def findings() -> Iterator[str]:
    yield from odd_lock_lines()
    yield from dependencies_without_pin_or_reason()
    for path in files(ROOT, ignored()):
        yield from strays(path)


def odd_lock_lines() -> Iterator[str]:
    """A name, a version, its hashes: nothing that says where this machine got its packages."""
    for number, line in enumerate(lines("requirements.lock"), 1):
        if not (PIN.fullmatch(line) or HASH.fullmatch(line)):
            yield f"requirements.lock:{number}: neither a pinned name nor a hash: {line}"


def dependencies_without_pin_or_reason() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = {pin["name"]: pin["version"] for line in lines("requirements.lock") if (pin := PIN.fullmatch(line))}
    reasons = "\n".join(lines("docs/dependencies.md")).lower()
    direct = (
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
    )
    for requirement in map(Requirement, direct):
        name = canonicalize_name(requirement.name)
        if not requirement.specifier.contains(pinned.get(name, "0.dev0"), prereleases=True):
            yield f"requirements.lock: {requirement} is not met: run make lock"
        if f"| {name} |" not in reasons:
            yield f"docs/dependencies.md: no line says why {name} is needed"


def strays(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    if name.startswith(FOREIGN) or path.suffix in BINARY:
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        yield from (f"{name}:{number}: {what}" for what, pattern in STRAYS.items() if pattern.search(line))


def files(folder: Path, skipped: set[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in skipped or path.is_symlink():
            continue
        if path.is_dir():
            yield from files(path, skipped)
        else:
            yield path


def ignored() -> set[str]:
    """The plain names of .gitignore, so that an unpacked archive is checked like a clone."""
    return {".git", *(line.strip("/") for line in lines(".gitignore") if line)}


def lines(name: str) -> list[str]:
    path = ROOT / name
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    found = list(findings())
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
