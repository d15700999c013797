"""A challenge is taken once, a counter rises once, however many try at the same moment."""

from functools import partial

import httpx
import pytest
from litestar import Litestar

from app import db
from app.operator import seeding
from tests.authenticator import Authenticator
from tests.ceremonies import ADD, SIGN_IN, give_passkey, options, send, sign_in
from tests.database import TestDatabase
from tests.users.races import AT_ONCE, MIA, ROUNDS, fresh, together
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def people(own_database: TestDatabase) -> None:
    await seeding.seed()


@pytest.fixture
async def key(app: Litestar, people: None) -> Authenticator:
    made = Authenticator(count=1)
    await give_passkey(Browser(app), MIA, made)
    return made


def tabs(app: Litestar, first: Browser) -> list[Browser]:
    opened = [Browser(app) for _tab in range(AT_ONCE)]
    for tab in opened:
        tab.http.cookies = httpx.Cookies(first.http.cookies)
        tab.page = first.page
    return opened


async def test_a_challenge_signs_in_once(app: Litestar, key: Authenticator) -> None:
    """The counter is out of play: every answer is a fresh signature with a higher number."""
    for _round in range(ROUNDS):
        await fresh("Sessions")
        browser = Browser(app)
        await browser.open("/login")
        asked = await options(browser)

        found = await together(
            [partial(send, tab, f"{SIGN_IN}/verify", credential=key.sign(asked)) for tab in tabs(app, browser)]
        )

        assert sorted(found) == [200] + [422] * (AT_ONCE - 1)
        assert await db.value('SELECT count(*) FROM "Sessions"') == 1


async def test_a_counter_value_signs_in_once(app: Litestar, key: Authenticator) -> None:
    """Twenty challenges, one number: as twenty copies of a key would answer."""
    for number in range(2, ROUNDS + 2):
        await fresh("Sessions")
        acts = []
        for _copy in range(AT_ONCE):
            browser = Browser(app)
            await browser.open("/login")
            signed = key.sign(await options(browser), count=number)
            acts.append(partial(send, browser, f"{SIGN_IN}/verify", credential=signed))

        found = await together(acts)

        assert sorted(found) == [200] + [422] * (AT_ONCE - 1)
        assert await db.value('SELECT count(*) FROM "Sessions"') == 1
        assert await db.value('SELECT "counter" FROM "Authenticators"') == number


async def test_a_challenge_adds_one_passkey(app: Litestar, people: None) -> None:
    for _round in range(ROUNDS):
        await fresh("Authenticators", "Sessions")
        await db.execute('UPDATE "Users" SET "passKeyEnabled" = false')
        browser = await sign_in(Browser(app), MIA)
        asked = await options(browser, ADD)

        found = await together(
            [partial(send, tab, f"{ADD}/verify", credential=Authenticator().make(asked)) for tab in tabs(app, browser)]
        )

        assert found.count(200) == 1
        assert await db.value('SELECT count(*) FROM "Authenticators"') == 1


async def test_two_last_passkeys_are_not_both_removed(app: Litestar, people: None) -> None:
    """In two tabs at once, without a password: one stays."""
    for _round in range(ROUNDS):
        await fresh("Authenticators", "Sessions")
        await db.execute(_PASSWORD_ALONE, MIA)
        browser = await sign_in(Browser(app), MIA)
        await _two_passkeys()
        await db.execute('UPDATE "Sessions" SET "provenBy" = ARRAY[\'passkey\']')
        await db.execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', MIA)
        ids = [row["id"] for row in await db.rows('SELECT "id" FROM "Authenticators"')]
        pages = tabs(app, browser)[: len(ids)]
        for page, key_id in zip(pages, ids, strict=True):
            await page.open(f"{ADD}/{key_id}/remove")

        await together(
            [partial(page.submit, f"{ADD}/{key_id}/remove") for page, key_id in zip(pages, ids, strict=True)]
        )

        assert await db.value('SELECT count(*) FROM "Authenticators"') == 1
        assert await db.value('SELECT "passKeyEnabled" FROM "Users" WHERE "email" = $1', MIA)


_PASSWORD_ALONE = """
UPDATE "Users" SET "passKeyEnabled" = false,
    "password" = (SELECT "password" FROM "Users" WHERE "email" = 'adam@acme.test')
WHERE "email" = $1
"""


async def _two_passkeys() -> None:
    await db.execute(f"""
        INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "friendlyName")
        SELECT u."id", decode(n::text, 'escape'), '\\x00', n::text FROM "Users" u, generate_series(1, 2) n
        WHERE u."email" = '{MIA}';
        INSERT INTO "Passkeys" ("authenticatorId", "aaguid", "backupEligible", "backedUp")
        SELECT "id", uuid_generate_v4(), false, false FROM "Authenticators"
    """)  # noqa: S608 - constants above
