"""What an invitation's secret is worth: to its mailbox everything, to nobody else anything (security 7.59 to 7.61)."""

import base64
import re

import pytest
from litestar import Litestar

from app import crypto, db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.members.inviting import (
    BOB,
    CHOSEN,
    LIST,
    fresh_limits,
    invitation_of,
    invite,
    link_of,
    olga,
    role,
    roles_at_acme,
    sign_in,
    state_of,
)  # fmt: skip
from tests.users.signup import start
from tests.visitor import Browser

__all__ = ["olga"]

pytestmark = pytest.mark.anyio

INTRUDER = "intruder-knows-this-one"


@pytest.fixture
async def bob(app: Litestar, cast: Cast) -> Browser:
    return Browser(app, ip="203.0.113.50")


async def chat_link(browser: Browser, email: str = BOB) -> str:
    await browser.open(LIST)
    await browser.post(f"{LIST}/{await invitation_of(email)}/chat-link")
    found = re.search(r'id="chat-link"[^>]*>[^<]*(/invitations/[^<]+)<', browser.page.text)
    assert found, browser.document.text
    return found[1]


async def test_a_token_with_any_bit_flipped_is_none(olga: Browser, bob: Browser, mailbox: Mailbox) -> None:
    """And so is one that is cut, longer, in another case or another alphabet."""
    configured(environment="development")
    await invite(olga)
    token = (await link_of(mailbox)).removeprefix("/invitations/")
    raw = base64.urlsafe_b64decode(token + "=")
    flipped = [
        base64.urlsafe_b64encode(bytes(b ^ (1 << bit) if n == byte else b for n, b in enumerate(raw)))
        .decode()
        .rstrip("=")
        for byte, bit in [(0, 7), (0, 0), (15, 3), (31, 2), (31, 7)]
    ]
    digest = str(await db.value('SELECT "token" FROM "Invitations"'))
    wrong = [*flipped, token[:-1], token + "A", token.swapcase(), token[::-1], digest, f"{token}%00", "%00", "’"]
    for each in wrong:
        assert (await bob.open(f"/invitations/{each}")).status_code == 410, each
        for what in ("accept", "decline", "ask", "switch"):
            await bob.open("/recover")
            assert (await bob.post(f"/invitations/{each}/{what}")).status_code == 410, each
    assert await state_of() == "pending"

    assert (await bob.open(f"/invitations/{token}")).status_code == 200


async def test_the_plain_token_is_stored_nowhere(olga: Browser, mailbox: Mailbox) -> None:
    await invite(olga)
    token = (await link_of(mailbox)).removeprefix("/invitations/")

    assert await db.value('SELECT "token" FROM "Invitations"') == crypto.digest(token).hex()
    tables = await db.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'DevMails'")
    for row in tables:
        found = await db.value(f'SELECT count(*) FROM "{row["tablename"]}" x WHERE x::text LIKE $1', f"%{token}%")  # noqa: S608 - names from the catalog
        assert found == 0, row["tablename"]


async def test_a_token_of_another_kind_opens_nothing(olga: Browser, bob: Browser, mailbox: Mailbox) -> None:
    """Security 7.22: the secrets of sign-up and of invitations are not each other's."""
    await start(bob, "zoe@zebra.test")
    sign_up = (await mailbox.link("zoe@zebra.test")).partition("token=")[2]
    await invite(olga)
    invitation = (await link_of(mailbox)).removeprefix("/invitations/")

    assert (await bob.open(f"/invitations/{sign_up}")).status_code == 410
    assert (await bob.open(f"/signup/verify?token={invitation}")).status_code == 410
    assert (await bob.open(f"/links/{invitation}")).status_code == 410


async def test_roles_in_the_form_give_nothing(app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast) -> None:
    """Security 7.61."""
    await invite(olga, cast.nora)
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    owner = await role("Owner")
    for field in ("roles", "role", "roleId", "invitation_id"):
        await nora.open(link)
        await nora.submit(f"{link}/accept", **{field: owner})
        assert nora.page.status_code == 422
    assert await roles_at_acme(cast.nora) is None

    await nora.open(link)
    await nora.submit(f"{link}/accept")

    assert await roles_at_acme(cast.nora) == ["Member"]


async def test_replayed_it_gives_nothing_more(app: Litestar, olga: Browser, mailbox: Mailbox, cast: Cast) -> None:
    await invite(olga, cast.nora)
    link = await link_of(mailbox, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    page = nora.page
    for _time in range(2):
        nora.page = page
        await nora.submit(f"{link}/accept")
        assert nora.path == "/t/acme"

    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'member.joined\'') == 1


async def test_an_account_that_somebody_began_is_not_taken_over(
    app: Litestar, olga: Browser, bob: Browser, mailbox: Mailbox
) -> None:
    """Pre-hijacking: whatever an unproven account held, the owner of the mailbox begins afresh."""
    intruder = Browser(app, ip="198.51.100.9")
    await start(intruder, BOB, "Intruder")
    code = await mailbox.code(BOB)
    await db.execute(
        'UPDATE "Users" SET "password" = (SELECT "password" FROM "Users" WHERE "email" = $2) WHERE "email" = $1',
        BOB,
        Cast.olga,
    )
    await invite(olga)
    link = await link_of(mailbox)
    await bob.open(link)
    assert "create your account" in bob.document.text
    await bob.submit(f"{link}/accept")
    assert "Intruder" not in bob.page.text

    await intruder.open("/signup/verify")
    if intruder.name == "signup.verify":
        await intruder.submit("/signup/verify", code=code)
    assert intruder.name != "signup.finish", "codes that were out are dead"
    await bob.submit("/signup/finish", name="Bob", password=CHOSEN)

    assert bob.path == "/t/acme"
    await intruder.open("/login")
    await intruder.submit("/login", email=BOB, password=PASSWORD)
    assert intruder.path == "/login"


async def test_an_unproven_account_accepts_nothing_by_its_own_address(app: Litestar, olga: Browser, cast: Cast) -> None:
    """Security 7.59: what is open is found by the proven address alone."""
    await invite(olga, cast.nora)
    nora = await sign_in(Browser(app), cast.nora)
    own = f"/invitations/open/{await invitation_of(cast.nora)}"
    await db.execute('UPDATE "Users" SET "emailVerified" = false WHERE "email" = $1', cast.nora)
    await nora.open("/recover")
    await nora.post(f"{own}/accept")
    assert await roles_at_acme(cast.nora) is None

    await db.execute('UPDATE "Users" SET "emailVerified" = true WHERE "email" = $1', cast.nora)
    await nora.open(own)
    await nora.submit(f"{own}/accept")

    assert await roles_at_acme(cast.nora) == ["Member"]


async def test_a_link_for_chat_proves_no_mailbox(app: Litestar, olga: Browser, bob: Browser, mailbox: Mailbox) -> None:
    configured(signup="closed")
    await invite(olga)
    link = await chat_link(olga)
    stranger = Browser(app, ip="198.51.100.9")
    for browser in (stranger, bob):
        await fresh_limits()
        await browser.open(link)
        assert "a code is mailed to" in browser.document.text
        await browser.submit(f"{link}/accept")
        assert browser.name == "signup.verify"
    await stranger.submit("/signup/verify", code="123456")
    assert stranger.document.invalid == ["code"]
    assert (await stranger.open("/signup/finish")).status_code == 410
    await stranger.open(link)
    assert "Decline" not in stranger.document.text
    await stranger.post(f"{link}/decline", word="")
    assert await state_of() == "pending"
    assert await roles_at_acme(BOB) is None

    await fresh_limits()
    await bob.submit("/signup/verify/resend")
    assert bob.name == "signup.verify"
    await bob.submit("/signup/verify", code=await mailbox.code(BOB))
    assert bob.name == "signup.finish"
    await bob.submit("/signup/finish", name="Bob", password=CHOSEN)

    assert bob.path == "/t/acme"
    assert await roles_at_acme(BOB) == ["Member"]


async def test_a_link_for_chat_does_not_tell_whether_there_is_an_account(
    olga: Browser, bob: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    seen = []
    for email in (BOB, cast.nora):
        await invite(olga, email)
        link = await chat_link(olga, email)
        await db.execute("""UPDATE "Invitations" SET "expiresAt" = date_trunc('day', "expiresAt")""")
        await bob.open(link)
        first = bob.comparable(email).replace(link, "LINK")
        await bob.submit(f"{link}/accept")
        seen.append((first, bob.name, bob.document.text.replace(email, "ADDRESS")))

    assert seen[0] == seen[1]


async def test_the_owner_of_the_address_joins_by_a_link_for_chat(app: Litestar, olga: Browser, cast: Cast) -> None:
    await invite(olga, cast.nora)
    old, link = await chat_link(olga, cast.nora), await chat_link(olga, cast.nora)
    nora = await sign_in(Browser(app), cast.nora, onward=link)
    assert (await nora.open(old)).status_code == 410, "a newer link ends the older"
    await nora.open(link)

    await nora.submit(f"{link}/accept")

    assert await roles_at_acme(cast.nora) == ["Member"]
