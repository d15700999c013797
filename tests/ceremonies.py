"""Passkeys in tests: what a page's script does, without a script."""

from typing import Any

import httpx

from app import db
from app.config import settings
from tests.authenticator import Authenticator, Json
from tests.cast import PASSWORD
from tests.visitor import Browser

SIGN_IN, PROVE, ADD, FINISH = (
    "/login/passkey",
    "/sudo/passkey",
    "/account/security/passkeys",
    "/signup/finish/passkey",
)


async def send(browser: Browser, path: str, **body: Any) -> httpx.Response:
    """Posts JSON as the script does, with the token of the page that is open."""
    token = next((fields["csrf_token"] for _form, fields in browser.document.forms if "csrf_token" in fields), "")
    headers = {"x-csrf-token": str(token), "origin": settings().base_url, "sec-fetch-site": "same-origin"}
    return await browser.http.post(path, json=body, headers=headers)


async def options(browser: Browser, path: str = SIGN_IN, **body: Any) -> Json:
    answer = await send(browser, f"{path}/options", **body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def show(browser: Browser, key: Authenticator, path: str = SIGN_IN, /, **forged: Any) -> httpx.Response:
    """A whole assertion: options, the authenticator's answer, and what the server says of it."""
    body = forged.pop("body", {})
    return await send(
        browser, f"{path}/verify", **body, credential=key.sign(await options(browser, path, **body), **forged)
    )


async def register(browser: Browser, key: Authenticator, path: str = ADD, /, **forged: Any) -> httpx.Response:
    """A whole registration."""
    body = forged.pop("body", {})
    return await send(
        browser, f"{path}/verify", **body, credential=key.make(await options(browser, path, **body), **forged)
    )


async def sign_in(browser: Browser, email: str) -> Browser:
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)
    return browser


async def give_passkey(browser: Browser, email: str, key: Authenticator) -> None:
    """The person adds a passkey in this browser, and signs out again."""
    await sign_in(browser, email)
    answer = await register(browser, key)
    assert answer.status_code == 200, answer.text
    await browser.open("/")
    await browser.submit("/logout")


async def prove(browser: Browser, key: Authenticator) -> None:
    """The person proves again who they are; the session has a new secret, and the pages a new token."""
    answer = await show(browser, key, PROVE)
    assert answer.status_code == 200, answer.text
    await browser.open("/")


async def live_sessions() -> int:
    found: int = await db.value('SELECT count(*) FROM "Sessions" WHERE "endedAt" IS NULL')
    return found


async def refusals() -> list[str]:
    """The reasons that the security log has, oldest first."""
    rows = await db.rows(
        'SELECT "details"->>\'reason\' AS reason FROM "SecurityAuditLogs" WHERE "event" = \'passkey.refused\''
        ' ORDER BY "createdAt", "id"'
    )
    return [row["reason"] for row in rows]


def named(value: object) -> str:
    """How a forgery is called in the list of tests: by what is wrong with it, never by random bytes."""
    return ",".join(value) if isinstance(value, dict) else str(value)
