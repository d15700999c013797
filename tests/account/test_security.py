"""The security page: it says how the account stands, and names one thing to do next."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

PAGE = "/account/security"
PASSKEY = """
INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "friendlyName")
SELECT "id", $2, 'x', 0, 'Key' FROM "Users" WHERE "email" = $1
"""
TWO_STEP = """
UPDATE "Users" SET "twoFactorEnabled" = true, "twoFactorSecret" = 'x', "twoFactorBackupCodes" = $2 WHERE "email" = $1
"""


@pytest.fixture
async def mia(app: Litestar, cast: Cast) -> Browser:
    visitor = Browser(app)
    await visitor.open("/login")
    await visitor.submit("/login", email=cast.mia, password=PASSWORD)
    return visitor


async def text(visitor: Browser) -> str:
    await visitor.open(PAGE)
    assert visitor.name == "account.security", visitor.page.text
    return visitor.document.text


async def test_it_is_for_people_who_are_signed_in(app: Litestar, cast: Cast) -> None:
    visitor = Browser(app)

    await visitor.open(PAGE)

    assert visitor.name == "login.index"
    assert visitor.document.form("/login")[1]["next"] == PAGE


async def test_a_password_alone_could_be_better_and_a_passkey_is_next(mia: Browser) -> None:
    said = await text(mia)

    assert "Your password alone opens your account" in said
    assert "Next step Add a passkey" in said
    assert "1 device is signed in" in said
    assert "Firefox" in said
    assert "Needs attention" not in said
    assert said.count("Next step") == 1


@pytest.mark.parametrize(("codes", "attention"), [(0, True), (3, True), (4, False), (10, False)])
async def test_few_backup_codes_come_first(mia: Browser, cast: Cast, codes: int, *, attention: bool) -> None:
    await db.execute(TWO_STEP, cast.mia, [str(number) for number in range(codes)])

    said = await text(mia)

    assert ("Next step Make new backup codes" in said) is attention
    assert ("Needs attention" in said) is attention
    assert "guarded by two steps" in said


async def test_a_pending_authenticator_app_is_none(mia: Browser, cast: Cast) -> None:
    await db.execute('UPDATE "Users" SET "twoFactorSecret" = \'pending:x\' WHERE "email" = $1', cast.mia)

    assert "Authenticator app Not set up" in await text(mia)


async def test_a_passkey_beside_a_password_leads_to_the_second_step(mia: Browser, cast: Cast) -> None:
    await db.execute(PASSKEY, cast.mia, b"1")
    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.mia)

    said = await text(mia)

    assert "1 passkey Newest added: just now Good" in said
    assert "Next step Ask for a second step" in said


async def test_a_well_guarded_account_has_nothing_to_do(mia: Browser, cast: Cast) -> None:
    await db.execute(PASSKEY, cast.mia, b"1")
    await db.execute(TWO_STEP, cast.mia, list("abcdefghij"))

    said = await text(mia)

    assert "Nothing to do" in said
    assert "well guarded" in said
    assert "Could be better" not in said


async def test_a_single_passkey_and_nothing_else_wants_a_second(mia: Browser, cast: Cast) -> None:
    await db.execute(PASSKEY, cast.mia, b"1")
    await db.execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', cast.mia)

    said = await text(mia)

    assert "Next step Add a second passkey" in said
    assert "Not set, so nobody can guess it." in said


async def test_many_refused_tries_are_pointed_out(mia: Browser, cast: Cast) -> None:
    await db.execute(
        'INSERT INTO "LoginHistories" ("userId", "status", "failureReason")'
        ' SELECT "id", \'failed\', \'wrong_password\' FROM "Users", generate_series(1, 10) WHERE "email" = $1',
        cast.mia,
    )

    said = await text(mia)

    assert "Next step Look at the refused sign-ins" in said
    assert 'href="/account/activity?show=refused"' in mia.page.text


async def test_when_the_password_was_set_is_told(mia: Browser, cast: Cast) -> None:
    assert "Last changed" not in await text(mia), "the demo people's was never recorded"
    await db.execute(
        'INSERT INTO "SecurityAuditLogs" ("userId", "event", "details")'
        ' SELECT "id", \'user.signed_up\', \'{"with_": "password"}\' FROM "Users" WHERE "email" = $1',
        cast.mia,
    )

    assert "Last changed: just now" in await text(mia)


async def test_google_stands_there_where_it_is_offered_or_linked(mia: Browser, cast: Cast) -> None:
    assert "Google" not in await text(mia)
    configured(google_client_id="x", google_client_secret="y")
    assert "Google Not linked Link Google" in await text(mia)
    configured(google_client_id=None, google_client_secret=None)
    await db.execute('UPDATE "Users" SET "googleId" = \'1\' WHERE "email" = $1', cast.mia)

    assert "Google Linked Manage Google" in await text(mia)


async def test_only_living_sessions_and_devices_count(app: Litestar, mia: Browser, cast: Cast) -> None:
    other = Browser(app)
    await other.open("/login")
    await other.submit("/login", email=cast.mia, password=PASSWORD)
    assert "2 devices are signed in" in await text(mia)
    await other.submit("/logout")
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now()')
    assert "2 devices skip the second step" in await text(mia)
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now() - interval \'31 days\'')

    said = await text(mia)

    assert "1 device is signed in" in said
    assert "No device skips the second step" in said


async def test_it_costs_two_statements(mia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await mia.open(PAGE)
    with counted(monkeypatch) as work:
        await mia.open(PAGE)

    assert work.amount[0] == 2, work.steps
