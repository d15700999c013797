"""The one message that is carried over a redirect."""

import base64
from typing import Any

import pytest
from litestar import Litestar

from app.web import flash
from app.web.flash import Flash
from app.web.visitor import Visitor
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.visitor import Browser
from tests.web.wire import ask

pytestmark = pytest.mark.anyio

SAID = "You are signed out."


def sealed(text: str, kind: Any = "info") -> str:
    caller = Visitor(ip=None, agent=None, request_id="-")
    flash.put(caller, Flash(kind, text))
    return caller.cookies[0][1]


async def signed_out(app: Litestar) -> Browser:
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=Cast.mia, password=PASSWORD)
    await browser.submit("/logout")
    return browser


async def test_a_message_is_shown_once(app: Litestar, cast: Cast) -> None:
    browser = await signed_out(app)
    assert SAID in browser.document.text

    await browser.open("/login")
    assert SAID not in browser.document.text


async def test_a_message_that_is_not_ours_is_not_shown(app: Litestar, database: None) -> None:
    body = b'["danger","Call 0900 EVIL"]'
    good = sealed("Call 0900 EVIL")
    mac = base64.urlsafe_b64decode(good)[:16]
    forged = [
        base64.urlsafe_b64encode(bytes(16) + body).decode(),
        base64.urlsafe_b64encode(mac + body).decode(),
        base64.urlsafe_b64encode(base64.urlsafe_b64decode(good)[:-3] + b'!"]').decode(),
        base64.urlsafe_b64encode(body).decode(),
        base64.urlsafe_b64encode(mac).decode(),
        good[:-8],
        good[4:],
        "x",
        "=",
        "é",
        "%00",
        "[]",
        "A" * 3000,
    ]
    for value in forged:
        answer = await ask(app, "/login", headers=[("cookie", f"flash={value}")])
        assert answer.status == 200
        assert "EVIL" not in answer.text, value
        assert answer.cookies["flash"].startswith("flash=; Path=/; Max-Age=0"), value

    assert "EVIL" in (await ask(app, "/login", headers=[("cookie", f"flash={good}")])).text


async def test_a_message_of_no_known_kind_is_not_shown(app: Litestar) -> None:
    cookie = sealed("Strange", kind='x" onload="y')

    assert "Strange" not in (await ask(app, "/login", headers=[("cookie", f"flash={cookie}")])).text


async def test_a_message_is_text_and_no_markup(app: Litestar) -> None:
    cookie = sealed("<img src=x onerror=alert(1)>")

    answer = await ask(app, "/login", headers=[("cookie", f"flash={cookie}")])

    assert "&lt;img src=x" in answer.text
    assert "<img src=x" not in answer.text


async def test_a_message_under_another_key_is_not_shown(app: Litestar) -> None:
    cookie = sealed("Old words")
    configured(secret_keys=("another-another-another-another-key",))

    assert "Old words" not in (await ask(app, "/login", headers=[("cookie", f"flash={cookie}")])).text
