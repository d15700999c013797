"""No text of the ways back in escapes translation."""

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.audit.events import Event
from app.audit.log import record
from app.users.recovery import jobs
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.spoken import escaped
from tests.test_i18n import check
from tests.test_i18n import pseudo as pseudo  # noqa: PLC0414 - a fixture
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

LOST = "/recover/second-factor"


@pytest.mark.usefixtures("pseudo")
async def test_mailed_acts_and_a_lost_second_step(app: Litestar, cast: Cast, mailbox: Mailbox, clock: Clock) -> None:
    person = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', cast.mia)
    await db.execute(
        'UPDATE "Users" SET "twoFactorEnabled" = true, "twoFactorSecret" = \'sealed\','
        ' "profile" = jsonb_set("profile", \'{language}\', \'"en-XA"\') WHERE "email" = $1',
        cast.mia,
    )
    visitor = Browser(app)
    await visitor.open(LOST)
    check(visitor)
    for email in ("no", cast.mia):
        await visitor.submit(LOST, email=email)
        check(visitor)
    await visitor.submit(f"{LOST}/code", code=await mailbox.code(cast.mia))
    check(visitor)
    await visitor.submit(f"{LOST}/start")
    check(visitor)
    await visitor.open(await mailbox.act(cast.mia))
    assert visitor.name == "links.veto"
    check(visitor)
    await clock.advance(hours=25)
    await jobs.watch()
    await clock.advance(hours=48)
    await jobs.watch()
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    check(visitor)
    await visitor.submit(link)
    assert visitor.name == "links.second_step_removed"
    check(visitor)
    undo = {"two_step": "1"}
    async with db.transaction():
        await record(Event.TWO_STEP_DISABLED, by=Actor.system("a test"), about=person, undo=undo)
    link = await mailbox.act(cast.mia)
    await visitor.open(link)
    check(visitor)
    await visitor.submit(link)
    assert visitor.name == "links.not_me_done"
    check(visitor)
    for mail in await mailbox.all(cast.mia):
        body = mail.text.replace("/links/", "/x?token=")
        assert not escaped(mail.subject), mail.subject
        assert not escaped(body), body


@pytest.mark.usefixtures("pseudo")
async def test_what_comes_after_signing_in(app: Litestar, cast: Cast) -> None:
    configured(terms_url="https://acme.test/terms", terms_version="2027-01")
    person = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', cast.mia)
    await db.execute('INSERT INTO "RecoveryReviews" ("userId", "cause") VALUES ($1, \'unlocked\')', person)
    await db.execute(
        'UPDATE "Users" SET "name" = \'Zoe Zander\', "googleId" = \'g\', "twoFactorSecret" = \'s\' WHERE "id" = $1',
        person,
    )
    await db.execute('UPDATE "Users" SET "profile" = jsonb_set("profile", \'{language}\', \'"en-XA"\')')
    visitor = Browser(app)
    await visitor.open("/login")
    await visitor.submit("/login", email=cast.mia, password=PASSWORD)
    assert visitor.name == "stops.terms"
    check(visitor)
    await visitor.submit("/terms")
    check(visitor)
    for path in ("/recover/review", "/offers/passkey", "/offers/backup-codes"):
        await visitor.open(path)
        check(visitor)
    await visitor.open("/recover/review")
    await visitor.submit("/recover/review", answer="remove")
    check(visitor)
