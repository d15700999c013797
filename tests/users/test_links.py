"""/links: looking does nothing, pressing does it once, and a link that is not whole, not fresh or no act is dead."""

import logging

import pytest
from litestar import Litestar

from app import crypto, db
from app.audit.events import Event
from app.users.proofs.tables import MailedLink
from tests.cast import Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.second_step import id_of
from tests.users.links import NEW_SIGN_IN, STRANGER, of, sign_in, tell, visitor
from tests.visitor import Browser

__all__ = ["visitor"]

pytestmark = pytest.mark.anyio


async def open_sessions() -> int:
    count: int = await db.value('SELECT count(*) FROM "Sessions" WHERE "endedAt" IS NULL')
    return count


async def test_looking_says_what_happened_and_does_nothing(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await sign_in(Browser(app, ip=STRANGER), cast.mia)
    link = await mailbox.act(cast.mia, NEW_SIGN_IN)

    for _look in range(3):
        await visitor.open(link)

    text = visitor.document.text
    assert visitor.name == "links.not_me"
    for word in (cast.mia, NEW_SIGN_IN, "Firefox · Linux", "UTC", "Every device is signed out", "password stops"):
        assert word in text, word
    assert await open_sessions() == 1
    assert await of(cast.mia, "password") is not None
    await visitor.http.head(link)
    assert await open_sessions() == 1


async def test_pressing_acts_once_and_the_page_goes_on_telling(
    app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    await visitor.submit(link)
    await db.execute('UPDATE "Users" SET "password" = \'set since\' WHERE "email" = $1', cast.mia)

    await visitor.open("/login")
    await visitor.post(link)

    assert visitor.page.status_code == 410
    assert await of(cast.mia, "password") == "set since"
    other = Browser(app)
    await other.open(link)
    assert other.name == "links.not_me_done"


@pytest.mark.parametrize("mangle", ["", "x", "truncated", "flipped", "%00", "a" * 3000])
async def test_a_link_that_is_not_whole_is_dead(visitor: Browser, cast: Cast, mailbox: Mailbox, mangle: str) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    token = (await mailbox.act(cast.mia)).rpartition("/")[2]
    changed = {"truncated": token[:-1], "flipped": token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]}
    path = f"/links/{changed.get(mangle, mangle)}"

    await visitor.open(path)
    assert visitor.page.status_code in ({404} if not mangle else {410})
    await visitor.open("/login")
    await visitor.post(path)

    assert visitor.page.status_code in ({404} if not mangle else {410})
    assert await of(cast.mia, "password") is not None


async def test_it_works_for_seven_days_on_both_ways(
    visitor: Browser, cast: Cast, mailbox: Mailbox, clock: Clock
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    await clock.advance(days=6.99)
    await visitor.open(link)
    assert visitor.name == "links.not_me"
    await clock.advance(days=0.02)

    await visitor.submit(link)

    assert visitor.page.status_code == 410
    assert (await visitor.open(link)).status_code == 410
    assert await of(cast.mia, "password") is not None


async def test_another_secret_is_no_mailed_act(app: Litestar, visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    """An unlock link has a page of its own; a reset link and a session are something else altogether."""
    unlock = crypto.new_token()
    await MailedLink.make(await id_of(cast.mia), "unlock", unlock.digest, 60)
    home = await sign_in(Browser(app), cast.mia)
    await visitor.open("/recover")
    await visitor.submit("/recover", email=cast.mia)
    reset = (await mailbox.link(cast.mia)).partition("token=")[2]
    for secret in (unlock.plain, reset, str(home.cookie("session")), str(home.cookie("device"))):
        await visitor.open(f"/links/{secret}")
        assert visitor.page.status_code == 410
        await visitor.open("/login")
        await visitor.post(f"/links/{secret}")
        assert visitor.page.status_code == 410
    act = (await mailbox.act(cast.mia, NEW_SIGN_IN)).rpartition("/")[2]
    await visitor.open(f"/recover/unlock?token={act}")
    assert visitor.page.status_code == 410


async def test_a_network_that_opens_dead_links_is_stopped_and_a_good_one_goes_on_working(
    app: Litestar, cast: Cast, mailbox: Mailbox
) -> None:
    configured(environment="staging")
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    guesser = Browser(app, ip=STRANGER)
    found = {(await guesser.http.get(f"/links/{'a' * 43}")).status_code for _guess in range(60)}
    assert found == {410}

    assert (await guesser.http.get(f"/links/{'a' * 43}")).status_code == 429

    assert (await guesser.open(link)).status_code == 200
    assert (await Browser(app).open(f"/links/{'a' * 43}")).status_code == 410


async def test_the_token_stands_in_no_log_line(
    visitor: Browser, cast: Cast, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    with caplog.at_level(logging.INFO):
        await visitor.open(link)
        await visitor.submit(link)
        await visitor.post(link)

    ours = "\n".join(line.getMessage() for line in caplog.records if line.name.startswith("portico"))
    assert "POST /links/… 303" in ours
    assert link.rpartition("/")[2] not in ours


async def test_another_account_that_is_signed_in_is_named_and_left_alone(
    visitor: Browser, cast: Cast, mailbox: Mailbox
) -> None:
    await tell(cast.mia, Event.PASSWORD_CHANGED)
    link = await mailbox.act(cast.mia)
    await sign_in(visitor, cast.olga)

    await visitor.open(link)
    assert cast.mia in visitor.document.text
    assert f"You are signed in as {cast.olga} in this browser." in visitor.document.text
    await visitor.submit(link)

    assert f"You are signed in as {cast.olga}" in visitor.document.text
    await visitor.open("/")
    assert visitor.name == "account.home"
    assert await of(cast.olga, "password") is not None
