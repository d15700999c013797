"""Requests byte for byte, for what no browser and no HTTP library would send."""

import gc
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from litestar import Litestar

from app.config import settings

Header = tuple[str, str]

FORM: Header = ("content-type", "application/x-www-form-urlencoded")


class Answer(msgspec.Struct, frozen=True):
    """What came back, headers in their order."""

    status: int
    headers: list[Header]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        """The one value of a header; a second one would be a mistake of ours."""
        found = self.all(name)
        assert len(found) < 2, (name, found)
        return found[0] if found else None

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that are set, by name, with their attributes."""
        return {value.partition("=")[0]: value for value in self.all("set-cookie")}


async def ask(
    app: Litestar,
    path: str,
    *,
    method: str = "GET",
    headers: Sequence[Header] = (),
    host: str | None = "",
    body: bytes = b"",
    peer: str = "203.0.113.7",
) -> Answer:
    """One request. `host` is this site's own unless given; None sends no Host at all."""
    name, _mark, query = path.partition("?")
    own = [("host", settings().host if host == "" else host)] if host is not None else []
    sent: list[dict[str, Any]] = []
    received = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        return next(received, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": name,
        "raw_path": name.encode("utf-8", "surrogateescape"),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(key.encode(), value.encode("utf-8", "surrogateescape")) for key, value in [*own, *headers]],
        "client": (peer, 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    return Answer(
        status=start["status"],
        headers=[(key.decode().lower(), value.decode()) for key, value in start["headers"]],
        body=b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body"),
    )


@contextmanager
def refused_files() -> Iterator[None]:
    """Litestar leaves the files of a refused request to the garbage collector, of which Python warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()
