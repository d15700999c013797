"""Inviting in tests: people at Acme, and what a mailed invitation leads to."""

import re
from uuid import UUID

import pytest
from litestar import Litestar

from app import db
from app.config import settings
from tests.cast import PASSWORD, Cast
from tests.mailbox import Mailbox
from tests.visitor import Browser

LIST = "/t/acme/invitations"
NEW = f"{LIST}/new"
BOB = "bob@builder.test"
CHOSEN = "copper-meadow-sextant"


async def sign_in(browser: Browser, email: str, onward: str = "") -> Browser:
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD, **({"next": onward} if onward else {}))
    return browser


async def fresh_limits() -> None:
    await db.execute('DELETE FROM "RateLimits"')


async def role(name: str, slug: str = "acme") -> str:
    found = await db.value(
        'SELECT r."id" FROM "Roles" r JOIN "Tenants" t ON t."id" = r."tenantId" WHERE t."slug" = $1 AND r."name" = $2',
        slug,
        name,
    )
    return str(found)


async def id_of(email: str) -> UUID:
    found: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)
    return found


async def invite(browser: Browser, email: str = BOB, **values: str | list[str]) -> None:
    await browser.open(NEW)
    await browser.submit(NEW, email=email, **({"roles": await role("Member")} | values))


async def link_of(mailbox: Mailbox, email: str = BOB) -> str:
    """The path of the invitation in the newest mail to the address."""
    for mail in reversed(await mailbox.all(email)):
        found = re.search(r"https?://\S+/invitations/\S+", mail.text)
        if found:
            return found.group().removeprefix(settings().base_url)
    raise AssertionError(f"no invitation was mailed to {email}")


async def state_of(email: str = BOB) -> str:
    return str(
        await db.value(
            'SELECT "status"::text FROM "Invitations" WHERE "email" = $1 ORDER BY "createdAt" DESC LIMIT 1', email
        )
    )


async def invitation_of(email: str = BOB) -> UUID:
    found: UUID = await db.value(
        'SELECT "id" FROM "Invitations" WHERE "email" = $1 ORDER BY "createdAt" DESC LIMIT 1', email
    )
    return found


async def roles_at_acme(email: str) -> list[str] | None:
    """The names of the roles of a member; None for somebody who is none."""
    found: list[str] | None = await db.value(
        """SELECT ARRAY(SELECT r."name"::text FROM "Roles" r WHERE r."id"::text = ANY (m."roles") ORDER BY r."name")
        FROM "TenantUsers" m JOIN "Tenants" t ON t."id" = m."tenantId" JOIN "Users" u ON u."id" = m."userId"
        WHERE t."slug" = 'acme' AND u."email" = $1""",
        email,
    )
    return found


@pytest.fixture
async def olga(app: Litestar, cast: Cast) -> Browser:
    return await sign_in(Browser(app), cast.olga)


@pytest.fixture
async def adam(app: Litestar, cast: Cast) -> Browser:
    return await sign_in(Browser(app), cast.adam)


async def press(browser: Browser, what: str, email: str = BOB) -> None:
    await browser.open(f"{LIST}?show=all")
    await browser.post(f"{LIST}/{await invitation_of(email)}/{what}")


async def force(browser: Browser, path: str) -> None:
    """As somebody does whose page was open since before."""
    await browser.open("/recover")
    await browser.post(path)


@pytest.fixture
async def bob(app: Litestar, cast: Cast) -> Browser:
    return Browser(app, ip="203.0.113.50")
