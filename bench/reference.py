"""The bare reference: the same stack with nothing on it. What Portico's pages cost is judged by this.

Litestar on Granian with Portico's server settings, one asyncpg statement that joins session and user over a pool
whose connections are not reset, one compiled Jinja template. The page is a table with three values a row, as many
rows as make it as long as the page of Portico that it stands beside. No guards, headers, forms or languages.
"""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import asyncpg
import jinja2
from litestar import Litestar, MediaType, Request, get
from litestar.exceptions import NotAuthorizedException

_SESSION = """
SELECT s."id", s."userId", u."email", u."name" FROM "Sessions" s JOIN "Users" u ON u."id" = s."userId"
WHERE s."tokenHash" = $1 AND s."endedAt" IS NULL AND s."expiresAt" > now() AT TIME ZONE 'UTC'
"""

_PAGE = jinja2.Environment(autoescape=True, auto_reload=False).from_string("""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Home</title></head>
<body><h1>Hello, {{ name }}</h1><p>{{ email }}</p>
<table>
{% for row in rows %}<tr><td class="a">{{ row.device }}</td><td>{{ row.at }}</td><td>{{ row.status }}</td></tr>
{% endfor %}</table>
<!--{{ filler }}-->
</body>
</html>
""")


class Row(NamedTuple):
    device: str
    at: str = "22 Nov 2026, 14:05"
    status: str = "Signed in"


class Connection(asyncpg.Connection):
    """Its return to the pool costs no statement."""

    def get_reset_query(self) -> str:
        return ""


@get("/{size:int}", media_type=MediaType.HTML)
async def home(request: Request[Any, Any, Any], size: int) -> bytes:
    """The page of `size` bytes for whoever has a session."""
    digest = hashlib.sha256(request.cookies.get("__Host-session", "").encode()).digest()
    async with request.app.state.pool.acquire() as connection:
        person = await connection.fetchrow(_SESSION, digest)
    if person is None:
        raise NotAuthorizedException
    return _render(size, person["name"], person["email"])


@get("/plain/{size:int}", media_type=MediaType.HTML)
async def plain(size: int) -> bytes:
    """The same page for anyone, without a statement."""
    return _render(size, "Person Number 1", "person1@mail.example.com")


def create_app() -> Litestar:
    return Litestar([home, plain], lifespan=[_pool], openapi_config=None, logging_config=None)


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    url = os.environ["DATABASE_URL"]
    async with asyncpg.create_pool(url, min_size=0, max_size=10, connection_class=Connection) as app.state.pool:
        yield


def _render(size: int, name: str, email: str) -> bytes:
    rows, filler = _content(size)
    return _PAGE.render(name=name, email=email, rows=rows, filler=filler).encode()


@lru_cache(maxsize=8)
def _content(size: int) -> tuple[list[Row], str]:
    """The rows that fill `size` bytes, and the few bytes that no row fits into."""
    rows: list[Row] = []
    frame = empty = len(_PAGE.render(name="Person Number 1", email="person1@mail.example.com", rows=[], filler=""))
    while frame < size:
        rows.append(Row(f"Device {len(rows)}"))
        frame = empty + sum(map(_length, rows))
    return rows[:-1], "." * (size - empty - sum(map(_length, rows[:-1])))


def _length(row: Row) -> int:
    return sum(map(len, row)) + len('<tr><td class="a"></td><td></td><td></td></tr>\n')
