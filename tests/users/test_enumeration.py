"""An outsider learns nothing about an address: not by the work that is done for it either."""

from collections import Counter

import pytest
from litestar import Litestar

from app import crypto, db
from tests.cast import Cast
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def kinds(cast: Cast) -> dict[str, str]:
    """An address of each kind."""
    await db.execute('UPDATE "Users" SET "status" = \'suspended\' WHERE "email" = $1', cast.adam)
    await db.execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', cast.eve)
    await db.execute(
        'UPDATE "Users" SET "accountLockedUntil" = app_now() + interval \'1 hour\' WHERE "email" = $1', cast.olga
    )
    return {
        "known": cast.mia,
        "suspended": cast.adam,
        "without a password": cast.eve,
        "locked": cast.olga,
        "unknown": "nobody@acme.test",
    }


class Work:
    """Counts what is slow enough to be felt from outside: hashes, and statements by their first words."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hashes = 0
        self.statements: Counter[str] = Counter()
        run, verify = db.engine.run, crypto.verify_password

        async def counted_run(method: str, sql: str, args: tuple[object, ...]) -> object:
            self.statements[" ".join(sql.split()[:2])] += 1
            return await run(method, sql, args)

        async def counted_verify(stored: str | None, password: str) -> bool:
            self.hashes += 1
            return await verify(stored, password)

        monkeypatch.setattr(db.engine, "run", counted_run)
        monkeypatch.setattr(crypto, "verify_password", counted_verify)

    def taken(self) -> tuple[int, int]:
        found = (self.hashes, self.statements.total())
        self.hashes = 0
        self.statements.clear()
        return found


async def test_every_refused_sign_in_costs_one_hash(
    app: Litestar, kinds: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    costs = {}
    for kind, email in kinds.items():
        browser = Browser(app)
        await browser.open("/login")
        work.taken()
        await browser.submit("/login", email=email, password="wrong-harbour-lantern")
        costs[kind] = work.taken()

    assert {hashes for hashes, _statements in costs.values()} == {1}
    # A known account's history is one statement more, of about 0.1 ms beside a hash of 100 ms with a spread of several.
    assert max(statements for _hashes, statements in costs.values()) - costs["unknown"][1] <= 1, costs


@pytest.mark.parametrize("path", ["/recover", "/login/code"])
async def test_asking_for_a_mail_costs_nearly_the_same(
    app: Litestar, kinds: dict[str, str], mailbox: Mailbox, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    costs = {}
    for kind, email in kinds.items():
        browser = Browser(app)
        await browser.open(path)
        work.taken()
        await browser.submit(path, email=email)
        costs[kind] = work.taken()[1]

    assert costs["unknown"] == costs["suspended"]
    assert costs["known"] - costs["unknown"] <= 4, "a mail is rows in two tables, its expiry and the token"


async def test_the_cookies_are_the_same(app: Litestar, kinds: dict[str, str]) -> None:
    names = set()
    for email in kinds.values():
        browser = Browser(app)
        await browser.open("/login")
        await browser.submit("/login", email=email, password="wrong-harbour-lantern")
        await browser.open("/recover")
        await browser.submit("/recover", email=email)
        names.add(tuple(sorted(cookie.name for cookie in browser.http.cookies.jar)))

    assert names == {("browser",)}
