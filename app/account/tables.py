"""What the person's own pages read across tables."""

from datetime import datetime
from typing import ClassVar, Literal, Self

import msgspec
from asyncpg import Record

from app.clientinfo import Place


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

    @classmethod
    def of(cls, row: Record) -> Self:
        at, agent, place, status = row
        return cls(at, agent, msgspec.json.decode(place, type=Place) if place else None, status)


class Home(msgspec.Struct, frozen=True):
    """Everything the home page shows."""

    now: datetime
    tenants: list[HomeTenant]
    sign_ins: list[SignIn]

    # Read beside the session, for the person `u`. Rows within arrays: building JSON would cost more, and so would a
    # statement of its own.
    BESIDE: ClassVar[str] = """
        app_now() AS now,
        ARRAY(
            SELECT ROW(t."name", t."slug", t."logo", t."status"::text, ARRAY(SELECT r."name" FROM "Roles" r
                WHERE r."tenantId" = t."id" AND r."id"::text = ANY (m."roles") ORDER BY r."name"))
            FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId" WHERE m."userId" = u."id"
        ) AS tenants,
        ARRAY(
            SELECT ROW(l."createdAt", l."userAgent", l."location"::text, l."status"::text)
            FROM "LoginHistories" l WHERE l."userId" = u."id" ORDER BY l."createdAt" DESC, l."id" DESC LIMIT 5
        ) AS sign_ins
    """

    @classmethod
    def of(cls, row: Record) -> Self:
        tenants = sorted(
            (HomeTenant(*each) for each in row["tenants"]), key=lambda each: (each.name.casefold(), each.slug)
        )
        return cls(row["now"], tenants, [SignIn.of(each) for each in row["sign_ins"]])
