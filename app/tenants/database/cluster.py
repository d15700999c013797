"""A server on which databases of tenants are made, and every statement that is run there.

These statements stand here and not in tables.py, because they are about roles and databases of another server; none
of them is part of a transaction of ours. Each may be run again after a crash anywhere before or behind it. Names are
made of a tenant's id (`tenant_` and hex), so they need no quoting; of a password only its verifier is sent.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import asyncpg

from app import crypto, db
from app.config import settings
from app.parsers import server_name
from app.tenants.database.addresses import admin_url, own_url

SECONDS = 60
"""Making or dropping a database writes some megabytes, and waits for a checkpoint."""

VERSION = 1
"""Of what the portal keeps in the tenant's database: the table portico_meta."""

Broken: tuple[type[Exception], ...] = (db.Away, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a server that is away, full or forbids something raises."""

_RIGHTS = "SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles WHERE rolname = current_user"

_META = """
CREATE TABLE IF NOT EXISTS portico_meta (version integer NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS portico_meta_one_row ON portico_meta ((true));
INSERT INTO portico_meta (version) VALUES ({version}) ON CONFLICT DO NOTHING;
GRANT SELECT ON portico_meta TO {name};
GRANT USAGE, CREATE ON SCHEMA public TO {name};
"""


class Cluster(NamedTuple):
    """One of the configured servers, by its admin's DSN."""

    dsn: str

    def __repr__(self) -> str:
        return f"Cluster({self.name!r})"

    @property
    def name(self) -> str:
        """Its hosts, without any secret."""
        return server_name(self.dsn)

    @asynccontextmanager
    async def admin(self, database: str | None = None) -> AsyncIterator[Any]:
        """A session of the admin's, in a database of the server. Raises db.Away."""
        dsn = self.dsn if database is None else admin_url(self.dsn, database)
        limits = {"statement_timeout": f"{SECONDS}s", "lock_timeout": "10s"}
        connection = await db.connect(dsn, command_timeout=SECONDS, application_name="portico databases", **limits)
        try:
            yield connection
        finally:
            connection.terminate()

    async def may_make(self) -> bool:
        """Whether the admin may create databases and roles. Raises one of Broken."""
        async with self.admin() as admin:
            return bool(await admin.fetchval(_RIGHTS))

    async def make_role(self, name: str, password: str) -> None:
        """The role with this password, whatever it had before."""
        verifier = crypto.scram_verifier(password)
        async with self.admin() as admin:
            there = await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name)
            await admin.execute(f"{'ALTER' if there else 'CREATE'} ROLE {name} LOGIN PASSWORD '{verifier}'")

    async def make_database(self, name: str) -> None:
        """The database, owned by the admin: its role uses it, and neither drops it nor lets others in."""
        async with self.admin() as admin:
            limit = await admin.fetchval("SELECT datconnlimit FROM pg_database WHERE datname = $1", name)
            if limit == -2:  # DROP DATABASE broke off: good for nothing but another one (PostgreSQL manual 18, 22.5)
                await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            if limit in {None, -2}:
                await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")

    async def close(self, name: str) -> None:
        """Nobody else connects to it: neither another tenant's role nor any other of the server."""
        async with self.admin() as admin:
            await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")

    async def open(self, name: str) -> None:
        async with self.admin() as admin:
            await admin.execute(f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {name} TO {name}")

    async def write_version(self, name: str) -> None:
        async with self.admin(name) as admin:
            await admin.execute(_META.format(name=name, version=VERSION))

    async def drop(self, name: str) -> None:
        """Database and role are gone, whoever was connected."""
        async with self.admin() as admin:
            if await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name):
                # To end the role's sessions one must be a member of it; CREATEROLE alone is not enough since 16.
                await admin.execute(f"ALTER ROLE {name} NOLOGIN; GRANT {name} TO CURRENT_USER")
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await admin.execute(f"DROP ROLE IF EXISTS {name}")

    def url(self, name: str, password: str) -> str:
        return own_url(self.dsn, name, password)


def clusters() -> dict[str, Cluster]:
    """The configured servers, by name."""
    return {cluster.name: cluster for cluster in map(Cluster, settings().clusters)}
