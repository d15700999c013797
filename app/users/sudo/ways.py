"""Which ways there are to prove again who one is, best first. Ways are data: the page shows what stands here."""

from enum import StrEnum

from app.actor import Sudo


class Way(StrEnum):
    """The value is what the proof is called in `Sessions.provenBy`, where `actor.sudo_level` weighs it."""

    PASSKEY = "passkey"
    TOTP = "totp"
    BACKUP_CODE = "backup_code"
    PASSWORD = "password"  # noqa: S105 - a way, not a password
    MAIL = "mail"


def ways(factors: frozenset[str], level: Sudo) -> tuple[Way, ...]:
    """What a person with these factors may use for this level: as `sudo_level` weighs it, a mailed code last of all.

    Whoever has a passkey or an authenticator app needs one of these for the highest level (decisions 32).
    """
    strong = [Way.PASSKEY] if "passkey" in factors else []
    if "totp" in factors:
        strong += [Way.TOTP, Way.BACKUP_CODE]
    known = [Way.PASSWORD] if "password" in factors else []
    if strong:
        return tuple(strong + known) if level < Sudo.STRONGEST else tuple(strong)
    return tuple(known or [Way.MAIL])
