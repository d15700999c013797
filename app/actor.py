"""Who acts: carried into every verb, so that pages, jobs and the console write the same history."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Literal, Self
from uuid import UUID

import msgspec

from app.errors import NeedsSudo


class Sudo(IntEnum):
    """How freshly and how strongly somebody has just proven who they are; an act asks for a level."""

    NONE = 0
    FRESH = 1
    """By any factor they have, a mailed code only if they have nothing else."""
    STRONGEST = 2
    """By a factor of the highest level they have: passkey or authenticator app, then password (decisions 32)."""


SUDO_SECONDS = 600
_STRONG = frozenset({"passkey", "totp", "backup_code"})
_KNOWN = frozenset({"password"})


def sudo_level(proven_by: Iterable[str], age: float, factors: frozenset[str]) -> Sudo:
    """What a proof given `age` seconds ago by these methods is worth to a person who has these factors.

    A password is worth nothing at the highest level to whoever has a passkey or an authenticator app; a mailed code
    and a sign-in by Google are worth something only to people who have none of the three.
    """
    given = frozenset(proven_by)
    if age > SUDO_SECONDS or not given:
        return Sudo.NONE
    if given & _STRONG:
        return Sudo.STRONGEST
    if factors & _STRONG:
        return Sudo.FRESH if given & _KNOWN else Sudo.NONE
    return Sudo.STRONGEST if given & _KNOWN or not factors & _KNOWN else Sudo.NONE


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A person, an operator, the system or somebody unknown, with where they come from."""

    kind: Literal["person", "operator", "system", "anonymous"]
    user_id: UUID | None = None
    name: str | None = None
    session_id: UUID | None = None
    tenant_id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    ip: str | None = None
    agent: str | None = None
    request_id: str | None = None
    impersonator: UUID | None = None
    sudo: Sudo = Sudo.NONE

    @classmethod
    def system(cls, name: str) -> Self:
        """The product itself: `name` is the job or the console command that acts."""
        return cls(kind="system", name=name, sudo=Sudo.STRONGEST)

    def require(self, level: Sudo) -> None:
        """Raises NeedsSudo unless the actor's proof is fresh and strong enough; verbs ask as routes do."""
        if self.sudo < level:
            raise NeedsSudo(any_factor=level is Sudo.FRESH)

    def as_person(self, user_id: UUID, name: str | None) -> "Actor":
        """The same place and agent, now that it is known who this is."""
        return msgspec.structs.replace(self, kind="person", user_id=user_id, name=name)
