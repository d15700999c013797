"""Who acts: carried into every verb, so that pages, jobs and the console write the same history."""

from typing import Literal, Self
from uuid import UUID

import msgspec


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

    @classmethod
    def system(cls, name: str) -> Self:
        """The product itself: `name` is the job or the console command that acts."""
        return cls(kind="system", name=name)

    def as_person(self, user_id: UUID, name: str | None) -> "Actor":
        """The same place and agent, now that it is known who this is."""
        return msgspec.structs.replace(self, kind="person", user_id=user_id, name=name)
