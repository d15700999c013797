"""What the team sees of its invitations."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Record

from app.members.invitations.tables import OPEN, STATE
from app.tenancy import scoped_sql


class Key(NamedTuple):
    """What the list is sorted by."""

    made_at: datetime
    id: UUID


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One invitation. `mail` is what the mail server said of the last mail; None for one nobody remembers."""

    id: UUID
    email: str
    state: str
    label: str | None
    word: str | None
    roles: list[str]
    inviter: str
    inviter_in: bool
    """Whether the inviter is in the team and not suspended: otherwise nobody can accept."""
    made_at: datetime
    sent_at: datetime | None
    sent_times: int
    expires_at: datetime
    mail: str | None
    problem: str | None

    @property
    def key(self) -> Key:
        return Key(self.made_at, self.id)

    @staticmethod
    @scoped_sql(
        f"""
        SELECT i."id", i."email", {STATE} AS state, d."label", d."word",
            ARRAY(SELECT r."name"::text FROM "InvitationRoles" x JOIN "Roles" r ON r."id" = x."roleId"
                WHERE x."invitationId" = i."id" ORDER BY lower(r."name")) AS roles,
            coalesce(nullif(v."name", ''), v."email") AS inviter,
            EXISTS (SELECT FROM "MemberIndex" m WHERE m."tenantId" = i."tenantId" AND m."userId" = i."invitedById"
                AND m."status" = 'active') AS inviter_in,
            i."createdAt" AS made_at, d."sentAt" AS sent_at, coalesce(d."sentTimes", 0) AS sent_times,
            i."expiresAt" AS expires_at, o."status" AS mail, o."lastError" AS problem
        FROM "Invitations" i JOIN "Users" v ON v."id" = i."invitedById"
        LEFT JOIN "InvitationDetails" d ON d."invitationId" = i."id" LEFT JOIN "Outbox" o ON o."id" = d."mailId"
        WHERE i."tenantId" = {{tenant}} AND (NOT $1::boolean OR {OPEN})
            AND ($2::timestamp IS NULL OR (i."createdAt", i."id") < ($2, $3::uuid))
        ORDER BY i."createdAt" DESC, i."id" DESC LIMIT $4
        """
    )
    def some(rows: list[Record]) -> list["Line"]:
        """The newest first: only open ones or all, those after a key, at most so many."""
        return [Line(**dict(row)) for row in rows]


@scoped_sql('SELECT EXISTS (SELECT FROM "Invitations" WHERE "tenantId" = {tenant})')
def any_ever(rows: list[Record]) -> bool:
    """Whether anybody was ever invited."""
    return bool(rows[0]["exists"])
