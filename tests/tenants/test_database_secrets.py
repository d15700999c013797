"""The address of a tenant's database and its password: encrypted where they are kept, and told nowhere else."""

import asyncio
import logging
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest

from app import crypto, db
from app.postgres import Embedded
from app.tenants.database import jobs, provisioning
from app.tenants.database.addresses import admin_url, opened_url, own_url, pending, sealed_url
from app.tenants.database.cluster import Cluster
from app.tenants.database.provisioning import Building
from app.tenants.database.tables import DatabaseState, TenantDatabase
from tests.conftest import configured
from tests.database import TestDatabase
from tests.tenants.test_database import tenant, url_of
from tests.test_cli import Run, portico
from tests.test_secrets import dump

pytestmark = pytest.mark.anyio

__all__ = ["portico"]

ADMIN = "postgresql://admin:hunter2@db.example:6432/postgres?sslmode=verify-full&sslcert=/own.pem"


def test_the_address_has_the_server_and_nothing_of_the_admin() -> None:
    assert own_url(ADMIN, "tenant_x", "pw") == "postgresql://tenant_x:pw@db.example:6432/tenant_x?sslmode=verify-full"
    assert own_url("postgresql://a@/b?host=/run/pg", "t", "pw") == "postgresql://t:pw@/t?host=/run/pg"
    assert own_url("postgresql://a:b@one,two:2/c", "t", "pw") == "postgresql://t:pw@one,two:2/t"
    assert admin_url(ADMIN, "tenant_x").startswith("postgresql://admin:hunter2@db.example:6432/tenant_x?sslmode=")
    assert repr(Cluster(ADMIN)) == "Cluster('db.example:6432')"


def test_equal_addresses_are_equal_when_sealed_and_pending_is_none() -> None:
    assert sealed_url("postgresql://x") == sealed_url("postgresql://x") != sealed_url("postgresql://y")
    assert opened_url(sealed_url("postgresql://x")) == "postgresql://x"
    assert opened_url(pending(UUID(int=7))) is None


async def test_the_password_stands_in_no_row_log_or_error(
    own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    passwords = []
    begin = Building.make_role

    async def noted(building: Building) -> None:
        passwords.append(building.password)
        assert building.password not in repr(building) + repr(building.cluster)
        await begin(building)

    async def broken(_building: Building) -> None:
        raise asyncpg.InsufficientPrivilegeError("permission denied")

    tenant_id = await tenant()
    with monkeypatch.context() as once:
        once.setattr(provisioning, "STEPS", (noted, broken))
        with pytest.raises(provisioning.Failed) as failed:
            await provisioning.provision(tenant_id)
    monkeypatch.setattr(provisioning, "STEPS", (noted, *provisioning.STEPS[1:]))
    await jobs.make(str(tenant_id))

    url = await url_of(tenant_id)
    assert url is not None
    assert urlsplit(url).password == passwords[1] != passwords[0]
    everywhere = "\n".join([*(await dump()).values(), caplog.text, repr(failed.value)])
    assert [word for word in (*passwords, url) if word in everywhere] == []


async def test_the_server_itself_is_given_a_verifier_that_fits(open_folder: Path) -> None:
    """Where passwords are asked for, the address opens the database and another password does not."""
    server = Embedded(open_folder, lasting=False)
    dsn = await asyncio.to_thread(server.start)
    try:
        root = await asyncpg.connect(server.dsn("postgres", user="postgres"))
        rules = Path(await root.fetchval("SHOW hba_file"))
        await asyncio.to_thread(rules.write_text, "local all portico,postgres trust\nlocal all all scram-sha-256\n")
        await root.execute("SELECT pg_reload_conf()")
        await root.close()
        await asyncio.sleep(0.3)
        cluster = Cluster(dsn)
        await cluster.make_role("tenant_x", "right")
        await cluster.make_database("tenant_x")
        await cluster.close("tenant_x")
        await cluster.open("tenant_x")
        for password in ("wrong", "Right", ""):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(cluster.url("tenant_x", password))

        user = await asyncpg.connect(cluster.url("tenant_x", "right"))

        assert await user.fetchval("SELECT current_user") == "tenant_x"
        await user.close()
        assert crypto.scram_verifier("right") != crypto.scram_verifier("right")
    finally:
        await asyncio.to_thread(server.stop)


async def test_the_console_lists_tenants_and_makes_what_is_missing(portico: Run) -> None:
    await portico("seed")
    listed = (await portico("tenant", "list")).output.splitlines()
    assert listed[0].split() == ["SLUG", "STATUS", "MEMBERS", "DATABASE", "NAME"]
    assert listed[2].split()[:2] == ["beta", "active"]
    assert listed[2].split()[3:] == ["pending", "Beta"]

    for _time in range(2):
        done = await portico("tenant", "provision", "acme")
        assert (done.exit_code, done.output) == (0, "the database of acme is ready\n")

    tenant_id = await db.value('SELECT "id" FROM "Tenants" WHERE "slug" = \'acme\'')
    assert await TenantDatabase.state_of(tenant_id) is DatabaseState.READY
    assert " ready " in (await portico("tenant", "list")).output.splitlines()[1]


async def test_the_console_says_why_there_is_none(portico: Run, own_database: TestDatabase) -> None:
    unknown = await portico("tenant", "provision", "nobody")
    assert (unknown.exit_code, unknown.output) == (1, "portico: there is no tenant nobody\n")
    await tenant()
    plain = f"plain_{own_database.name}"
    await db.execute(f"CREATE ROLE {plain} LOGIN")
    try:
        configured(tenant_database_clusters=(own_database.server.dsn("postgres", user=plain),))
        refused = await portico("tenant", "provision", "acme")
        assert refused.exit_code == 1
        assert "not provisioned" in refused.output
        assert "may not create databases and roles" in (await portico("check")).output
        configured(tenant_database_clusters=("postgresql://a:hunter2@127.0.0.1:9/x",))
        away = await portico("tenant", "provision", "acme")
        assert away.exit_code == 1
        assert "127.0.0.1:9" in (await portico("check")).output
        assert "hunter2" not in away.output
        configured(tenant_database_clusters=())
        assert "no databases for tenants" not in (await portico("check")).output
    finally:
        await db.execute(f"DROP ROLE {plain}")
