"""Teams of the QA kit, and time that passes for one of them."""

from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar

from app import db
from app.operator.qa import tables
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.operator.kit import AGE, age, make, post
from tests.operator.test_qa_age import _earlier, _sorted
from tests.test_cli import Run, portico
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

__all__ = ["portico"]


async def rows(slug: str) -> dict[str, list[dict[str, Any]]]:
    """Every row that names the tenant, and the sessions and people of its members, whole."""
    found = {}
    tenant = await db.value('SELECT "id"::text FROM "Tenants" WHERE "slug" = $1', slug)
    for row in await db.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"):
        named = await db.rows(
            f"""SELECT to_jsonb(t) - 'updatedAt' AS row FROM "{row["name"]}" t
            WHERE to_jsonb(t)::text LIKE '%' || $1 || '%'""",  # noqa: S608 - names from the catalog
            tenant,
        )
        found[row["name"]] = [one["row"] for one in named]
    return found


async def test_every_table_of_tenants_is_moved(database: TestDatabase) -> None:
    """A new table with a `tenantId` is moved by itself, with a foreign key or without."""
    found = await db.rows(
        """SELECT DISTINCT t.relname::text AS name FROM pg_class t
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenantId'
        JOIN pg_attribute b ON b.attrelid = t.oid AND b.atttypid = 'timestamp'::regtype AND b.attname <> 'updatedAt'
        WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace"""
    )
    moved = set(tables.tenant_statements(await tables.schema()))

    assert {row["name"] for row in found} <= moved
    assert moved >= {"Tenants", "TenantUsers", "TenantDatabases", "Invitations", "Roles"}
    assert not moved & {"Users", "Sessions", "SecurityAuditLogs", "OAuthTokens"}


async def test_every_time_of_one_tenant_moves_and_nothing_of_another(app: Litestar, mailbox: Mailbox) -> None:
    made, other = await make(app, "team-member", signedIn=True), await make(app, "team-member", signedIn=True)
    await db.execute(
        """INSERT INTO "Invitations" ("email", "token", "status", "expiresAt", "tenantId", "invitedById")
        SELECT 'zoe@zebra.test', t."slug", 'pending', app_now() + interval '7 days', t."id", m."userId"
        FROM "Tenants" t JOIN "TenantUsers" m ON m."tenantId" = t."id"
        WHERE m."userId" = (SELECT "id" FROM "Users" WHERE "email" = $1)""",
        made["owner"],
    )
    before, others = await rows(made["tenant"]), await rows(other["tenant"])
    people = await db.rows('SELECT "createdAt" FROM "Users" ORDER BY "id"')
    sessions = await db.rows('SELECT * FROM "Sessions" ORDER BY "id"')

    aged = await age(app, f" {made['tenant'].upper()} ", "8d")

    assert aged["tenant"] == made["tenant"]
    assert {name: aged["rows"][name] for name in ("Tenants", "TenantUsers", "Invitations", "TenantDatabases")} == {
        "Tenants": 1,
        "TenantUsers": 3,
        "Invitations": 1,
        "TenantDatabases": 1,
    }
    after = await rows(made["tenant"])
    assert await rows(other["tenant"]) == others
    movable = tables.tenant_statements(await tables.schema())
    for table in before.keys() - {"pgqueuer", "pgqueuer_log"}:
        moved = [_earlier(row, timedelta(days=8)) for row in before[table]]
        assert _sorted(after[table]) == _sorted(moved if table in movable else before[table]), table
    assert await db.rows('SELECT "createdAt" FROM "Users" ORDER BY "id"') == people
    assert await db.rows('SELECT * FROM "Sessions" ORDER BY "id"') == sessions


@pytest.mark.parametrize("state", ["invited", "invited-new", "invited-by-chat", "invited-elsewhere"])
async def test_an_open_invitation_runs_out_after_a_week(app: Litestar, mailbox: Mailbox, state: str) -> None:
    made = await make(app, state)
    browser = Browser(app)
    await browser.open(made["links"]["invitation"])
    assert "run out" not in browser.document.text

    await age(app, made["tenant"], "8d")

    await browser.open(made["links"]["invitation"])
    assert browser.document.headings == ["This invitation has run out"]


async def test_a_tenant_that_is_not_there_is_refused(app: Litestar, mailbox: Mailbox) -> None:
    answer = await post(app, AGE, {"person": "team-none", "by": "8d"})

    assert (answer.status_code, answer.json()["problem"]) == (404, "there is no tenant team-none")


async def test_the_console_lets_time_pass_for_a_tenant(portico: Run) -> None:
    await portico("seed")
    before = await db.value('SELECT "createdAt" FROM "Tenants" WHERE "slug" = \'acme\'')

    passed = await portico("qa", "age", "acme", "8d")

    assert passed.exit_code == 0
    assert '"TenantUsers": 40' in passed.output
    assert before - await db.value('SELECT "createdAt" FROM "Tenants" WHERE "slug" = \'acme\'') == timedelta(days=8)
    unknown = await portico("qa", "age", "nobody", "8d")
    assert (unknown.exit_code, unknown.output) == (1, "portico: there is no tenant nobody\n")
