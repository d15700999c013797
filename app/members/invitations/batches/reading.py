"""Reading a list of addresses as people have them: pasted lines, a CSV file, what a mail program copies."""

import re

from app.errors import Rejected
from app.i18n import _

MOST_BYTES = 1_000_000
MOST_ADDRESSES = 5_000
LONGEST_TYPED = 300
"""Characters of one entry that are kept to be shown."""

_SEPARATORS = re.compile(r"[,;\n\r\t]+")
_NAMED = re.compile(r"<([^<>]*)>")
_QUOTES = "\"'\u201c\u201d\u2018\u2019 \u00a0\ufeff"
_HEADERS = frozenset(
    {
        "email",
        "e-mail",
        "mail",
        "address",
        "email address",
        "e-mail address",
        "name",
        "first name",
        "last name",
        "firstname",
        "lastname",
        "full name",
    }
)


def text_of(data: bytes) -> str:
    """A file as text: UTF-8, UTF-16 if it says so, else Latin-1, in which every file is some text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def entries(*texts: str) -> list[str]:
    """What stands where an address may stand, in its order; whether it is one is judged later.

    In "Mia Berger <mia@acme.test>" it is what the brackets hold. Of a line with several columns those without an @
    are names and left out; a line without any @ stays whole, to be shown as one that holds no address. Headers of a
    table are left out. Raises Rejected("typed") for too much or nothing.
    """
    found: list[str] = []
    for text in texts:
        if len(text.encode("utf-8", "replace")) > MOST_BYTES:
            raise Rejected("typed", _("This is too much at once: use at most 1 MB of text."))
        for number, line in enumerate(re.split(r"[\n\r]+", text.replace("\0", ""))):
            found += _of_line(line, first=number == 0)
            if len(found) > MOST_ADDRESSES:
                raise Rejected("typed", _("These are more than 5,000 addresses. Invite them in several parts."))
    if not found:
        raise Rejected("typed", _("Paste at least one address, or choose a file that holds some."))
    return found


def _of_line(line: str, *, first: bool) -> list[str]:
    parts = [part for part in (_bare(part) for part in _SEPARATORS.split(line)) if part]
    addresses = [part for part in parts if "@" in part]
    if addresses or not parts:
        return addresses
    if first and all(part.lower() in _HEADERS for part in parts):
        return []
    return [line.strip(_QUOTES)[:LONGEST_TYPED]]


def _bare(part: str) -> str:
    named = _NAMED.search(part)
    return (named[1] if named else part).strip(_QUOTES)[:LONGEST_TYPED]
