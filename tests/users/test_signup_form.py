"""The form for signing up: what it refuses at its fields, programs that fill it in, and whom the portal takes."""

from pathlib import Path

import pytest

from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.users.signup import ZOE, start, visitor
from tests.visitor import Browser

__all__ = ["visitor"]

pytestmark = pytest.mark.anyio


async def test_the_form_keeps_what_was_typed_when_it_says_no(visitor: Browser) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Zoe", email="zoe at zebra")

    assert visitor.page.status_code == 422
    assert visitor.document.invalid == ["email"]
    assert visitor.document.form("/signup")[1]["email"] == "zoe at zebra"


@pytest.mark.parametrize(
    "email",
    [
        ["victim@acme.test", "evil@evil.test"],
        "victim@acme.test,evil@evil.test",
        '"evil@evil.test"@acme.test',
        "victim＠acme.test",
        "victim@acme.test\r\nBcc: evil@evil.test",
        "victim@acme.test\0",
        "x" * 300 + "@acme.test",
    ],
)
async def test_no_spelling_smuggles_a_second_recipient(
    visitor: Browser, mailbox: Mailbox, email: str | list[str]
) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Eve", email=email)

    assert visitor.page.status_code == 422
    assert await mailbox.count() == 0


@pytest.mark.parametrize("extra", ["status", "emailVerified", "roles", "email[]", "password", "id", "deletedAt"])
async def test_fields_that_are_not_on_the_form_are_refused(visitor: Browser, mailbox: Mailbox, extra: str) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Eve", email=ZOE, **{extra: "true"})

    assert visitor.page.status_code == 422
    assert await mailbox.count() == 0


async def test_missing_fields_are_named(visitor: Browser) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name=None, email=None)

    assert visitor.page.status_code == 422
    assert visitor.document.invalid == ["name", "email"]


async def test_the_trap_stops_programs_that_fill_in_everything(visitor: Browser, mailbox: Mailbox) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Bot", email=ZOE, website="https://spam.test")

    assert visitor.page.status_code == 422
    assert await mailbox.count() == 0


async def test_a_form_that_comes_back_quicker_than_people_type_is_asked_again(
    visitor: Browser, mailbox: Mailbox
) -> None:
    await visitor.open("/signup")
    configured(environment="staging")

    await visitor.submit("/signup", name="Bot", email=ZOE)

    assert visitor.page.status_code == 422
    assert await mailbox.count() == 0


@pytest.mark.parametrize("age", ["", "00", "zz", "0" * 48])
async def test_the_age_of_a_form_cannot_be_made_up(visitor: Browser, mailbox: Mailbox, age: str) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Bot", email=ZOE, form_age=age)

    assert visitor.page.status_code == 422


async def test_a_closed_portal_takes_nobody_in(visitor: Browser, mailbox: Mailbox) -> None:
    await visitor.open("/signup")
    configured(signup="invite")
    await visitor.submit("/signup", name="Eve", email=ZOE)
    assert visitor.page.status_code == 403

    await visitor.open("/signup")

    assert visitor.name == "signup.closed"
    assert await mailbox.count() == 0


async def test_blocked_mail_domains_cannot_sign_up(visitor: Browser, mailbox: Mailbox, tmp_path: Path) -> None:
    blocked = tmp_path / "domains.txt"
    blocked.write_text("# throw-away\nburner.test  # since 2026\n")
    configured(blocked_domains=blocked)
    for email in ("zoe@burner.test", "zoe@mx.burner.test"):
        await start(visitor, email)
        assert visitor.document.invalid == ["email"]

    await start(visitor, "zoe@notburner.test")

    assert visitor.name == "signup.verify"
