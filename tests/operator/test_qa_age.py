"""Time that passes for one person: everything that waits or expires is walked today, and nobody else's time moves."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from app import db, ratelimit
from app.errors import Limited
from app.operator.grants import Refused
from app.operator.qa import aging, tables
from app.operator.qa.making import make as make_at_once
from app.ratelimit import Bucket
from app.users import limits
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.operator.kit import AGE, Json, age, holding, make, post, sign_in
from tests.second_step import STEP, code
from tests.test_cli import Run, portico
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

__all__ = ["portico"]

ACTED = {
    ("Users", "deletedBy"): "who deleted somebody; that row is somebody else's",
    ("Users", "statusChangedBy"): "as deletedBy",
    ("Users", "deactivatedBy"): "as deletedBy",
    ("OAuthTokens", "revokedBy"): "who revoked a token of somebody else",
    ("Invitations", "cancelledBy"): "who cancelled an invitation of somebody else",
    ("Invitations", "invitedById"): "an invitation ages with whom it invites, by their address",
    ("InvitationDetails", "acceptedBy"): "who accepted; an invitation ages by its address",
    ("MemberStandings", "invitedBy"): "who invited somebody else",
    ("MemberStandings", "suspendedBy"): "who suspended somebody else",
    ("OwnershipTransfers", "fromUserId"): "an offer ages with its tenant",
    ("OwnershipTransfers", "toUserId"): "as fromUserId",
    ("TwoFactorRecoveries", "vouchedBy"): "an admin who vouched for somebody else",
}
"""Foreign keys to Users that say who acted, with whose row it is."""


async def times(email: str) -> dict[str, list[Any]]:
    """Every row that names the person or their address in any table, whole."""
    found: dict[str, list[Any]] = {}
    for row in await db.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"):
        rows = await db.rows(
            f"""SELECT to_jsonb(t) - 'updatedAt' AS row FROM "{row["name"]}" t
            WHERE to_jsonb(t)::text LIKE '%' || $1 || '%'
                OR to_jsonb(t)::text LIKE '%' || (SELECT "id"::text FROM "Users" WHERE "email" = $1) || '%'
            ORDER BY to_jsonb(t)::text""",  # noqa: S608 - names from the catalog
            email,
        )
        found[row["name"]] = [one["row"] for one in rows]
    return found


async def busy_person(app: Litestar, mailbox: Mailbox) -> Json:
    """Somebody of whom there is a row in as many tables as a test can bring about."""
    made = await make(app, "recovery-waiting", signedIn=True)
    await mailbox.all(made["email"])
    browser = Browser(app)
    await browser.open("/recover")
    await browser.submit("/recover", email=made["email"])
    await sign_in(browser, made | {"password": "wrong"})
    await sign_in(browser, made)
    await mailbox.all(made["email"])
    return made


async def test_every_table_of_people_is_moved_or_excused(database: TestDatabase) -> None:
    """A new table with a foreign key to Users is moved by itself; one that must not be stands here with its reason."""
    references = await db.rows(
        """SELECT c.conrelid::regclass::text AS table, a.attname AS column FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = '"Users"'::regclass"""
    )
    named = {(row["table"].strip('"'), row["column"]) for row in references}
    moved = set(tables.statements(await tables.schema()))

    assert {one for one in named if one[1] != "userId"} == set(ACTED)
    assert {table for table, column in named if column == "userId"} - moved == set(tables.UNMOVED)
    assert moved >= {"Users", "Passkeys", "DevMails", "MailboxProofs", "Invitations"}


async def test_a_new_table_is_moved_the_day_it_is_made(app: Litestar, mailbox: Mailbox) -> None:
    await db.execute(
        """CREATE TABLE "Hats" ("id" UUID PRIMARY KEY, "userId" UUID REFERENCES "Users" ("id"), "wornAt" TIMESTAMP);
        CREATE TABLE "Feathers" ("hatId" UUID REFERENCES "Hats" ("id"), "lostAt" TIMESTAMP)"""
    )
    made, other = await make(app, "member"), await make(app, "member")
    for number, owner in enumerate((made["id"], other["id"], None)):
        hat = f"00000000-0000-4000-8000-00000000000{number}"
        await db.execute('INSERT INTO "Hats" VALUES ($1, $2, app_now())', hat, owner)
        await db.execute('INSERT INTO "Feathers" VALUES ($1, app_now())', hat)

    aged = await age(app, made["email"], "2d")

    assert (aged["rows"]["Hats"], aged["rows"]["Feathers"]) == (1, 1)
    old = 'SELECT count(*) FROM "Feathers" WHERE "lostAt" < app_now() - interval \'47 hours\''
    assert await db.value(old) == 1


async def test_every_time_of_one_person_moves_and_nothing_of_another(app: Litestar, mailbox: Mailbox) -> None:
    made, other = await busy_person(app, mailbox), await busy_person(app, mailbox)
    before, others = await times(made["email"]), await times(other["email"])
    assert len([table for table, rows in before.items() if rows]) >= 12

    await age(app, made["email"].upper(), "36h")

    after = await times(made["email"])
    assert await times(other["email"]) == others
    for table, rows in before.items():
        moved = [_earlier(row, timedelta(hours=36)) for row in rows]
        assert _sorted(after[table]) == _sorted(rows if table in tables.UNMOVED else moved), table


async def test_a_google_account_of_somebody_else_with_this_address_stays(app: Litestar, mailbox: Mailbox) -> None:
    made, other = await make(app, "member"), await make(app, "google")
    await db.execute('UPDATE "GoogleLinks" SET "email" = $1', made["email"])
    linked = await db.value('SELECT "linkedAt" FROM "GoogleLinks"')

    assert "GoogleLinks" not in (await age(app, made["email"], "2d"))["rows"]
    assert await db.value('SELECT "linkedAt" FROM "GoogleLinks"') == linked
    assert (await age(app, other["email"], "2d"))["rows"]["GoogleLinks"] == 1


async def test_a_lockout_is_over(app: Litestar, mailbox: Mailbox) -> None:
    made, other = await make(app, "locked"), await make(app, "locked")
    for by, status in (("14m", 422), ("2m", 200)):
        await age(app, made["email"], by)
        assert (await sign_in(Browser(app), made)).page.status_code == status
    assert (await sign_in(Browser(app), other)).page.status_code == 422


async def test_a_session_runs_out(app: Litestar, mailbox: Mailbox) -> None:
    made = await make(app, "signed-in")
    browser = holding(app, made)
    await age(app, made["email"], "11h")
    await browser.open("/")
    assert browser.name == "account.home"

    await age(app, made["email"], "12h")

    await browser.open("/")
    assert "after a while in which nothing happened" in browser.document.text


async def test_a_proof_is_too_old_for_what_matters(app: Litestar, mailbox: Mailbox) -> None:
    made = await make(app, "signed-in")
    browser = holding(app, made)
    await age(app, made["email"], "9m")
    await browser.open("/account/password")
    assert browser.name == "password.index"

    await age(app, made["email"], "2m")

    await browser.open("/account/password")
    assert browser.path == "/sudo"


async def test_mailed_codes_and_links_expire(app: Litestar, mailbox: Mailbox) -> None:
    made = await make(app, "forgot-password")
    by_code, by_link = holding(app, made), Browser(app)
    await by_code.open("/recover/sent")
    await age(app, made["email"], "11m")
    await by_code.submit("/recover/sent", code=made["code"])
    assert "no longer works" in by_code.document.text
    assert (await by_link.open(made["links"]["reset"])).status_code == 200

    await age(app, made["email"], "50m")

    assert (await by_link.open(made["links"]["reset"])).status_code == 410


async def test_a_used_code_is_forgotten_with_its_step(app: Litestar, mailbox: Mailbox) -> None:
    """The next sign-in need not wait for the app's next code."""
    made = await make(app, "totp")
    browser = Browser(app)
    for status in (200, 422):
        browser = await sign_in(Browser(app), made)
        await browser.submit(STEP, code=await code(made["totp"]))
        assert browser.page.status_code == status

    await age(app, made["email"], "1m")

    await browser.submit(STEP, code=await code(made["totp"]))
    assert browser.name == "account.home"


async def test_a_device_is_remembered_no_longer(app: Litestar, mailbox: Mailbox) -> None:
    made = await make(app, "remembered")
    await age(app, made["email"], "29d")
    browser = await sign_in(holding(app, made), made)
    assert browser.name != "login.second_factor"

    await browser.open("/logout")
    await browser.submit("/logout")
    await age(app, made["email"], "2d")

    assert (await sign_in(browser, made)).path == STEP


async def test_three_days_of_a_recovery_pass_and_the_worker_is_called(app: Litestar, mailbox: Mailbox) -> None:
    made, other = await make(app, "recovery-waiting"), await make(app, "recovery-waiting")
    ready = 'SELECT "readyAt" <= app_now() FROM "TwoFactorRecoveries" WHERE "userId" = $1'
    await db.execute("DELETE FROM pgqueuer")
    await age(app, made["email"], "71h")
    assert not await db.value(ready, made["id"])

    await age(app, made["email"], "2h")

    assert await db.value(ready, made["id"])
    assert not await db.value(ready, other["id"])
    assert await db.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'recovery.watch'")


async def test_every_bucket_of_one_person_is_known(app: Litestar, mailbox: Mailbox) -> None:
    """A new limit that counts an address or an account is moved too; those of networks are many people's."""
    made = await make(app, "locked")
    every = {limit for limit in vars(limits).values() if isinstance(limit, Bucket)}

    known = {bucket for bucket, _subject in await aging.buckets(UUID(made["id"]), made["email"])}

    assert known == {limit for limit in every if not limit.shared}


async def test_a_limit_opens_for_this_person_alone(app: Litestar, mailbox: Mailbox) -> None:
    made, other = await make(app, "member"), await make(app, "member")
    for person in (made, other):
        browser = Browser(app)
        for _try in range(limits.SIGN_IN_ADDRESS.size):
            await sign_in(browser, person | {"password": "wrong"})
        await browser.open("/recover")
        await browser.submit("/recover", email=person["email"])
        assert (await sign_in(browser, person)).page.status_code == 429

    await age(app, made["email"], "1h")

    for person, status in ((made, 200), (other, 429)):
        fresh = Browser(app)
        await fresh.open("/recover")
        await fresh.submit("/recover", email=person["email"])
        assert fresh.page.status_code == status
        assert (await sign_in(Browser(app), person)).page.status_code == status


async def test_a_bucket_is_as_full_as_it_would_be(database: TestDatabase) -> None:
    bucket = Bucket("qa test", 2, 60)
    for _token in range(2):
        await ratelimit.take(bucket, "mia")
    await ratelimit.age([(bucket, "mia")], timedelta(seconds=29))
    with pytest.raises(Limited):
        await ratelimit.take(bucket, "mia")

    await ratelimit.age([(bucket, "mia")], timedelta(seconds=2))

    await ratelimit.take(bucket, "mia")
    with pytest.raises(Limited):
        await ratelimit.take(bucket, "mia")


@pytest.mark.parametrize(
    "duration",
    ["", "8", "d", "-1d", "+1d", "0d", "0m", "1.5h", "1w", "3651d", "999999999d", "1d2h", " 1d", "1d\n", "٣d", "1D"],
)
async def test_what_is_no_duration_moves_nothing(app: Litestar, mailbox: Mailbox, duration: str) -> None:
    made = await make(app, "locked")
    before = await times(made["email"])

    answer = await post(app, AGE, {"person": made["email"], "by": duration})

    assert answer.status_code == 422
    assert "write 30s, 11m, 36h or 8d" in answer.json()["problem"]
    assert await times(made["email"]) == before


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{}", 400, 'send {"person": ADDRESS or SLUG, "by": "8d"}'),
        (b'{"person": "mia@acme.test", "by": 8}', 400, 'send {"person": ADDRESS or SLUG, "by": "8d"}'),
        (b'{"person": "mia@acme.test", "by": "8d", "all": true}', 400, "unknown field `all`"),
        (b'{"person": "nobody@acme.test", "by": "8d"}', 404, "there is no account for nobody@acme.test"),
        (b'{"person": "nobody", "by": "8d"}', 404, "there is no tenant nobody"),
        (b'{"person": "no@body", "by": "8d"}', 422, "no@body is not an e-mail address"),
    ],
)
async def test_nobody_and_nonsense_are_refused_in_words(
    app: Litestar, mailbox: Mailbox, body: bytes, status: int, words: str
) -> None:
    answer = await post(app, AGE, body)

    assert answer.status_code == status
    assert words in answer.json()["problem"]


async def test_the_longest_duration_is_one_the_database_can_hold(app: Litestar, mailbox: Mailbox) -> None:
    made = await busy_person(app, mailbox)

    for _time in range(2):
        await age(app, made["email"], "3650d")


async def test_the_console_lets_time_pass_too(portico: Run) -> None:
    await db.close_pool()
    await db.open_pool()
    await make_at_once("locked", email="zoe@zebra.test")

    passed = await portico("qa", "age", "zoe@zebra.test", "16m")
    assert passed.exit_code == 0
    assert '"Users": 1' in passed.output
    assert await db.value('SELECT "accountLockedUntil" < app_now() FROM "Users"')

    unknown = await portico("qa", "age", "nobody@acme.test", "8d")
    assert (unknown.exit_code, unknown.output) == (1, "portico: there is no account for nobody@acme.test\n")
    absurd = await portico("qa", "age", "zoe@zebra.test", "8y")
    assert absurd.exit_code == 1
    assert "'8y' is no duration" in absurd.output


@pytest.mark.parametrize("state", ["member", "unverified"])
async def test_of_many_who_want_one_address_one_gets_it(own_database: TestDatabase, state: str) -> None:
    results = await asyncio.gather(
        *(make_at_once(state, email="zoe@zebra.test") for _one in range(6)), return_exceptions=True
    )

    refused = [str(result) for result in results if isinstance(result, Refused)]
    assert len(refused) == 5
    assert {words.partition(":")[0] for words in refused} == {"zoe@zebra.test has an account already"}
    assert await db.value('SELECT count(*) FROM "Users"') == 1
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'user.sign_up_started\'') == 1


def _earlier(row: dict[str, Any], by: timedelta) -> dict[str, Any]:
    """The row with every time in a column moved back; times inside documents are words that were told."""
    return {column: _moved(value, by) for column, value in row.items()}


def _moved(value: Any, by: timedelta) -> Any:
    if not isinstance(value, str) or len(value) < 19 or value[4:5] != "-" or value[10:11] != "T":
        return value
    return (datetime.fromisoformat(value) - by).isoformat()


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    """Times compared as moments: JSON drops the zeros at the end of a fraction."""
    return sorted(str({column: _moved(value, timedelta()) for column, value in row.items()}) for row in rows)
