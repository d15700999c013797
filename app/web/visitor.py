"""Who is at the door of one request: set by `front.py` and `users/session.py`, read by everything in `web/`."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection

from app.actor import Actor

BROWSER = "browser"
"""The cookie that names a browser: what is asked in one is answered in the same one."""

BROWSER_SECONDS = 400 * 24 * 3600


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in person, as far as every page needs them; read fresh on each request."""

    id: UUID
    email: str
    name: str | None
    avatar: str | None
    language: str
    timezone: str
    session_id: UUID
    signed_in_at: datetime
    authenticated_at: datetime
    methods: tuple[str, ...]

    @property
    def known_as(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        words = self.known_as.split("@")[0].split()
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


class Visitor(msgspec.Struct, kw_only=True):
    """One request's origin. `browser` names the browser before anyone signs in; CSRF tokens hang on it.

    `beside` is what was read beside the session because the route asked for it (`beside=`).
    """

    ip: str | None
    agent: str | None
    request_id: str
    browser: str | None = None
    browser_is_new: bool = False
    session: bytes | None = None
    person: Person | None = None
    beside: Any = None
    cookies: list[tuple[str, str, int]] = msgspec.field(default_factory=list)

    def __repr__(self) -> str:
        return f"Visitor(request_id={self.request_id!r}, ip={self.ip!r})"

    @property
    def actor(self) -> Actor:
        actor = Actor(kind="anonymous", ip=self.ip, agent=self.agent, request_id=self.request_id)
        if self.person is None:
            return actor
        return msgspec.structs.replace(
            actor.as_person(self.person.id, self.person.name), session_id=self.person.session_id
        )

    def forget_new_name(self) -> None:
        """Leaves a browser that is new without a name: a missing icon must not rename one whose page has a form."""
        if self.browser_is_new:
            self.browser, self.browser_is_new = None, False

    def set_cookie(self, name: str, value: str, max_age: int) -> None:
        """Sends a cookie with whatever this request answers; `max_age` in seconds, 0 forgets it."""
        self.cookies = [cookie for cookie in self.cookies if cookie[0] != name]
        self.cookies.append((name, value, max_age))


def visitor(connection: ASGIConnection[Any, Any, Any, Any]) -> Visitor:
    """The visitor of a request. On requests that no route took there is nobody."""
    found = connection.scope.get("state", {}).get("visitor")
    return cast(Visitor, found) if found else Visitor(ip=None, agent=None, request_id="-")


def person(request: Request[Any, Any, Any]) -> Person:
    """The signed-in person of a route that `access.py` guards."""
    found = visitor(request).person
    if found is None:
        raise RuntimeError("a public route asked for the signed-in person")
    return found
