"""What the seed asks of the database: many people at once, by COPY."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app import db

_PEOPLE = ("id", "email", "name", "emailVerified", "status", "statusReason", "statusChangedAt", "createdAt")
_MEMBERS = ("tenantId", "userId", "roles", "createdAt")


class Person(NamedTuple):
    """Somebody with a proven address and no password, in the order of the columns above."""

    id: UUID
    email: str
    name: str
    email_verified: bool
    status: str
    status_reason: str | None
    status_changed_at: datetime | None
    created_at: datetime


class Member(NamedTuple):
    tenant_id: UUID
    user_id: UUID
    roles: list[str]
    created_at: datetime


async def roles_of(slug: str) -> tuple[UUID, dict[str, str]]:
    """The tenant's id, and the id of each of its built-in roles by kind."""
    rows = await db.rows(_ROLES, slug)
    return rows[0]["tenant"], {row["kind"]: row["role"] for row in rows}


async def ids_of(emails: Sequence[str]) -> dict[str, UUID]:
    """Who of these people is there, by address."""
    rows = await db.rows('SELECT "email", "id" FROM "Users" WHERE "email" = ANY ($1::text[])', list(emails))
    return {row["email"]: row["id"] for row in rows}


async def members_among(tenant_id: UUID, user_ids: Sequence[UUID]) -> set[UUID]:
    rows = await db.rows(_MEMBERS_AMONG, tenant_id, list(user_ids))
    return {row["userId"] for row in rows}


async def add_people(people: Sequence[Person]) -> None:
    await _copy("Users", _PEOPLE, people)


async def add_members(members: Sequence[Member]) -> None:
    await _copy("TenantUsers", _MEMBERS, members)


async def _copy(table: str, columns: Sequence[str], records: Sequence[tuple[object, ...]]) -> None:
    """COPY fires the row triggers as INSERT does, and is no statement that db.py has a word for."""
    if records:
        async with db.engine.hold() as held:
            await held.connection.copy_records_to_table(table, records=records, columns=columns)


_ROLES = """
SELECT t."id" AS tenant, b."kind" AS kind, r."id"::text AS role
FROM "Tenants" t JOIN "Roles" r ON r."tenantId" = t."id" JOIN "BuiltInRoles" b ON b."roleId" = r."id"
WHERE t."slug" = $1
"""

_MEMBERS_AMONG = """
SELECT "userId" FROM "TenantUsers" WHERE "tenantId" = $1 AND "userId" = ANY ($2::uuid[])
"""
