"""The session limit, proofs and kept forms under twenty at once: real connections."""

from functools import partial
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from app import crypto, db
from app.actor import Actor
from app.operator import seeding
from app.users.sessions import actions
from app.users.sudo.tables import Kept, KeptForm
from app.users.tables import User
from tests.cast import PASSWORD
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.users.races import MIA, ROUNDS, fresh, together, twins
from tests.users.test_sessions import allow, live, signed_in
from tests.visitor import Browser

DONE = httpx.Response(200)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def people(own_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    monkeypatch.setattr(crypto, "MOST_WAITING", 1000)
    await seeding.seed()
    return Mailbox()


async def test_ten_sign_ins_at_once_leave_exactly_as_many_as_are_allowed(app: Litestar, people: Mailbox) -> None:
    await allow("acme", 3)
    browsers = [await signed_in(app, MIA, ip=f"198.51.100.{number}") for number in range(1, 11)]
    for _round in range(ROUNDS):
        await fresh("Sessions")
        for browser in browsers:
            browser.http.cookies.delete("session")
            await browser.open("/login")

        await together([partial(browser.submit, "/login", email=MIA, password=PASSWORD) for browser in browsers])

        assert await live(MIA) == 3
        for browser in browsers:
            await browser.open("/account/sessions")
        assert sum(browser.name == "sessions.index" for browser in browsers) == 3
        assert await db.value('SELECT count(*) FROM "Sessions" WHERE "endReason" = \'overtaken\'') == 7


async def test_of_twenty_proofs_at_once_one_renews_the_secret(app: Litestar, people: Mailbox) -> None:
    for _round in range(ROUNDS):
        await fresh()
        browser = Browser(app)
        await browser.open("/login")
        await browser.submit("/login", email=MIA, password=PASSWORD)
        await db.execute('UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\'')
        await browser.open("/sudo")
        tabs = twins(app, browser)
        before = await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'sudo.proven\'')

        await together([partial(tab.submit, "/sudo/password", password=PASSWORD) for tab in tabs])

        proven = await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'sudo.proven\'')
        assert proven == before + 1
        assert sum(tab.name == "account.home" for tab in tabs) == 1
        assert all(tab.cookie("session") for tab in tabs), "no answer drops what another has just set"


async def test_a_kept_form_is_taken_once(people: Mailbox) -> None:
    account = await User.by_email(MIA)
    assert account is not None
    for _round in range(ROUNDS):
        form_id = await KeptForm.keep(account.id, Kept(path="/x", fields=[]))
        taken: list[bool] = []

        async def take(form_id: UUID, taken: list[bool]) -> httpx.Response:
            taken.append(await KeptForm.take(form_id, account.id))
            return DONE

        await together([partial(take, form_id, taken)] * 20)

        assert sum(taken) == 1


async def test_signing_in_while_everything_is_ended_leaves_no_half_state(app: Litestar, people: Mailbox) -> None:
    """Both take the person's row first, so neither waits for what the other holds."""
    account = await User.by_email(MIA)
    assert account is not None
    await allow("acme", 2)
    by = Actor(kind="person", user_id=account.id, session_id=uuid4())
    browsers = [await signed_in(app, MIA, ip=f"198.51.100.{number}") for number in range(1, 11)]
    for _round in range(ROUNDS):
        await fresh()
        for browser in browsers:
            browser.http.cookies.delete("session")
            await browser.open("/login")

        acts = [partial(browser.submit, "/login", email=MIA, password=PASSWORD) for browser in browsers]
        await together([*acts, *[partial(end_others, by)] * 10])

        assert await live(MIA) <= 2


async def end_others(by: Actor) -> httpx.Response:
    await actions.end_others(by=by)
    return DONE
