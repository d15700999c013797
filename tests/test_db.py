"""Transactions, time and JSON on a healthy database; tests/test_db_faults.py has the unhealthy one."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app import db
from app.columns import Stored
from app.tenants.documents import SecurityPolicy
from app.users.documents import EmailPreferences, Preferences, Profile
from app.users.tables import User, UserStatus
from tests.database import Clock, TestDatabase

pytestmark = pytest.mark.anyio


async def _emails() -> list[str]:
    return [row["email"] for row in await db.rows('SELECT "email" FROM "Users" ORDER BY "email"')]


async def test_a_transaction_commits_as_a_whole(own_database: TestDatabase) -> None:
    other = await own_database.connect()
    async with db.transaction():
        await User(email="mia@acme.test").save()
        assert await other.fetchval('SELECT count(*) FROM "Users"') == 0
    assert await other.fetchval('SELECT count(*) FROM "Users"') == 1
    await other.close()


async def test_an_exception_rolls_the_transaction_back(own_database: TestDatabase) -> None:
    with pytest.raises(LookupError):
        async with db.transaction():
            await User(email="mia@acme.test").save()
            raise LookupError
    assert await _emails() == []


@pytest.mark.parametrize("nest", [db.transaction, db.engine.transaction], ids=["ours", "piccolo's"])
async def test_an_inner_transaction_fails_alone(nest: type, own_database: TestDatabase) -> None:
    async with db.transaction():
        await User(email="adam@acme.test").save()
        with pytest.raises(asyncpg.UniqueViolationError):
            async with nest():
                await User(email="lost@acme.test").save()
                await User(email="adam@acme.test").save()
        async with nest():
            await User(email="mia@acme.test").save()
    assert await _emails() == ["adam@acme.test", "mia@acme.test"]


async def test_the_outer_transaction_takes_the_inner_one_with_it(own_database: TestDatabase) -> None:
    with pytest.raises(LookupError):
        async with db.transaction():
            async with db.transaction():
                await User(email="mia@acme.test").save()
            raise LookupError
    assert await _emails() == []


async def test_a_task_started_inside_a_transaction_may_not_use_it(own_database: TestDatabase) -> None:
    async with db.transaction():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await asyncio.gather(db.value("SELECT 1"), db.value("SELECT 2"))
        assert await db.value("SELECT 3") == 3


async def test_tasks_outside_a_transaction_have_connections_of_their_own(own_database: TestDatabase) -> None:
    pids = await asyncio.gather(*(db.value("SELECT pg_backend_pid() FROM pg_sleep(0.05)") for _ in range(3)))
    assert len(set(pids)) == 3


async def test_a_held_connection_serves_statements_that_commit_one_by_one(own_database: TestDatabase) -> None:
    async with db.engine.hold():
        first = await db.value("SELECT pg_backend_pid()")
        await User(email="mia@acme.test").save()
        with pytest.raises(asyncpg.UniqueViolationError):
            await User(email="mia@acme.test").save()
        assert await db.value("SELECT pg_backend_pid()") == first
    assert await _emails() == ["mia@acme.test"]


async def test_a_statement_is_prepared_once(own_database: TestDatabase) -> None:
    async with db.engine.hold():
        for number in range(5):
            await db.value("SELECT $1::int /* counted */", number)
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%$1::int /* counted */'"
        assert await db.value(prepared) == 1


async def test_execute_gives_the_tag_and_runs_several_statements(database: TestDatabase) -> None:
    await db.execute('INSERT INTO "Permissions" ("name", "resource", "action") VALUES ($1, $2, $3)', "a:b", "a", "b")
    assert await db.execute('UPDATE "Permissions" SET "action" = $1 WHERE "name" = \'a:b\'', "c") == "UPDATE 1"
    await db.execute("SELECT 1; SELECT 2")
    assert await db.one('SELECT "action" FROM "Permissions" WHERE "name" = $1', "none") is None


async def test_json_goes_in_as_python_or_text_and_comes_out_as_python(database: TestDatabase) -> None:
    for given in ({"a": [1, None, "é"]}, '{"a": [1, null, "é"]}'):
        assert await db.value("SELECT $1::jsonb", given) == {"a": [1, None, "é"]}
    assert await db.value("SELECT $1::jsonb", Profile(bio="Hi")) == Profile(bio="Hi").plain()
    assert await db.value("SELECT NULL::jsonb") is None


@pytest.mark.parametrize(
    ("document", "column", "table"),
    [
        (Profile(), "profile", "Users"),
        (EmailPreferences(), "emailPreferences", "Users"),
        (Preferences(), "preferences", "Users"),
        (SecurityPolicy(), "securityPolicy", "Tenants"),
    ],
)
async def test_a_document_starts_as_the_column_does(
    document: Stored, column: str, table: str, database: TestDatabase
) -> None:
    default = await db.value(
        "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum"
        " WHERE adrelid = $1::text::regclass AND attname = $2",
        f'"{table}"',
        column,
    )
    assert document.plain() == await db.value(f"SELECT {default}")


async def test_a_document_keeps_what_a_later_release_wrote(database: TestDatabase) -> None:
    await db.execute(
        """INSERT INTO "Users" ("email", "profile") VALUES ('mia@acme.test', '{"bio": "Hi", "pronouns": "she"}')"""
    )
    mia = await User.objects().get(User.email == "mia@acme.test")
    assert mia is not None
    mia.profile.title = "Pilot"
    await mia.save([User.profile])
    stored = await db.value('SELECT "profile" FROM "Users"')
    assert (stored["bio"], stored["pronouns"], stored["title"]) == ("Hi", "she", "Pilot")


async def test_a_row_reads_as_python_values(database: TestDatabase) -> None:
    await User(email="mia@acme.test", preferences={"theme": "dark"}).save()
    mia = await User.objects().get(User.status == UserStatus.ACTIVE)
    assert mia is not None
    assert mia.status is UserStatus.ACTIVE
    assert mia.preferences == Preferences(theme="dark")
    assert mia.two_factor_backup_codes == []
    assert mia.created_at == mia.updated_at


async def test_a_row_is_not_written_back_as_a_whole(database: TestDatabase) -> None:
    mia = User(email="mia@acme.test")
    await mia.save()
    with pytest.raises(TypeError, match="needs the columns"):
        await mia.save()


async def test_a_value_that_is_needed_is_not_made_up() -> None:
    with pytest.raises(ValueError, match="email wasn't provided"):
        User(name="Mia")


async def test_an_aware_time_is_refused(database: TestDatabase) -> None:
    aware = datetime.now(UTC)
    with pytest.raises(ValueError, match="time zone"):
        User(email="mia@acme.test", last_activity=aware)
    with pytest.raises(asyncpg.DataError):
        await User.objects().where(User.last_activity < aware)
    with pytest.raises(asyncpg.DataError):
        await db.value("SELECT $1::timestamp", aware)


@pytest.fixture
def apia(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine thirteen hours ahead of UTC, with a date of its own."""
    with monkeypatch.context() as patch:
        for name in ("TZ", "PGTZ"):
            patch.setenv(name, "Pacific/Apia")
        time.tzset()
        yield
    time.tzset()


async def test_time_is_utc_whatever_the_machine_and_the_server_say(apia: None, own_database: TestDatabase) -> None:
    await db.execute(f"ALTER DATABASE \"{own_database.name}\" SET timezone = 'Pacific/Apia'")
    await db.execute("ALTER ROLE portico SET timezone = 'Pacific/Apia'")
    try:
        await db.close_pool()
        assert abs(await db.now() - datetime.now(UTC).replace(tzinfo=None)) < timedelta(seconds=5)
        assert await db.value("SHOW timezone") == "UTC"
        await User(email="mia@acme.test").save()
        mia = await User.objects().first()
        assert mia is not None
        assert abs(mia.created_at - datetime.now(UTC).replace(tzinfo=None)) < timedelta(seconds=5)
    finally:
        await db.execute("ALTER ROLE portico RESET timezone")


async def test_the_clock_moves_inside_a_transaction(database: TestDatabase) -> None:
    async with db.transaction():
        assert await db.now() < await db.now()


async def test_the_clock_may_judge_by_an_index(database: TestDatabase) -> None:
    await db.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = await db.rows('EXPLAIN SELECT FROM "Sessions" WHERE "expiresAt" < app_now()')
    assert any("Index Cond" in row["QUERY PLAN"] for row in plan)


async def test_tests_move_the_clock(database: TestDatabase, clock: Clock) -> None:
    before = await db.now()
    await clock.advance(minutes=61)
    await clock.advance(minutes=-1)
    assert timedelta(minutes=60) < await db.now() - before < timedelta(minutes=60, seconds=5)


async def test_tests_move_the_clock_of_a_whole_pool(own_database: TestDatabase, clock: Clock) -> None:
    before = await db.now()
    await clock.advance(days=8)
    later = await asyncio.gather(db.now(), db.now(), db.now())
    assert all(timedelta(days=8) < moment - before < timedelta(days=8, seconds=5) for moment in later)


@pytest.mark.parametrize("round_", [1, 2])
async def test_what_a_test_leaves_is_gone(round_: int, database: TestDatabase, clock: Clock) -> None:
    assert await _emails() == []
    assert abs(await db.now() - datetime.now(UTC).replace(tzinfo=None)) < timedelta(seconds=5)
    await User(email="mia@acme.test").save()
    await clock.advance(days=1)


async def test_a_refused_statement_undoes_only_itself(database: TestDatabase) -> None:
    await User(email="mia@acme.test").save()
    with pytest.raises(asyncpg.UniqueViolationError):
        await User(email="MIA@acme.test").save()
    assert await _emails() == ["mia@acme.test"]
