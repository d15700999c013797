"""What the database itself guards: the times of a row, and the history."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from app import db
from app.audit.tables import ActivityLog, SecurityAuditLog
from app.mail.tables import DevMail
from app.users.tables import User
from tests.database import Clock, TestDatabase

pytestmark = pytest.mark.anyio

HISTORIES = pytest.mark.parametrize("table", ["SecurityAuditLogs", "ActivityLogs"])


@pytest.fixture
async def mia(database: TestDatabase) -> UUID:
    """A person with one row in each history."""
    mia = User(email="mia@acme.test")
    await mia.save()
    await SecurityAuditLog(user_id=mia.id, event="user.signed_in", details={"actor": "mia"}).save()
    await ActivityLog(user_id=mia.id, action="user.signed_in").save()
    return mia.id


async def _times(email: str) -> tuple[datetime, datetime]:
    row = await db.one('SELECT "createdAt", "updatedAt" FROM "Users" WHERE "email" = $1', email)
    assert row is not None
    return row["createdAt"], row["updatedAt"]


async def test_a_change_moves_updated_at_alone(database: TestDatabase, clock: Clock) -> None:
    await db.execute('INSERT INTO "Users" ("email") VALUES (\'mia@acme.test\')')
    created, updated = await _times("mia@acme.test")
    assert created == updated
    await clock.advance(days=1)
    await User.update({User.name: "Mia"}).where(User.email == "mia@acme.test")
    assert (await _times("mia@acme.test"))[0] == created
    assert (await _times("mia@acme.test"))[1] - updated >= timedelta(days=1)


async def test_a_row_may_be_made_in_the_past_but_not_changed_there(database: TestDatabase) -> None:
    past = datetime(2020, 1, 1)  # noqa: DTZ001 - the database's times are naive UTC
    await User(email="mia@acme.test", created_at=past, updated_at=past).save()
    created, updated = await _times("mia@acme.test")
    assert created == past
    assert updated > past


async def test_created_at_cannot_be_lost(database: TestDatabase) -> None:
    await User(email="mia@acme.test").save()
    before = await _times("mia@acme.test")
    await db.execute('UPDATE "Users" SET "createdAt" = NULL')
    assert (await _times("mia@acme.test"))[0] == before[0]


async def test_a_mail_of_development_knows_its_time(database: TestDatabase) -> None:
    await DevMail(recipient="mia@acme.test", subject="Hi", text="Hi", html="<p>Hi</p>", headers={}).save()
    mail = await DevMail.objects().first()
    assert mail is not None
    assert mail.created_at <= await db.now()


@HISTORIES
@pytest.mark.parametrize(
    "change",
    [
        'UPDATE "{}" SET "details" = \'{{}}\'',
        'UPDATE "{}" SET "createdAt" = "createdAt" - interval \'1 day\'',
        'UPDATE "{}" SET "userId" = NULL',
        'DELETE FROM "{}"',
        'TRUNCATE "{}"',
    ],
)
async def test_history_is_not_rewritten(change: str, table: str, mia: UUID) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await db.execute(change.format(table))
    kept = f'SELECT count(*) FROM "{table}" WHERE "userId" = $1'  # noqa: S608 - one of two names above
    assert await db.value(kept, mia) == 1


async def test_a_person_with_activity_cannot_be_deleted(mia: UUID) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="history is only added to"):
        await User.delete().where(User.id == mia)
    assert await User.exists().where(User.id == mia)


async def test_an_audit_row_outlives_a_person_who_never_acted(database: TestDatabase) -> None:
    nora = User(email="nora@nowhere.test")
    await nora.save()
    await SecurityAuditLog(user_id=nora.id, event="user.sign_up_started", details={"actor": "nora"}).save()
    await User.delete().where(User.id == nora.id)
    row = await db.one('SELECT "userId", "event", "details" FROM "SecurityAuditLogs"')
    assert row is not None
    assert dict(row) == {"userId": None, "event": "user.sign_up_started", "details": {"actor": "nora"}}


@HISTORIES
async def test_retention_says_so_for_its_own_transaction(table: str, mia: UUID) -> None:
    async with db.transaction():
        await db.execute("SELECT set_config('portico.retention', 'on', true)")
        assert await db.execute(f'DELETE FROM "{table}"') == "DELETE 1"  # noqa: S608 - as above


async def test_permission_for_retention_ends_with_its_transaction(own_database: TestDatabase) -> None:
    async with db.engine.hold():
        async with db.transaction():
            await db.execute("SELECT set_config('portico.retention', 'on', true)")
        await SecurityAuditLog(event="system.started").save()
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute('DELETE FROM "SecurityAuditLogs"')


async def test_an_address_is_unique_in_any_case(database: TestDatabase) -> None:
    await User(email="mia@acme.test").save()
    with pytest.raises(asyncpg.UniqueViolationError):
        await User(email="Mia@Acme.test").save()


async def test_a_tenant_invites_an_address_once_at_a_time(mia: UUID) -> None:
    tenant = await db.value(
        'INSERT INTO "Tenants" ("name", "slug", "databaseUrl") VALUES (\'Acme\', \'acme\', \'x\') RETURNING "id"'
    )
    invite = (
        'INSERT INTO "Invitations" ("email", "token", "status", "expiresAt", "tenantId", "invitedById")'
        " VALUES ($1, $2, $3, app_now(), $4, $5)"
    )
    await db.execute(invite, "nora@nowhere.test", "a", "cancelled", tenant, mia)
    await db.execute(invite, "nora@nowhere.test", "b", "pending", tenant, mia)
    for email, token in (("NORA@nowhere.test", "c"), ("other@nowhere.test", "b")):
        with pytest.raises(asyncpg.UniqueViolationError):
            await db.execute(invite, email, token, "pending", tenant, mia)


async def test_a_session_outlives_its_device(mia: UUID) -> None:
    device = await db.value(
        'INSERT INTO "KnownDevices" ("tokenHash", "userId", "lastSeenAt") VALUES ($1, $2, app_now()) RETURNING "id"',
        b"d",
        mia,
    )
    await db.execute(
        'INSERT INTO "Sessions" ("id", "tokenHash", "userId", "deviceId", "methods", "authenticatedAt", "lastSeenAt",'
        ' "idleSeconds", "expiresAt") VALUES ($1, $2, $3, $4, $5, app_now(), app_now(), 60, app_now())',
        uuid4(),
        b"s",
        mia,
        device,
        ["password"],
    )
    await db.execute('DELETE FROM "KnownDevices"')
    assert await db.value('SELECT "deviceId" IS NULL FROM "Sessions"')
