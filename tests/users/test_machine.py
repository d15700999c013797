"""Any order of the acts at the entrance: signing up, in and out, being locked out, coming back, in two browsers.

A model says who is in where. After each act: nobody is in without a proof of their own, one address is one account,
and a secret that was used, replaced or revoked is dead (security, harness 4).
"""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import anyio.from_thread
import anyio.to_thread
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from litestar import Litestar

from app import db
from tests.cast import PASSWORD
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

ADDRESSES = ("ada@zebra.test", "bob@zebra.test")
PASSWORDS = (PASSWORD, "amber-window-thistle")
WRONG = "wrong-harbour-lantern"
ASKED = {"signup": "/signup", "login": "/login/code", "recover": "/recover"}
ACTS = (
    "signup",
    "login",
    "recover",
    "recover",
    "prove",
    "sign in",
    "sign in",
    "sign out",
    "lock out",
    "unlock",
    "wait",
)
LINKS = {"signup": "/signup/verify/link", "recover": "/recover/reset/link", "unlock": "/recover/unlock"}

places = st.sampled_from([0, 1])
addresses = st.sampled_from((*ADDRESSES, ADDRESSES[0]))
passwords = st.sampled_from(PASSWORDS)


def in_the_loop(act: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A rule runs in a thread of Hypothesis; what it does runs in the loop of the test."""

    def run(machine: "Entrance", **given: Any) -> None:
        async def begin() -> None:
            await db.execute('DELETE FROM "RateLimits"')
            await act(machine, **given)

        anyio.from_thread.run(begin)

    return run


class Entrance(RuleBasedStateMachine):
    """`inside` is who is signed in in which browser, `known` which browser a person has signed in from."""

    app: ClassVar[Litestar]
    seen: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.mailbox, self.clock = Mailbox(), Clock()
        self.browsers = [Browser(self.app, ip=f"203.0.113.{number}") for number in (1, 2)]
        self.passwords: dict[str, str] = {}
        self.inside: dict[int, str] = {}
        self.known: set[tuple[int, str]] = set()
        self.locked: set[str] = set()
        self.asked: dict[int, tuple[str, str]] = {}
        self.codes: dict[tuple[str, int], tuple[str, str | None]] = {}
        self.links: dict[tuple[str, str], str] = {}
        self.sessions: dict[int, str] = {}
        self.dead: list[tuple[str, str]] = []
        anyio.from_thread.run(_connection().execute, "SAVEPOINT example")

    def teardown(self) -> None:
        anyio.from_thread.run(_connection().execute, "ROLLBACK TO SAVEPOINT example")

    @initialize()
    @in_the_loop
    async def begin(self) -> None:
        """Ada has an account."""
        await self._ask("signup", 0, ADDRESSES[0])
        await self._finish(0, PASSWORD, by_link=False)

    @rule(act=st.sampled_from(ACTS), place=places, address=addresses, password=passwords, way=st.booleans())
    @in_the_loop
    async def act(self, act: str, place: int, address: str, password: str, way: bool) -> None:
        """One rule for all, because Hypothesis leaves whole rules out of most of its few runs."""
        if act in ASKED:
            await self._ask(act, place, address)
        if act == "prove" or (act in ASKED and password == PASSWORD):
            await self._prove_what_was_asked(place, password, by_link=way)
        elif act == "sign in":
            await self._sign_in(place, address, self.passwords.get(address, password) if way else password)
        elif act == "sign out":
            await self._post(place, "/logout")
            self._leave(place)
        elif act == "lock out":
            await self._lock_out(address)
        elif act == "unlock":
            await self._unlock(address)
        elif act == "wait":
            await self._wait_an_hour()

    async def _prove_what_was_asked(self, place: int, password: str, *, by_link: bool) -> None:
        prove = {"signup": self._finish, "login": self._sign_in_by_code, "recover": self._reset}
        if place in self.asked:
            await prove[self.asked[place][0]](place, password, by_link=by_link)

    async def _sign_in(self, place: int, address: str, password: str) -> None:
        await self._post(place, "/login", email=address, password=password)
        if self.passwords.get(address) == password and (address not in self.locked or (place, address) in self.known):
            self.seen.add("signed in")
            self._enter(place, address)
        # Counting is another test's: here every act begins with all its tries.
        await db.execute('UPDATE "Users" SET "failedLoginAttempts" = 0 WHERE "accountLockedUntil" IS NULL')
        await db.execute('UPDATE "KnownDevices" SET "failedAttempts" = 0')

    async def _lock_out(self, address: str) -> None:
        stranger = Browser(self.app, ip="198.51.100.1")
        await stranger.open("/login")
        for _try in range(10):
            await db.execute('DELETE FROM "RateLimits"')
            await stranger.submit("/login", email=address, password=WRONG)
        await stranger.submit("/login", email=address, password=self.passwords.get(address, PASSWORD))
        assert stranger.name == "login.index"
        if address in self.passwords and address not in self.locked:
            self.locked.add(address)
            self.links["unlock", address] = await self._token(address)

    async def _unlock(self, address: str) -> None:
        token = self.links.get(("unlock", address))
        if token is not None:
            await self._post(0, LINKS["unlock"], token=token)
            self.seen.add("unlocked")
            self.locked.discard(address)
            self._kill(address, "unlock")

    async def _wait_an_hour(self) -> None:
        """Every code and link is too old then, but not the way out of a lock, which is open again by itself."""
        await self.clock.advance(minutes=61)
        self.codes.clear()
        self.locked.clear()
        for purpose, address in list(self.links):
            if purpose != "unlock":
                self._kill(address, purpose)

    @invariant()
    def holds(self) -> None:
        anyio.from_thread.run(self._holds)

    async def _holds(self) -> None:
        for place, browser in enumerate(self.browsers):
            await browser.open("/")
            assert (browser.name == "account.home") == (place in self.inside)
            if place in self.inside:
                assert self.inside[place] in browser.document.text
                self.sessions[place] = str(browser.cookie("session"))
        live = await db.rows(
            'SELECT u."email" FROM "Sessions" s JOIN "Users" u ON u."id" = s."userId" WHERE s."endedAt" IS NULL'
        )
        assert sorted(row["email"] for row in live) == sorted(self.inside.values())
        accounts = await db.rows('SELECT "email", "password" IS NOT NULL AND "emailVerified" AS whole FROM "Users"')
        assert len({row["email"].lower() for row in accounts}) == len(accounts)
        assert {row["email"] for row in accounts if row["whole"]} == self.passwords.keys()
        for kind, secret in self.dead[-2:]:
            await self._is_dead(kind, secret)

    async def _is_dead(self, kind: str, secret: str) -> None:
        thief = Browser(self.app, ip="198.51.100.2")
        await db.execute('DELETE FROM "RateLimits"')
        if kind == "session":
            thief.plant("session", secret)
            await thief.open("/")
            assert thief.name == "home.landing"
        else:
            await thief.open("/login")
            await thief.post(LINKS[kind], token=secret)
            assert thief.page.status_code == 410, kind

    async def _ask(self, purpose: str, place: int, address: str) -> None:
        browser, path = self.browsers[place], ASKED[purpose]
        sent = (purpose == "signup") != (address in self.passwords)
        await browser.open(path)
        await browser.submit(path, email=address, **({"name": "Somebody"} if purpose == "signup" else {}))
        self.asked[place] = (purpose, address)
        self.codes[purpose, place] = (address, await self.mailbox.code(address) if sent else None)
        if sent and purpose in LINKS:
            self._kill(address, purpose, codes=False)
            self.links[purpose, address] = await self._token(address)

    async def _finish(self, place: int, password: str, *, by_link: bool) -> None:
        proven = await self._prove("signup", "/signup/verify", place, by_link=by_link)
        if proven is None or proven in self.passwords:
            return
        await self.browsers[place].open("/signup/finish")
        await self.browsers[place].submit("/signup/finish", password=password)
        self.passwords[proven] = password
        self._kill(proven, "signup")
        self._enter(place, proven)

    async def _sign_in_by_code(self, place: int, _password: str, **_way: bool) -> None:
        proven = await self._prove("login", "/login/code/enter", place, by_link=False)
        if proven is not None:
            self.locked.discard(proven)
            self._enter(place, proven)

    async def _reset(self, place: int, password: str, *, by_link: bool) -> None:
        proven = await self._prove("recover", "/recover/sent", place, by_link=by_link)
        if proven is None:
            return
        await self.browsers[place].open("/recover/reset")
        await self.browsers[place].submit("/recover/reset", new_password=password)
        self.passwords[proven] = password
        self.locked.discard(proven)
        self.known = {pair for pair in self.known if pair[1] != proven}
        for there in [there for there in self.inside if self.inside[there] == proven or there == place]:
            self._leave(there)
        for purpose in (*ASKED, "unlock"):
            self._kill(proven, purpose)

    async def _prove(self, purpose: str, path: str, place: int, *, by_link: bool) -> str | None:
        """Gives the proof that was asked for here, if it is still one; whose it is."""
        address, code = self.codes.pop((purpose, place), (self.asked[place][1], None))
        token = self.links.get((purpose, address))
        if by_link and token is not None:
            await self._post(place, LINKS[purpose], token=token)
            self._kill(address, purpose)
            self.seen.add(f"{purpose} by link")
            return address
        if code is None or (purpose == "signup" and address in self.passwords):
            return None
        await self._post(place, path, code=code)
        self.seen.add(f"{purpose} by code")
        for kind in ("signup", "recover") if purpose != "login" else ():
            self._kill(address, kind, codes=False)
        return address

    async def _post(self, place: int, path: str, **values: str) -> None:
        browser = self.browsers[place]
        await browser.open("/recover")
        await browser.post(path, **values)

    async def _token(self, address: str) -> str:
        return (await self.mailbox.link(address)).partition("token=")[2]

    def _enter(self, place: int, address: str) -> None:
        self._leave(place)
        self.inside[place] = address
        self.known.add((place, address))

    def _leave(self, place: int) -> None:
        if self.inside.pop(place, None) is not None:
            self.dead.append(("session", self.sessions.pop(place)))

    def _kill(self, address: str, purpose: str, *, codes: bool = True) -> None:
        """The link, and every code of this purpose that is out for the address."""
        token = self.links.pop((purpose, address), None)
        if token is not None:
            self.dead.append((purpose, token))
        if codes:
            self.codes = {key: held for key, held in self.codes.items() if key[0] != purpose or held[0] != address}


def _connection() -> Any:
    pool: Any = db.engine.pool
    return pool.connection


async def test_in_whatever_order_people_act_nobody_is_in_without_a_proof(app: Litestar, mailbox: Mailbox) -> None:
    Entrance.app, Entrance.seen = app, set()
    bounded = settings(
        max_examples=9, stateful_step_count=20, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    await anyio.to_thread.run_sync(lambda: run_state_machine_as_test(Entrance, settings=bounded))
    proofs = {f"{purpose} by {way}" for purpose in ASKED for way in ("code", "link")} - {"login by link"}
    assert Entrance.seen == proofs | {"signed in", "unlocked"}
