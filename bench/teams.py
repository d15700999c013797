"""Teams of 1,000 and of 100,000 people of the same world, their owner, and what the owner asks of them."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import asyncpg

from app import db
from app.config import settings
from app.members.people.tables import NameKey
from app.tenants.founding import found
from app.web.paging import window
from bench.contestants import free_port
from bench.load import Answer, Connection, request
from bench.visitors import TOKEN
from bench.world import SESSIONS, browser_of, signed_in

LARGE = 100_000
OWNER = SESSIONS
"""The number of the person who owns both teams, the last one with a session: the floods ask as others."""

BATCH = 1_000
_WITHIN = 120
_ROLE = re.compile(rb'name="roles" value="([^"]+)"')

# Small gets the first of Big's people. In both every tenth is an admin. Of Small every tenth is suspended, so that a
# page of them is full; of Big every fiftieth: nearly as many as the list is willing to look up and sort.
_FILL = """
INSERT INTO "TenantUsers" ("tenantId", "userId", "roles", "createdAt")
    SELECT s."id", m."userId", ARRAY[r."id"::text], m."createdAt"
    FROM "Tenants" s JOIN "Roles" r ON r."tenantId" = s."id" AND r."name" = 'Member',
        "Tenants" t JOIN "TenantUsers" m ON m."tenantId" = t."id" JOIN "Users" u ON u."id" = m."userId"
    WHERE s."slug" = 'small' AND t."slug" = 'big' AND u."email" < 'member-001000@';
INSERT INTO "TenantUsers" ("tenantId", "userId", "roles")
    SELECT t."id", u."id", ARRAY[r."id"::text] FROM "Tenants" t JOIN "Roles" r ON r."tenantId" = t."id", "Users" u
    WHERE t."slug" IN ('small', 'big') AND r."name" = 'Owner' AND u."email" = 'person64@mail.example.com';
UPDATE "TenantUsers" m SET "roles" = ARRAY[r."id"::text]
    FROM "Tenants" t JOIN "Roles" r ON r."tenantId" = t."id" AND r."name" = 'Admin', "Users" u
    WHERE t."slug" IN ('small', 'big') AND m."tenantId" = t."id" AND u."id" = m."userId"
        AND u."email" ~ '^member-[0-9]*5@';
INSERT INTO "MemberStandings" ("tenantId", "userId", "suspendedAt")
    SELECT t."id", m."userId", app_now() FROM "Tenants" t JOIN "TenantUsers" m ON m."tenantId" = t."id"
    JOIN "Users" u ON u."id" = m."userId"
    WHERE t."slug" IN ('small', 'big') AND u."status" = 'active'
        AND u."email" ~ CASE t."slug" WHEN 'small' THEN '^member-[0-9]*7@' ELSE '^member-[0-9]*[05]7@' END;
"""

_DEEP = """
SELECT t."slug", d."nameKey", d."userId", r."id" FROM "Tenants" t
JOIN "Roles" r ON r."tenantId" = t."id" AND r."name" = 'Admin', LATERAL (
    SELECT i."nameKey", i."userId" FROM "MemberIndex" i WHERE i."tenantId" = t."id" ORDER BY i."nameKey", i."userId"
    OFFSET (SELECT count(*) * 9 / 10 FROM "MemberIndex" c WHERE c."tenantId" = t."id") LIMIT 1
) d
WHERE t."slug" IN ('small', 'big') ORDER BY t."slug" DESC
"""


class Team(NamedTuple):
    """A team as its owner asks for it: `deep` is where most of the list is behind, `admins` the role of a tenth."""

    slug: str
    deep: str
    admins: str

    def pages(self) -> dict[str, bytes]:
        """What is asked of each team, by the name of the row."""
        asked = {
            "first page of members": "",
            "page 90 % into the list": f"after={self.deep}",
            "search that finds ten": "q=00004",
            "search for a name's beginning and the ten": "q=member+00004",
            "search that finds 100 and 1,000": {"small": "q=0001", "big": "q=012"}[self.slug],
            "search for a common beginning": "q=a",
            "filter by a role that a tenth has": f"role={self.admins}",
            "filter by a status (100 and 2,000 have it)": "status=suspended",
        }
        return {what: signed_in(OWNER, f"/t/{self.slug}/members?{query}") for what, query in asked.items()}


class Desk(NamedTuple):
    """An invitation form of the team, open before its owner."""

    connection: Connection
    path: str
    fields: list[tuple[str, str]]

    @classmethod
    async def open(cls, port: int, path: str) -> "Desk":
        """Raises RuntimeError if there is no form."""
        connection = await Connection.open(port)
        form = await connection.ask(signed_in(OWNER, path))
        token, roles = TOKEN.search(form.body), _ROLE.findall(form.body)
        if form.status != 200 or token is None or not roles:
            raise RuntimeError(f"{path} answered {form.status}, without a form")
        return cls(connection, path, [("csrf_token", token[1].decode()), ("roles", roles[-1].decode()), ("days", "7")])

    async def invite(self, **more: str) -> Answer:
        """Raises RuntimeError if it is refused."""
        body = urlencode([*self.fields, *more.items()]).encode()
        answer = await self.connection.ask(request("POST", self.path, browser_of(OWNER), body))
        if answer.status != 303:
            raise RuntimeError(f"{self.path} answered {answer.status}")
        return answer


def make(env: Mapping[str, str]) -> list[Team]:
    """Both teams, the small one first."""
    _run(env, "app", "seed", "--members", str(LARGE))
    return [Team(*each) for each in json.loads(_run(env, "bench.teams"))]


@contextmanager
def worker(env: Mapping[str, str]) -> Iterator[None]:
    """A worker, and a mail server that takes whatever it is given."""
    port = free_port()
    sink = "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"
    own = os.environ | env | {"SMTP_URL": f"smtp://127.0.0.1:{port}"}
    running = [
        subprocess.Popen([sys.executable, *module], env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for module in (sink, ("-m", "app", "worker"))
    ]
    try:
        yield
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()


async def reached(connection: asyncpg.Connection, sql: str, within: float = _WITHIN) -> None:
    """Waits until the statement gives true. Raises RuntimeError if it does not so within some seconds."""
    ends = time.perf_counter() + within
    while not await connection.fetchval(sql):
        if time.perf_counter() > ends:
            raise RuntimeError(f"not within {within:g} s: {sql}")
        await asyncio.sleep(0.1)


async def _teams() -> list[Team]:
    """In a process of its own, with the settings of the portal that is asked: cursors are sealed by its key."""
    connection = await db.connect(settings().database_url, command_timeout=None, statement_timeout="0")
    try:
        async with db.engine.hold(connection):
            async with db.transaction():
                await found("Small", "small")
            await connection.execute(_FILL)
            await connection.execute("ANALYZE")
            rows = await connection.fetch(_DEEP)
            return [Team(slug, _sealed(name, user_id), str(role)) for slug, name, user_id, role in rows]
    finally:
        await connection.close()


def _sealed(name: str, user_id: UUID) -> str:
    """As the link to the next page carries it."""
    onward = window([None, None], 1, lambda _row: NameKey(name, user_id)).onward
    if onward is None:
        raise RuntimeError("there is no next page")
    return onward


def _run(env: Mapping[str, str], *module: str) -> bytes:
    staging = os.environ | env | {"ENVIRONMENT": "staging"}
    done = subprocess.run([sys.executable, "-m", *module], env=staging, check=True, stdout=subprocess.PIPE)
    return done.stdout


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_teams())))
