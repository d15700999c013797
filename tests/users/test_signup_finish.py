"""The end of signing up: a password and the terms, kept as far as they may be, and one account for two browsers."""

import re

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.signup import ZOE, start, visitor
from tests.visitor import Browser

__all__ = ["visitor"]

pytestmark = pytest.mark.anyio


async def test_two_browsers_that_finish_one_account_make_one(
    app: Litestar, visitor: Browser, mailbox: Mailbox, clock: Clock
) -> None:
    await start(visitor)
    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))
    await clock.advance(minutes=2)
    second = Browser(app)
    await start(second)
    await second.submit("/signup/verify", code=await mailbox.code(ZOE))
    await visitor.submit("/signup/finish", password=PASSWORD)

    await second.submit("/signup/finish", password="other-harbour-lantern")

    assert second.page.status_code == 410
    assert second.cookie("session") is None


async def test_terms_are_agreed_to_and_remembered(visitor: Browser, mailbox: Mailbox) -> None:
    configured(terms_url="https://acme.test/terms", terms_version="2026-11")
    await start(visitor)
    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))
    await visitor.submit("/signup/finish", password=PASSWORD)
    assert visitor.document.invalid == ["terms"]

    await visitor.submit("/signup/finish", password=PASSWORD, terms="y")

    assert visitor.name == "account.home"
    row = await db.one(
        'SELECT t."version", t."ipAddress" FROM "TermsAcceptances" t JOIN "Users" u ON u."id" = t."userId"'
        ' WHERE u."email" = $1',
        ZOE,
    )
    assert row is not None
    assert (row["version"], row["ipAddress"]) == ("2026-11", "203.0.113.7")


async def test_a_weak_password_is_refused_and_the_proof_is_kept(visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))
    await visitor.submit("/signup/finish", password="short")
    assert visitor.document.invalid == ["password"]
    await visitor.submit("/signup/finish", password="zoe-zander-2026")
    assert visitor.document.invalid == ["password"]

    await visitor.submit("/signup/finish", password=PASSWORD)

    assert visitor.name == "account.home"


async def test_signing_up_is_written_into_the_history(visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))
    await visitor.submit("/signup/finish", password=PASSWORD)

    events = [
        row["event"]
        for row in await db.rows(
            'SELECT a."event" FROM "SecurityAuditLogs" a JOIN "Users" u ON u."id" = a."userId"'
            ' WHERE u."email" = $1 ORDER BY a."createdAt"',
            ZOE,
        )
    ]
    assert events == ["user.sign_up_started", "user.signed_up", "user.signed_in"]


NOT_KEPT = "For your safety it was not kept. Type "


@pytest.mark.parametrize(
    ("name", "password", "wrong"),
    [("x" * 101, PASSWORD, ["name"]), ("Zoe Z", "qwzzy", ["password"]), ("x" * 101, "qwzzy", ["name"])],
)
async def test_a_refused_finish_keeps_what_it_may_and_asks_for_the_password_again(
    visitor: Browser, mailbox: Mailbox, name: str, password: str, wrong: list[str]
) -> None:
    await start(visitor)
    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))
    assert NOT_KEPT not in visitor.document.text

    await visitor.submit("/signup/finish", name=name, password=password)

    assert visitor.page.status_code == 422
    assert visitor.document.invalid == wrong
    assert visitor.document.form("/signup/finish")[1]["name"] == name
    assert NOT_KEPT + ("another." if "password" in wrong else "it again.") in visitor.document.text
    assert re.search(r'name="password"[^>]* aria-describedby="[^"]*\bpassword-lost\b', visitor.page.text)
    assert password not in visitor.page.text
    await visitor.submit("/signup/finish", name="Zoe Z", password=PASSWORD)
    assert visitor.name == "account.home"


async def test_a_password_that_was_never_typed_is_not_asked_for_again(visitor: Browser, mailbox: Mailbox) -> None:
    await start(visitor)
    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))

    await visitor.submit("/signup/finish", name="", password="")

    assert visitor.document.invalid == ["name", "password"]
    assert NOT_KEPT not in visitor.document.text


async def test_agreed_terms_stay_agreed_when_the_form_comes_back(visitor: Browser, mailbox: Mailbox) -> None:
    configured(terms_version="2026-11", terms_url="https://example.org/terms")
    await start(visitor)
    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))

    await visitor.submit("/signup/finish", password="short", terms="y")

    assert visitor.document.invalid == ["password"]
    assert "terms" in visitor.document.form("/signup/finish")[1], "an unticked box is not among the values"
