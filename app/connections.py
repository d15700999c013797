"""How a connection to PostgreSQL is opened: its settings, its JSON, and which of several hosts it goes to."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg
import msgspec

from app.columns import to_json

CONNECT_SECONDS = 2.0
# With the wait for a connection a stuck database costs a request less than 5 s. The server's own limit comes a
# little later, so that a statement whose client has given up does not run on.
STATEMENT_SECONDS = 2.8

_SERVER_SETTINGS = {
    "application_name": "portico",
    "timezone": "UTC",
    "lock_timeout": "2000",
    "statement_timeout": "3500",
    "idle_in_transaction_session_timeout": "10000",
    "jit": "off",
}


class Servers:
    """The hosts of a DSN, one or several separated by commas, the one that answered last first.

    asyncpg's own list shares one timeout, so a host that swallows packets would leave nothing for the next. Among
    several hosts one that takes writes is chosen, unless the DSN says `target_session_attrs`.
    """

    def __init__(self, dsn: str) -> None:
        self.targets = _separate(dsn)

    async def connect(self, *_: Any, **settings: Any) -> Any:
        """A connection with these settings (see connection_settings). Raises the last host's error.

        asyncpg's own pool can call it too (`connect=`), which repeats the DSN.
        """
        share = CONNECT_SECONDS / len(self.targets)
        for last, target in enumerate(self.targets, start=1 - len(self.targets)):
            try:
                connection = await asyncpg.connect(target, timeout=share, **settings)
                await _prepare(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InternalClientError):
                if last == 0:
                    raise
            else:
                self.targets = [target, *(other for other in self.targets if other != target)]
                return connection
        raise AssertionError("a DSN names at least one host")


def connection_settings(**changes: str) -> dict[str, Any]:
    """What every connection is opened with, by asyncpg's names; `changes` are server settings that differ."""
    return {
        "server_settings": _SERVER_SETTINGS | changes,
        "command_timeout": STATEMENT_SECONDS,
        "statement_cache_size": 256,
        "max_cached_statement_lifetime": 0,
    }


async def _prepare(connection: Any) -> None:
    """JSONB as Python values, in both directions."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="text", encoder=to_json, decoder=msgspec.json.decode
    )


def _separate(dsn: str) -> list[str]:
    """One DSN for each host, which stands before the path or in the query (a socket's folder)."""
    url = urlsplit(dsn)
    account, at, hosts = url.netloc.rpartition("@")
    query = dict(parse_qsl(url.query))
    if "," in hosts:
        query.setdefault("target_session_attrs", "read-write")
        return [
            url._replace(netloc=f"{account}{at}{host}", query=urlencode(query)).geturl() for host in hosts.split(",")
        ]
    folders = query.get("host", "").split(",")
    if len(folders) == 1:
        return [dsn]
    ports = query.get("port", "5432").split(",")
    ports = ports if len(ports) > 1 else ports * len(folders)
    query.setdefault("target_session_attrs", "read-write")
    return [
        url._replace(query=urlencode(query | {"host": folder, "port": port})).geturl()
        for folder, port in zip(folders, ports, strict=True)
    ]
