"""What only the QA kit asks of the database: time moved for one person or tenant, and what no verb of the
product does yet.

Whose a row is, and which times it has, is read from the catalog of the live schema, so that a new table is moved the
day it is made.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from app import db

USERS, OWNER = '"Users"', '"userId"'
TENANTS = '"Tenants"'
"""A foreign key to Users of this name says whose a row is; others say who acted on somebody else's row."""

ADDRESSES = frozenset({"email", "recipient"})
"""Columns that hold the address of the person a row is about."""

UNMOVED: Mapping[str, str] = {
    "SecurityAuditLogs": "history is only added to, and a trigger refuses what would rewrite it",
    "ActivityLogs": "as SecurityAuditLogs",
}
"""Tables of people's rows that stay as they are, and why."""


class Table(NamedTuple):
    """A table as the catalog has it, its names quoted: its times, and what its columns refer to."""

    name: str
    times: list[str]
    addresses: list[str]
    references: list[tuple[str, str, str]]
    """(column, table, column there) of each foreign key."""
    has_tenant: bool
    """Whether a column `tenantId` says which tenant a row belongs to."""

    @property
    def plain(self) -> str:
        return self.name.strip('"')


async def hold_address(email: str) -> None:
    """Of several that want the address, the others wait here until this transaction is over."""
    await db.execute("SELECT pg_advisory_xact_lock(hashtext('qa'), hashtext($1))", email)


async def suspend(user_id: UUID, reason: str) -> None:
    await db.execute(_SUSPEND, user_id, reason)


async def deactivate(user_id: UUID, reason: str) -> None:
    await db.execute(_DEACTIVATE, user_id, reason)


async def suspend_tenant(tenant_id: UUID) -> None:
    await db.execute("""UPDATE "Tenants" SET "status" = 'suspended' WHERE "id" = $1""", tenant_id)


async def demand_second_step(tenant_id: UUID) -> None:
    await db.execute(_DEMAND_SECOND_STEP, tenant_id)


async def networks(user_id: UUID) -> list[str | None]:
    """The addresses from which somebody signed in as the person, or tried to."""
    rows = await db.rows('SELECT DISTINCT "ipAddress" FROM "LoginHistories" WHERE "userId" = $1', user_id)
    return [row["ipAddress"] for row in rows]


async def move_back(user_id: UUID, email: str, time: timedelta) -> dict[str, int]:
    """Moves every time in the person's rows back, in the caller's transaction; gives how many rows that were, by table.

    Not `updatedAt`, which a trigger writes and no rule reads.
    """
    moved: dict[str, int] = {}
    for name, statement in statements(await schema()).items():
        tag = await db.execute(statement, user_id, email, time)
        count = int(tag.rpartition(" ")[2])
        if count:
            moved[name] = count
    return moved


async def move_tenant_back(tenant_id: UUID, time: timedelta) -> dict[str, int]:
    """As move_back, for the tenant's row, those with its `tenantId` and those that hang on them. What belongs to a
    person otherwise, such as a session, has the person's time.
    """
    moved: dict[str, int] = {}
    for name, statement in tenant_statements(await schema()).items():
        tag = await db.execute(statement, tenant_id, time)
        count = int(tag.rpartition(" ")[2])
        if count:
            moved[name] = count
    return moved


def tenant_statements(known: list[Table]) -> dict[str, str]:
    """The UPDATE of each table that holds rows of tenants with times in them; $1 is the id, $2 the time."""
    movable = [table for table in known if table.plain not in UNMOVED]
    owned = {table.name: '"tenantId" = $1' for table in movable if table.has_tenant} | {TENANTS: '"id" = $1'}
    strangers = {table.name for table in movable if any(column == OWNER for column, _to, _there in table.references)}
    owned = _with_children([table for table in movable if table.name not in strangers], owned, TENANTS)
    found = {
        table.plain: f"UPDATE {table.name} SET {_earlier(table, '$2')} WHERE {owned[table.name]}"
        for table in movable
        if table.name in owned and table.times
    }
    return dict(sorted(found.items(), key=lambda one: (one[0] != "Tenants", one[0])))


def statements(known: list[Table]) -> dict[str, str]:
    """The UPDATE of each table that holds rows of people with times in them; $1 is the id, $2 the address, $3 the time.

    Half-made sign-ins come before the person, and that before all else, as the product locks them.
    """
    owned = _owned(known)
    found = {
        table.plain: f"UPDATE {table.name} SET {_earlier(table, '$3')}"
        # Not every condition asks for both, and a parameter that stands nowhere has no type.
        f" WHERE ($1::uuid, $2::varchar) IS NOT NULL AND ({owned[table.name]})"
        for table in known
        if table.name in owned and table.times
    }
    return dict(sorted(found.items(), key=lambda one: (one[0] != "HalfSignIns", one[0] != "Users", one[0])))


async def schema() -> list[Table]:
    """Every table of the live schema."""
    rows = await db.rows(_SCHEMA, list(ADDRESSES))
    return [
        Table(
            row["name"],
            row["times"],
            row["addresses"],
            [tuple(pair) for pair in row["references"]],
            has_tenant=row["has_tenant"],
        )
        for row in rows
    ]


def _owned(known: list[Table]) -> dict[str, str]:
    """By table the condition on rows that belong to the person, directly or by a row of theirs they refer to."""
    movable = [table for table in known if table.plain not in UNMOVED]
    return _with_children(movable, {table.name: own for table in movable if (own := _directly(table))}, USERS)


def _with_children(movable: list[Table], owned: dict[str, str], root: str) -> dict[str, str]:
    """Adds the rows that refer to owned ones; whoever refers to the `root` itself may have only acted there."""
    owned, before = dict(owned), 0
    while len(owned) > before:
        before = len(owned)
        for table in movable:
            parents = [
                f"{column} IN (SELECT {there} FROM {to} WHERE {owned[to]})"
                for column, to, there in table.references
                if to in owned and to != root
            ]
            if parents and table.name not in owned:
                owned[table.name] = " OR ".join(parents)
    return owned


def _directly(table: Table) -> str | None:
    """An address counts where no owner is known: somebody may well hold a Google account of another's address."""
    if table.name == USERS:
        return '"id" = $1'
    owners = [column for column, to, _there in table.references if to == USERS and column == OWNER]
    nobodys = [f"{owner} IS NULL" for owner in owners]
    conditions = [f"{owner} = $1" for owner in owners]
    conditions += [" AND ".join([*nobodys, f"{address} = $2"]) for address in table.addresses]
    return " OR ".join(conditions) or None


def _earlier(table: Table, time: str) -> str:
    return ", ".join(f"{column} = {column} - {time}::interval" for column in table.times)


_SCHEMA = """
SELECT quote_ident(t.relname) AS name,
    ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0
        AND NOT a.attisdropped AND a.atttypid = 'timestamp'::regtype AND a.attname <> 'updatedAt'
        ORDER BY a.attnum) AS times,
    ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0
        AND NOT a.attisdropped AND a.attname = ANY ($1::text[]) ORDER BY a.attnum) AS addresses,
    ARRAY(SELECT ARRAY[quote_ident(a.attname), quote_ident(p.relname), quote_ident(b.attname)]
        FROM pg_constraint c JOIN pg_class p ON p.oid = c.confrelid
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
        WHERE c.conrelid = t.oid AND c.contype = 'f' ORDER BY a.attnum) AS references,
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'tenantId'
        AND NOT a.attisdropped) AS has_tenant
FROM pg_class t WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' ORDER BY t.relname
"""

_SUSPEND = """
UPDATE "Users" SET "status" = 'suspended', "statusReason" = $2, "statusChangedAt" = app_now() WHERE "id" = $1
"""

_DEMAND_SECOND_STEP = """
UPDATE "Tenants" SET "securityPolicy" = jsonb_set("securityPolicy", '{twoFactor,required}', 'true') WHERE "id" = $1
"""

_DEACTIVATE = """
UPDATE "Users" SET "status" = 'inactive', "statusReason" = $2, "statusChangedAt" = app_now(),
    "deactivatedAt" = app_now(), "deactivationReason" = $2
WHERE "id" = $1
"""
