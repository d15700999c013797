"""What a backup code looks like: 80 random bits as 4 x 4 letters of Crockford's base32 (decisions 33)."""

import secrets
from uuid import UUID

from app import crypto

COUNT = 10
LENGTH = 16
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = " -\u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2014\t"


def new_set() -> list[str]:
    """Ten codes as people read them, all different."""
    made: set[str] = set()
    while len(made) < COUNT:
        made.add("".join(secrets.choice(_ALPHABET) for _letter in range(LENGTH)))
    return [shown(code) for code in made]


def shown(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4))


def normal(typed: str) -> str | None:
    """The code as it is stored under its MAC: case, dashes, blanks and look-alike letters do not matter.

    None for what cannot be a code.
    """
    code = "".join(letter for letter in typed if letter not in _BETWEEN)
    if not code.isascii():
        return None
    code = code.upper().translate(_READ_AS)
    return code if len(code) == LENGTH and all(letter in _ALPHABET for letter in code) else None


def stored(code: str, user_id: UUID) -> str:
    """HMAC-SHA-256 under the newest key, in hex: 80 bits need no slow hash, and no two people's are alike."""
    return crypto.mac("backup code", user_id.bytes + code.encode()).hex()


def all_stored(code: str, user_id: UUID) -> list[str]:
    """As `stored`, under every key still in use."""
    return [found.hex() for found in crypto.macs("backup code", user_id.bytes + code.encode())]
