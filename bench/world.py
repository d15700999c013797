"""What the contestants share: the embedded PostgreSQL, its people, and what a browser sends."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import asyncpg
import psutil
from argon2 import PasswordHasher

from app.config import PasswordCost
from app.postgres import Embedded
from bench.load import request

PEOPLE = 800
"""Accounts. The first SESSIONS of them are signed in, the others sign in during the storms."""

SESSIONS = 64
PASSWORD = "a lantern over the quiet harbour"  # noqa: S105 - of accounts that live as long as the run
HOST = "portico.example"
COST = PasswordCost()

BROWSER_SENDS = {
    "host": HOST,
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "accept-language": "en-GB,en;q=0.9",
    "sec-fetch-site": "same-origin",
}
COMPRESSED = {"accept-encoding": "gzip, deflate, br, zstd"}

# Each has two teams and five sign-ins to look at, from devices such as people have.
_MAKE_PEOPLE = """
CREATE TEMP TABLE made AS
    SELECT n, uuid_generate_v4() AS id, 'person' || n || '@mail.example.com' AS email
    FROM generate_series(1, {people}) n;
INSERT INTO "Users" ("id", "email", "name", "password", "emailVerified")
    SELECT id, email, 'Person Number ' || n, '{hashed}', true FROM made;
INSERT INTO "TenantUsers" ("userId", "tenantId", "roles")
    SELECT made.id, r."tenantId", ARRAY[r."id"::text] FROM made, "Roles" r JOIN "Tenants" t ON t."id" = r."tenantId"
    WHERE r."name" = 'Member' AND t."slug" IN ('acme', 'beta');
INSERT INTO "LoginHistories" ("userId", "status", "ipAddress", "userAgent", "createdAt")
    SELECT id, CASE WHEN k = 3 THEN 'failed' ELSE 'success' END::"enum_LoginHistories_status", '192.0.2.7', agent,
        app_now() - k * interval '7 hours'
    FROM made, unnest(ARRAY[
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:151.0) Gecko/20100101 Firefox/151.0',
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1',
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36'
    ]) WITH ORDINALITY AS devices (agent, k);
INSERT INTO "Sessions" ("tokenHash", "userId", "methods", "authenticatedAt", "lastSeenAt", "idleSeconds", "expiresAt")
    SELECT sha256(convert_to('session' || n, 'UTF8')), id, ARRAY['password'], app_now(), app_now(), 43200,
        app_now() + interval '30 days'
    FROM made WHERE n <= {sessions};
DROP TABLE made;
ANALYZE;
"""

_LOGGED = re.compile(r"LOG:  (?:execute [^:]*|statement): (.*)")


class Database(NamedTuple):
    """The server; `dsn` as the contestants use it, `root` as its superuser does."""

    server: Embedded
    dsn: str
    root: str

    @classmethod
    def start(cls, folder: Path) -> "Database":
        server = Embedded(folder)
        return cls(server, server.start(), server.dsn("portico", user="postgres"))

    async def fill(self) -> None:
        """Makes the people, once the database is migrated and seeded."""
        hashed = PasswordHasher(COST.passes, COST.memory, COST.lanes).hash(PASSWORD)
        connection = await asyncpg.connect(self.dsn)
        await connection.execute(_MAKE_PEOPLE.format(people=PEOPLE, sessions=SESSIONS, hashed=hashed))
        await connection.close()

    def cpu_seconds(self) -> float:
        """Processor time that the server's sessions have used so far, if none of them has ended."""
        postmaster = (self.server.folder / "data" / "postmaster.pid").read_text().split(maxsplit=1)[0]
        sessions = psutil.Process(int(postmaster)).children()
        return sum(sum(session.cpu_times()[:2]) for session in sessions)

    async def statements_of(self, act: Callable[[], Awaitable[object]]) -> list[str]:
        """What the server logs as asked of it while `act` runs, BEGIN and COMMIT included."""
        connection = await asyncpg.connect(self.root)
        log = self.server.folder / "run" / "server.log"
        try:
            await _set(connection, "ALTER SYSTEM SET log_statement = 'all'")
            start = log.stat().st_size
            await act()
            with log.open(errors="replace") as lines:
                lines.seek(start)
                return _LOGGED.findall(lines.read())
        finally:
            await _set(connection, "ALTER SYSTEM RESET log_statement")
            await connection.close()


def signed_in(n: int, path: str = "/", **more: str) -> bytes:
    """What the browser of person number `n` (1 to SESSIONS) asks."""
    return request("GET", path, browser_of(n) | more)


def browser_of(n: int) -> dict[str, str]:
    """The headers of that browser."""
    cookies = (f"__Host-{name}={value}" for name, value in (("session", f"session{n}"), ("browser", "b" * 43)))
    return BROWSER_SENDS | {"cookie": "; ".join(cookies)}


async def _set(connection: asyncpg.Connection, statement: str) -> None:
    await connection.execute(statement)
    await connection.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(0.5)  # until every server process has read it
