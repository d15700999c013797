"""Asking the QA kit for somebody: any name, an own address, true cookies, whole or not at all, and no in words."""

import re

import pytest
from litestar import Litestar

from app import db
from app.config import settings
from app.operator.qa import making, passkeys
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.operator.kit import MAKE, make, post, sign_in, signs_in
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


async def test_everyone_is_different_unless_asked_for(app: Litestar, mailbox: Mailbox) -> None:
    made = [await make(app, "member") for _person in range(3)]
    assert len({(one["id"], one["email"], one["password"]) for one in made}) == 3

    asked = await make(app, "member", email="  Zoe@Zebra.Test ", name="Zoë Zebra")
    assert (asked["email"], asked["name"]) == ("zoe@zebra.test", "Zoë Zebra")


@pytest.mark.parametrize("name", ["Zoë", "O'Neill, Ann", "李", "a@b", "x" * 100, "7 of 9"])
async def test_any_name_gets_an_address_that_is_one(app: Litestar, mailbox: Mailbox, name: str) -> None:
    made = await make(app, "member", name=name)

    assert re.fullmatch(r"[a-z]{1,20}\.[0-9a-f]{10}@qa\.test", made["email"])
    await signs_in(app, made)


async def test_somebody_is_made_whole_or_not_at_all(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(passkeys, "add", broken)
    with pytest.raises(RuntimeError, match="broken"):
        await making.make("passkey", signed_in=True)

    for table in ("Users", "SecurityAuditLogs", "Sessions"):
        assert not await db.value(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - a test's constants


async def test_the_history_says_who_made_them(app: Litestar, mailbox: Mailbox) -> None:
    made = await make(app, "totp")

    row = await db.one(
        'SELECT "details" FROM "SecurityAuditLogs" WHERE "event" = \'user.signed_up\' AND "userId" = $1', made["id"]
    )
    assert row is not None
    assert row["details"]["actor"]["name"] == "portico qa"
    assert row["details"]["state"] == "totp"


async def test_cookies_are_those_that_the_pages_set(app: Litestar, mailbox: Mailbox) -> None:
    """Name for name and attribute for attribute, on http and on https."""
    for base in ("http://localhost:8000", "https://staging.example"):
        configured(base_url=base)
        made = await make(app, "signed-in")
        browser = await sign_in(Browser(app, ip="203.0.113.9"), made)
        jar = {cookie.name: cookie for cookie in browser.http.cookies.jar}
        kept = {cookie["name"]: cookie for cookie in made["storageState"]["cookies"]}
        assert kept.keys() == {("__Host-" if base.startswith("https") else "") + name for name in _PLAIN}
        for name, cookie in kept.items():
            theirs = jar[name]
            assert cookie["domain"] == settings().hostname
            assert (cookie["path"], cookie["secure"], cookie["sameSite"]) == ("/", theirs.secure, "Lax")
            assert cookie["httpOnly"] is theirs.has_nonstandard_attr("HttpOnly")
            assert abs(cookie["expires"] - (theirs.expires or 0)) < 60
            assert len(cookie["value"]) == len(theirs.value or "")


_PLAIN = {"session", "device", "method", "browser"}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "is one of member, "),
        (b"{", 400, "is one of member, "),
        (b"\xff", 400, "is one of member, "),
        (b"[" * 5000, 400, "is one of member, "),
        (b"[]", 400, "is one of member, "),
        (b"{}", 400, "is one of member, "),
        (b'{"person": 7}', 400, "is one of member, "),
        (b'{"person": "member", "role": "owner"}', 400, "unknown field `role`"),
        (b'{"person": "ghost"}', 422, "there is no state 'ghost'; there are member, owner"),
        (b'{"person": "member", "email": "no address"}', 422, "no address is not an e-mail address"),
        (b'{"person": "member", "name": " "}', 422, "a name is one line"),
        (b'{"person": "member", "name": "a\\u0000b"}', 422, "a name is one line"),
        (b'{"person": "member", "name": "%s"}' % (b"a" * 101), 422, "a name is one line"),
    ],
)
async def test_what_cannot_be_made_is_refused_in_words(
    app: Litestar, mailbox: Mailbox, body: bytes, status: int, words: str
) -> None:
    answer = await post(app, MAKE, body)

    assert answer.status_code == status
    assert words in answer.json()["problem"]
    assert not await db.value('SELECT count(*) FROM "Users"')
