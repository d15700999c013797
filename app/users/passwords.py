"""What makes a password good enough (NIST SP 800-63B-4 section 3.1.1): length and not being guessable.

No composition rules, no expiry. A password is judged where it is chosen, never where it is used to sign in.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from zxcvbn_rs_py import zxcvbn

from app.config import settings
from app.errors import Rejected
from app.i18n import _

LONGEST = 256
_JUDGED = 72
"""Characters that the estimator reads; it takes time that grows with the square of the length."""

_GUESSABLE_BELOW = 2
"""zxcvbn's score: 2 stands for more than 10^6 guesses, beyond what a throttled attacker reaches."""


def normal(password: str) -> str:
    """NFKC, so that the same keys on two systems give the same password; nothing else is changed."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, *, field: str, about: Iterable[str]) -> str:
    """The normalised password if it may be chosen. `about` are words of the person: name, address, tenants.

    Raises Rejected at `field` with the reason and what to do.
    """
    chosen = normal(password)
    least = settings().password_min_length
    if len(chosen) < least:
        raise Rejected(field, _("Use at least %(least)s characters.", least=least))
    if len(chosen) > LONGEST:
        raise Rejected(field, _("Use at most %(most)s characters.", most=LONGEST))
    if _built_on(chosen, about):
        raise Rejected(
            field, _("This is built on your name, your address or this site's name. Choose words that are not.")
        )
    if int(zxcvbn(chosen[:_JUDGED]).score) < _GUESSABLE_BELOW:
        raise Rejected(
            field, _("This is among the passwords that are tried first. Choose a few unrelated words instead.")
        )
    if is_breached(chosen):
        raise Rejected(field, _("This password was found in stolen data. Choose one that you use nowhere else."))
    return chosen


def is_breached(password: str) -> bool:
    """Whether the operator's list of stolen passwords holds it; no service is asked.

    BREACHED_PASSWORDS is a file of upper-case SHA-1 sums in order, one a line, with or without `:count`.
    """
    path = settings().breached_passwords
    if path is None:
        return False
    wanted = hashlib.sha1(normal(password).encode(), usedforsecurity=False).hexdigest().upper().encode()
    return _holds(path, wanted)


def _built_on(password: str, about: Iterable[str]) -> bool:
    """Whether little is left once the words that anyone would try first are taken out."""
    left = password.casefold()
    words = {word for text in (*about, settings().site_name, "portico", "portal") for word in _words(text)}
    if not any(word in left for word in words):
        return False
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return sum(character.isalpha() for character in left) < 5 and len(left) < settings().password_min_length


def _words(text: str) -> Iterable[str]:
    parts = "".join(character if character.isalnum() else " " for character in text.casefold()).split()
    return (part for part in (*parts, "".join(parts)) if len(part) >= 3)


def _holds(path: Path, wanted: bytes) -> bool:
    """Binary search over the lines of a sorted file, without reading it whole (a full list has 40 GB)."""
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            file.seek(middle)
            if middle:
                file.readline()
            line = file.readline()
            if not line or line[:40] > wanted:
                high = middle
            elif line[:40] == wanted:
                return True
            else:
                low = middle + 1
        file.seek(0)
        return file.readline()[:40] == wanted
