"""The page of the authenticator app in tests: somebody who sets one up, and the key that is shown."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from litestar import Litestar

from app import db
from app.audit.events import Event
from tests.cast import Cast
from tests.second_step import first_step
from tests.visitor import Browser

PAGE = "/account/security/totp"


@pytest.fixture
async def nora(app: Litestar, cast: Cast) -> Browser:
    """Nora belongs to no tenant; she has just signed in by password."""
    return await first_step(app, cast.nora)


def secret_on(browser: Browser) -> str:
    found = re.search(r'href="(otpauth:[^"]+)"', browser.page.text)
    assert found, browser.document.text
    return parse_qs(urlsplit(unescape(found[1])).query)["secret"][0]


async def begin(browser: Browser) -> str:
    await browser.open(PAGE)
    await browser.submit(f"{PAGE}/start")
    return secret_on(browser)


async def audited(event: Event) -> int:
    return int(await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = $1', event.label))
