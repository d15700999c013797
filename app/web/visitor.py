"""Who is at the door of one request: set by `front.py` and `users/session.py`, read by everything in `web/`."""

from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection

from app.actor import Actor, Sudo, sudo_level

BROWSER = "browser"
"""The cookie that names a browser: what is asked in one is answered in the same one."""

SESSION = "session"
"""The cookie of a session."""

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
    methods: tuple[str, ...]
    proven_by: tuple[str, ...]
    """How the person proved who they are the last time, `proof_age` seconds ago."""
    proof_age: float
    factors: frozenset[str]
    """Which of password, passkey, totp and google the person has."""
    two_step: bool
    idle_seconds: int
    idle_left: int
    """Seconds after which the session ends if nothing more is asked in it; `idle_seconds` once something was."""

    @property
    def sudo(self) -> Sudo:
        return sudo_level(self.proven_by, self.proof_age, self.factors)

    @property
    def known_as(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        words = self.known_as.split("@")[0].split()
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


class Team(NamedTuple):
    """Another tenant of the person, as the switcher names it."""

    name: str
    slug: str


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """The person in the tenant whose address was opened: read fresh on each request, never kept."""

    tenant_id: UUID
    name: str
    slug: str
    logo: str | None
    status: str
    is_owner: bool
    role_names: tuple[str, ...]
    permissions: frozenset[str]
    others: tuple[Team, ...]
    """Some other tenants of the person, by name."""

    def may(self, label: str) -> bool:
        """For templates: whether a link is worth showing. The guard asks again."""
        return label in self.permissions


class Gone(msgspec.Struct, frozen=True):
    """The browser shows a session that is no more. `words` say why, to this browser alone, if there is a reason."""

    words: str | None = None
    session_id: UUID | None = None
    user_id: UUID | None = None
    """Whose it was, if it ran out by itself: a form sent too late is kept for that person."""


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
    membership: Membership | None = None
    beside: Any = None
    gone: Gone | None = None
    cookies: list[tuple[str, str, int]] = msgspec.field(default_factory=list)

    def __repr__(self) -> str:
        return f"Visitor(request_id={self.request_id!r}, ip={self.ip!r})"

    @property
    def actor(self) -> Actor:
        actor = Actor(kind="anonymous", ip=self.ip, agent=self.agent, request_id=self.request_id)
        if self.person is None:
            return actor
        here = self.membership
        return msgspec.structs.replace(
            actor.as_person(self.person.id, self.person.name),
            session_id=self.person.session_id,
            sudo=self.person.sudo,
            tenant_id=here.tenant_id if here else None,
            permissions=here.permissions if here else frozenset(),
        )

    def forget_new_name(self) -> None:
        """Leaves a browser that is new without a name: a missing icon must not rename one whose page has a form."""
        if self.browser_is_new:
            self.browser, self.browser_is_new = None, False

    def farewell(self) -> list[str]:
        """Why the browser's session is no more, in words, at most once: the cookie goes with it.

        Called where a page is shown, since an answer that only leads on would drop the reason. A secret that no
        session has stays: it may be one that was renewed a moment ago, and its successor is on its way here.
        """
        if self.gone is None or self.gone.session_id is None:
            return []
        self.set_cookie(SESSION, "", 0)
        return [self.gone.words] if self.gone.words else []

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


def membership(request: Request[Any, Any, Any]) -> Membership:
    """The person's place in the tenant of a route below `/t/{slug}`."""
    found = visitor(request).membership
    if found is None:
        raise RuntimeError("a route outside of a tenant asked for the membership")
    return found
