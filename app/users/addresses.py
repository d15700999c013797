"""E-mail addresses: one canonical form, because two spellings of one mailbox would be two accounts."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import idna

from app.config import settings
from app.errors import Rejected
from app.i18n import _

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)

SPECIAL_USE = frozenset({"test", "example", "invalid", "localhost", "local", "onion", "internal", "alt"})
"""Top-level domains that no mail reaches (RFC 2606, RFC 6761, RFC 6762); accepted outside production only."""


def canonical(typed: str) -> str:
    """The address in the form that is stored and compared: lower case, the domain in its ASCII form (IDNA 2008).

    Quoted local parts, comments, several @ and characters that only look like others are refused: their readings
    differ between systems (RFC 5321 allows them, account takeovers have come of it). Raises Rejected("email").
    """
    text = typed.strip()
    local, at, domain = text.partition("@")
    if not at or "@" in domain or len(text) > 254:
        raise _no()
    local = local.lower() if local.isascii() else ""
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        raise _no()
    try:
        host = idna.encode(unicodedata.normalize("NFC", domain), uts46=True, std3_rules=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise _no() from None
    top = host.rpartition(".")[2]
    if "." not in host or top.isdigit() or (settings().production and top in SPECIAL_USE):
        raise _no()
    return f"{local}@{host}"


def refuse_blocked(email: str) -> None:
    """Raises Rejected("email") for a mail domain of the operator's file BLOCKED_DOMAINS, or below one."""
    path = settings().blocked_domains
    labels = email.partition("@")[2].split(".")
    if path and any(".".join(labels[start:]) in _blocked(path) for start in range(len(labels))):
        raise Rejected("email", _("Addresses of this mail provider cannot be used here. Use another one."))


@lru_cache(maxsize=1)
def _blocked(path: Path) -> frozenset[str]:
    """The file's domains, one a line; `#` begins a comment. Read once."""
    lines = (line.partition("#")[0].strip().lower() for line in path.read_text().splitlines())
    return frozenset(line for line in lines if line)


def _no() -> Rejected:
    return Rejected("email", _("Enter an address such as mia@example.com."))
