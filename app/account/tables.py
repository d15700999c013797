"""What the person's own pages read across tables."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

import msgspec

from app import db
from app.clientinfo import Place

# Two lists in one statement, as rows: building JSON of them would cost more than the rest of it.
_HOME = """
SELECT 'tenant' AS kind, app_now() AS now, t."name", t."slug", t."logo", t."status"::text AS status,
    ARRAY(SELECT r."name" FROM "Roles" r
        WHERE r."tenantId" = t."id" AND r."id"::text = ANY (m."roles") ORDER BY r."name") AS roles,
    NULL::timestamp AS at, NULL::varchar AS agent, NULL::jsonb AS place
FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId" WHERE m."userId" = $1
UNION ALL
(SELECT 'sign-in', app_now(), NULL, NULL, NULL, l."status"::text, NULL, l."createdAt", l."userAgent", l."location"
FROM "LoginHistories" l WHERE l."userId" = $1 ORDER BY l."createdAt" DESC, l."id" DESC LIMIT 5)
"""


class HomeTenant(msgspec.Struct, frozen=True):
    """A tenant of the person, with the names of the roles they hold there."""

    name: str
    slug: str
    logo: str | None
    status: Literal["active", "suspended", "pending_deletion"]
    roles: list[str]


class SignIn(msgspec.Struct, frozen=True):
    """One line of the sign-in history."""

    at: datetime
    agent: str | None
    place: Place | None
    status: Literal["success", "failed"]


class Home(msgspec.Struct, frozen=True):
    """Everything the home page shows, read in one statement."""

    now: datetime
    tenants: list[HomeTenant]
    sign_ins: list[SignIn]

    @classmethod
    async def of(cls, user_id: UUID) -> Self:
        rows = await db.rows(_HOME, user_id)
        tenants = [
            HomeTenant(row["name"], row["slug"], row["logo"], row["status"], row["roles"])
            for row in rows
            if row["kind"] == "tenant"
        ]
        sign_ins = [
            SignIn(row["at"], row["agent"], msgspec.convert(row["place"], Place | None), row["status"])
            for row in rows
            if row["kind"] == "sign-in"
        ]
        now = rows[0]["now"] if rows else await db.now()
        return cls(now, sorted(tenants, key=lambda tenant: (tenant.name.casefold(), tenant.slug)), sign_ins)
