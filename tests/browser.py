"""A Chromium for the browser tests: `python -m tests.browser` prints the path of one that starts.

The first that Playwright can really drive is taken: the one named by CHROMIUM, one installed on the machine, one that
Playwright downloaded earlier; else one is installed, by Playwright's own download or, where that is out of reach, from
the distribution's packages. Whatever happens on the way is told on stderr, so that stdout holds the path and no more.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Error, Playwright, sync_playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
ADVICE = (
    "No Chromium that starts was found, and none could be installed. Install one (Debian: apt-get install chromium; "
    "elsewhere: .venv/bin/playwright install --with-deps chromium) or name one: CHROMIUM=/path/to/chromium"
)


class NoBrowser(Exception):
    """No Chromium starts on this machine; the message says what to do."""


def find() -> Path:
    """Path of a Chromium that has just been started and answered. Installs one if it must; raises NoBrowser."""
    with sync_playwright() as playwright:
        if named := os.environ.get("CHROMIUM"):
            return _only(playwright, Path(named))
        if found := _first_that_starts(playwright):
            return found
        for install in (_by_playwright, _by_apt):
            install()
            if found := _first_that_starts(playwright):
                return found
    raise NoBrowser(ADVICE)


def _only(playwright: Playwright, named: Path) -> Path:
    reason = _refusal(playwright, named)
    if reason:
        message = f"CHROMIUM={named} does not start: {reason}"
        raise NoBrowser(message)
    return named


def _first_that_starts(playwright: Playwright) -> Path | None:
    for candidate in _candidates(playwright):
        reason = _refusal(playwright, candidate)
        if reason is None:
            return candidate
        _tell(f"{candidate} does not start: {reason}")
    return None


def _candidates(playwright: Playwright) -> Iterator[Path]:
    for command in COMMANDS:
        if installed := shutil.which(command):
            yield Path(installed)
    for path in (*MAC_APPLICATIONS, Path(playwright.chromium.executable_path)):
        if path.exists():
            yield path


def _refusal(playwright: Playwright, path: Path) -> str | None:
    """Why this browser cannot be used; None if it can. A path alone proves little: Ubuntu's chromium-browser is a stub
    that asks for snap, and a downloaded one may lack libraries of the system.
    """
    try:
        browser = playwright.chromium.launch(executable_path=path, timeout=60_000)
        try:
            page = browser.new_page()
            page.set_content("<h1>Portico</h1>")
            heading = page.inner_text("h1")
        finally:
            browser.close()
    except Error as error:
        return error.message.strip().splitlines()[0]
    return None if heading == "Portico" else "it shows no pages"


def _by_playwright() -> None:
    _tell("No Chromium here: asking Playwright for one")
    _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _by_apt() -> None:
    if not shutil.which("apt-get"):
        return
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and not shutil.which("sudo"):
        return
    _tell("Installing Debian's chromium")
    # The package lists of a fresh machine or container are old or missing.
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
    _run([*apt, "update"])
    _run([*apt, "install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"])


def _run(command: list[str]) -> None:
    """A failure is told in one line and left to the next way of getting a browser."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        errors = [line for line in said if line.startswith(("E:", "Error", "sudo:"))]
        _tell(f"That failed: {(errors or said or ['no reason given'])[-1]}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    try:
        print(find())
    except NoBrowser as none:
        _tell(str(none))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
