"""What the person's own pages read across tables."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

import msgspec

from app import db
from app.clientinfo import Place

_HOME = """
SELECT app_now() AS now,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'name', t."name", 'slug', t."slug", 'logo', t."logo", 'status', t."status",
        'roles', (SELECT coalesce(jsonb_agg(r."name" ORDER BY r."name"), '[]')
                  FROM "Roles" r WHERE r."tenantId" = t."id" AND r."id"::text = ANY (m."roles"))
     ) ORDER BY lower(t."name"), t."id"), '[]')
   FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId" WHERE m."userId" = $1) AS tenants,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'at', l."createdAt", 'agent', l."userAgent", 'place', l."location", 'status', l."status"
     ) ORDER BY l."createdAt" DESC, l."id" DESC), '[]')
   FROM (SELECT * FROM "LoginHistories" WHERE "userId" = $1 ORDER BY "createdAt" DESC, "id" DESC LIMIT 5) l
  ) AS "signIns"
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
        row = await db.one(_HOME, user_id)
        if row is None:
            raise db.Away("a statement that always gives a row gave none")
        return cls(
            row["now"],
            msgspec.convert(row["tenants"], list[HomeTenant]),
            msgspec.convert(row["signIns"], list[SignIn]),
        )
