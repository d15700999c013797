"""The console: what it does to a database, what it refuses, and that an operator gets in by its link."""

import asyncio
from collections.abc import Awaitable, Callable

import click.testing
import pytest
from litestar import Litestar

from app import cli, config, db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

Run = Callable[..., Awaitable[click.testing.Result]]

OPAL = "opal@platform.test"


@pytest.fixture
async def portico(own_database: TestDatabase) -> Run:
    """Runs a command as the console would: it has an event loop and a pool of its own, in a thread here."""

    async def run(*words: str) -> click.testing.Result:
        await db.close_pool()
        runner = click.testing.CliRunner()
        result = await asyncio.to_thread(runner.invoke, cli.main, words)
        await db.open_pool()
        return result

    return run


async def test_every_command_says_what_it_does(portico: Run) -> None:
    result = await portico("--help")

    assert result.exit_code == 0
    for command in ("serve", "worker", "dev", "migrate", "seed", "check", "operator", "user", "tenant", "qa"):
        assert f"  {command} " in result.output


async def test_without_a_database_there_is_nothing_to_do(portico: Run) -> None:
    configured(database_url="")
    for words in (["migrate"], ["seed"], ["check"], ["operator", "grant", OPAL], ["user", "unlock", OPAL], ["serve"]):
        result = await portico(*words)
        assert result.exit_code == 2, words
        assert "DATABASE_URL is missing" in result.output


async def test_a_migrated_database_needs_no_migration(portico: Run) -> None:
    result = await portico("migrate")

    assert (result.exit_code, result.output) == (0, "nothing to apply\n")


async def test_the_demo_people_are_made_once_and_never_in_production(portico: Run) -> None:
    configured(environment="production")
    refused = await portico("seed")
    assert refused.exit_code == 2
    assert await db.value('SELECT count(*) FROM "Users"') == 0

    configured(environment="development")
    outputs = [(await portico("seed")).output for _time in range(2)]
    assert outputs == ["made 6 demo people\nmade 42 more in their teams\n", "the demo people are there already\n"]
    assert await db.value('SELECT count(*) FROM "Users"') == 48


async def test_a_check_lists_what_is_missing(portico: Run) -> None:
    before = await portico("check")
    assert before.exit_code == 1
    for missing in ("SMTP_URL", "BASE_URL", "no worker", "no operator"):
        assert missing in before.output

    await portico("operator", "grant", OPAL)
    assert "no operator" not in (await portico("check")).output


async def test_a_check_of_a_database_that_is_away_says_so(portico: Run) -> None:
    there = config.settings().database_url
    configured(database_url="postgresql://portico@127.0.0.1:9/portico")
    result = await portico("check")
    configured(database_url=there)

    assert result.exit_code == 1
    assert "the database cannot be used" in result.output


async def test_a_new_operator_walks_in_by_the_link_of_the_console(app: Litestar, portico: Run) -> None:
    configured(signup="closed")
    granted = await portico("operator", "grant", f" {OPAL.upper()} ")
    assert granted.exit_code == 0
    address = granted.output.splitlines()[-1]
    link = address.removeprefix(config.settings().base_url)
    assert link.startswith("/signup/verify?token=")
    browser = Browser(app)
    await browser.open(f"{link[:-1]}{'a' if link[-1] != 'a' else 'b'}")
    assert browser.page.status_code == 410

    await browser.open(link)
    assert browser.name == "signup.confirm"
    await browser.submit("/signup/verify/link")
    assert browser.name == "signup.finish"
    await browser.submit("/signup/finish", name="Opal", password=PASSWORD)

    assert browser.name == "account.home"
    assert "Platform" in browser.document.text
    late = Browser(app)
    await late.open(link)
    assert late.page.status_code == 410


async def test_granting_again_changes_nothing_and_gives_no_link_to_whoever_can_sign_in(portico: Run) -> None:
    await portico("seed")

    result = await portico("operator", "grant", Cast.mia)
    assert result.output == f"{Cast.mia} is an operator now\n"
    result = await portico("operator", "grant", Cast.mia)
    assert result.output == f"{Cast.mia} was an operator already\n"


async def test_the_last_operator_stays(portico: Run) -> None:
    await portico("operator", "grant", OPAL)
    last = await portico("operator", "revoke", OPAL)
    assert last.exit_code == 1
    assert "the last operator stays" in last.output

    await portico("operator", "grant", "olaf@platform.test")
    assert (await portico("operator", "revoke", OPAL)).exit_code == 0
    assert (await portico("operator", "revoke", "olaf@platform.test")).exit_code == 1


@pytest.mark.parametrize("address", ["nobody", "@", "a@b@c.test", "mia@acme.test\nbcc@evil.test", ""])
async def test_what_is_no_address_is_refused_in_one_line(portico: Run, address: str) -> None:
    for words in (
        ["operator", "grant"],
        ["operator", "revoke"],
        ["user", "unlock"],
        ["user", "reset-2fa"],
        ["user", "sessions"],
    ):
        result = await portico(*words, address)
        assert result.exit_code == 1, words
        assert result.output.startswith("portico: ")
        assert "Traceback" not in result.output


async def test_a_locked_person_gets_in_again(app: Litestar, portico: Run) -> None:
    await portico("seed")
    await db.execute(
        'UPDATE "Users" SET "accountLockedUntil" = app_now() + interval \'1 hour\', "failedLoginAttempts" = 10'
        ' WHERE "email" = $1',
        Cast.mia,
    )
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=Cast.mia, password=PASSWORD)
    assert browser.page.status_code == 422

    result = await portico("user", "unlock", Cast.mia)
    assert (result.exit_code, result.output) == (0, f"{Cast.mia} can sign in again\n")
    await browser.submit("/login", email=Cast.mia, password=PASSWORD)
    assert browser.name == "account.home"

    unknown = await portico("user", "unlock", "nobody@acme.test")
    assert (unknown.exit_code, unknown.output) == (1, "portico: there is no account for nobody@acme.test\n")


async def test_a_lost_second_step_is_reset_and_told(app: Litestar, portico: Run) -> None:
    await portico("seed")
    none = await portico("user", "reset-2fa", Cast.mia)
    assert (none.exit_code, none.output) == (1, f"portico: {Cast.mia} has no second step\n")
    browser = Browser(app)
    await browser.open("/login")
    await browser.submit("/login", email=Cast.mia, password=PASSWORD)
    await db.execute(
        'UPDATE "Users" SET "twoFactorEnabled" = true, "twoFactorSecret" = \'sealed\','
        ' "twoFactorBackupCodes" = ARRAY[\'a\'] WHERE "email" = $1',
        Cast.mia,
    )

    result = await portico("user", "reset-2fa", Cast.mia)

    assert (result.exit_code, result.output) == (
        0,
        f"{Cast.mia} signs in with the first step alone now; 1 session ended\n",
    )
    await browser.open("/")
    assert browser.name == "home.landing"
    await browser.open("/login")
    await browser.submit("/login", email=Cast.mia, password=PASSWORD)
    assert browser.name == "recover.review"
    subjects = [mail.subject for mail in await Mailbox().all(Cast.mia)]
    assert "Your authenticator app was removed" in subjects
    assert "Two-step sign-in is off" in subjects
    told = await Mailbox().newest(Cast.mia)
    assert told.subject == "New sign-in to your account"
    off = next(mail for mail in await Mailbox().all(Cast.mia) if mail.subject == "Two-step sign-in is off")
    assert "Done by: the people who run Portico" in off.text
    actor = await db.value(
        "SELECT \"details\"->'actor'->>'name' FROM \"SecurityAuditLogs\" WHERE \"event\" = 'two_step.disabled'"
    )
    assert actor == "portico user reset-2fa"


async def test_sessions_are_listed_and_ended(app: Litestar, portico: Run) -> None:
    await portico("seed")
    assert (await portico("user", "sessions", Cast.mia)).output == f"{Cast.mia} is signed in nowhere\n"
    browsers = [Browser(app) for _browser in range(3)]
    for browser in browsers:
        await browser.open("/login")
        await browser.submit("/login", email=Cast.mia, password=PASSWORD)
    listed = (await portico("user", "sessions", Cast.mia)).output.splitlines()
    assert len(listed) == 3
    assert all("Firefox" in line for line in listed)

    for wrong in ("nonsense", "00000000-0000-4000-8000-000000000000"):
        assert (await portico("user", "sessions", Cast.mia, "--end", wrong)).exit_code == 1
    assert (await portico("user", "sessions", Cast.eve, "--end", listed[0].split()[0])).exit_code == 1
    ended = await portico("user", "sessions", Cast.mia, "--end", listed[0].split()[0])
    assert (ended.exit_code, ended.output) == (0, "ended: Firefox · Linux\n")
    assert len((await portico("user", "sessions", Cast.mia)).output.splitlines()) == 2
    assert (await portico("user", "sessions", Cast.mia, "--end-all")).output == "2 sessions ended\n"

    for browser in browsers:
        await browser.open("/")
        assert browser.name == "home.landing"
    subjects = [mail.subject for mail in await Mailbox().all(Cast.mia)]
    assert {"A device was signed out", "Devices were signed out of your account"} <= set(subjects)


async def test_an_unlocking_by_the_console_is_told(portico: Run) -> None:
    await portico("seed")

    await portico("user", "unlock", Cast.mia)

    mail = await Mailbox().newest(Cast.mia)
    assert mail.subject == "Your account is open again"
    assert "by the people who run Portico" in mail.text
