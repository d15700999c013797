"""/dev/mail: for people at their screens and for scripts, and nowhere where mail is real."""

import asyncio
import time
from typing import Any

import pytest
from litestar import Litestar

from app import db
from app.mail.delivery import deliver
from app.mail.outbox import send
from app.main import create_app
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

MIA = "mia@acme.test"
TOKEN = "a-long-token-for-quality-people"
PATHS = ["/dev/mail", "/dev/mail.json", "/dev/mail/1", "/dev/mail/1/body"]


@pytest.fixture
def visitor(app: Litestar, mailbox: Mailbox) -> Browser:
    return Browser(app)


async def mail(to: str = MIA, **parameters: Any) -> int:
    """A mail that has landed in the mailbox."""
    await send("signup/known", to, **({"name": "Mia"} | parameters))
    await deliver(await db.value('SELECT "id" FROM "Outbox" ORDER BY "createdAt" DESC LIMIT 1'))
    return int(await db.value('SELECT max("id") FROM "DevMails"'))


async def test_a_mail_lands_once_with_its_headers(visitor: Browser) -> None:
    mail_id = await mail()

    answer = await visitor.open("/dev/mail.json")

    assert answer.headers["content-type"].startswith("application/json")
    (found,) = answer.json()
    assert set(found) == {"id", "to", "subject", "text", "html", "headers", "createdAt"}
    assert (found["id"], found["to"], found["subject"]) == (mail_id, MIA, "You have an account already")
    assert found["headers"]["To"] == MIA
    assert found["headers"]["Message-ID"].endswith("@localhost>")
    assert "/login" in found["text"]
    assert "<h1" in found["html"]
    assert await db.value('SELECT "status" FROM "Outbox"') == "sent"


async def test_scripts_ask_for_one_address_and_for_what_came_since(visitor: Browser) -> None:
    first, _other, second = await mail(), await mail("eve@beta.test"), await mail()

    async def ids(query: str) -> list[int]:
        return [found["id"] for found in (await visitor.open(f"/dev/mail.json?{query}")).json()]

    assert await ids(f"to={MIA}") == [second, first]
    assert await ids("to=MIA@acme.test") == [second, first]
    assert await ids(f"to={MIA}&after={first}") == [second]
    assert await ids(f"to={MIA}&after={second}") == []
    assert await ids("to=nobody@acme.test&after=x&wait=-1") == []


async def test_a_script_can_wait_for_a_mail(visitor: Browser) -> None:
    began = time.monotonic()
    waiting = asyncio.create_task(visitor.open(f"/dev/mail.json?to={MIA}&wait=5"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await mail()

    assert len((await waiting).json()) == 1
    assert time.monotonic() - began < 2

    began = time.monotonic()
    assert (await visitor.open(f"/dev/mail.json?to={MIA}&after=99999999&wait=1")).json() == []
    assert 1 <= time.monotonic() - began < 2


async def test_people_read_it_on_pages(visitor: Browser) -> None:
    await visitor.open("/dev/mail")
    assert "No mail yet" in visitor.document.text

    mail_id = await mail()
    await mail("eve@beta.test")
    await visitor.open(f"/dev/mail?to={MIA}")
    assert visitor.name == "dev.mail"
    assert visitor.document.headings == ["Mail"]
    assert MIA in visitor.document.text
    assert "eve@beta.test" not in visitor.document.text

    await visitor.open(f"/dev/mail/{mail_id}")
    assert visitor.document.headings == ["You have an account already"]
    assert "X-Auto-Response-Suppress" in visitor.document.text


async def test_a_mail_is_shown_in_a_sandbox(visitor: Browser) -> None:
    mail_id = await mail(name="<script>alert(1)</script>")

    answer = await visitor.open(f"/dev/mail/{mail_id}/body")

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", ["/dev/mail/999999", "/dev/mail/999999/body", "/dev/mail/x"])
async def test_what_is_not_there_is_not_found(visitor: Browser, path: str) -> None:
    assert (await visitor.open(path)).status_code == 404


@pytest.mark.parametrize("path", PATHS)
async def test_in_production_there_is_no_such_place(
    app: Litestar, mailbox: Mailbox, production: None, path: str
) -> None:
    """Neither where the routes are left out nor, should they be there by mistake, behind them."""
    configured(qa_token=TOKEN)
    for served in (create_app(), app):
        browser = Browser(served)
        assert (await browser.open(path, authorization=f"Bearer {TOKEN}")).status_code == 404

    assert not [route.path for route in create_app().routes if route.path.startswith("/dev")]


@pytest.mark.parametrize("path", PATHS[:2])
async def test_in_staging_it_takes_the_token(app: Litestar, mailbox: Mailbox, path: str) -> None:
    configured(environment="staging", base_url="https://staging.example", qa_token=TOKEN)
    staging = Browser(app)

    for given in ({}, {"authorization": "Bearer "}, {"authorization": f"Bearer {TOKEN}x"}):
        assert (await staging.open(path, **given)).status_code == 404
    assert (await staging.open(path, authorization=f"Bearer {TOKEN}")).status_code == 200
    configured(qa_token=None)
    assert (await staging.open(path, authorization="Bearer ")).status_code == 404
