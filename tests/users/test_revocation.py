"""Which event ends what: the page in docs/, the table in the code, and real rows say the same."""

import re
from uuid import UUID

import pytest
from litestar import Litestar

from app import crypto, db
from app.config import ROOT
from app.users import mailbox
from app.users.login.tables import HalfSignIn
from app.users.mailbox import Purpose
from app.users.proofs.tables import MailedLink
from app.users.revocation import MATRIX, Cause, Ends, revoke
from app.users.sessions.ends import WHY
from app.users.tables import User
from tests.cast import Cast
from tests.users.test_sessions import PHONE, signed_in

pytestmark = pytest.mark.anyio

PAGE = (ROOT / "docs" / "revocation.md").read_text()
LINE = re.compile(r"^\| [^|]+ \| `(\w+)` \| ([^|]+) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$", re.MULTILINE)
SILENT = {Cause.ACCOUNT_CLOSED: "the account cannot be used, so its browser is a stranger's"}


def test_the_page_says_what_the_table_says() -> None:
    said = {}
    for name, sessions, *rest in LINE.findall(PAGE):
        assert set(rest) <= {"end", "stay"}, name
        said[Cause(name)] = Ends("all" if sessions == "all" else "others", *(word == "end" for word in rest))
        assert sessions in {"all", "others", "others, if ticked"}

    assert said == MATRIX
    assert list(said) == list(Cause), "in the same order, so that both can be read side by side"


def test_every_cause_is_told_to_the_browsers_it_signs_out() -> None:
    assert {cause for cause in Cause if cause.value not in WHY} == set(SILENT)


async def world(app: Litestar, email: str) -> tuple[UUID, UUID]:
    """A person with one of everything that could end; gives their id and the session that acts."""
    await signed_in(app, email, agent=PHONE)
    await signed_in(app, email)
    account = await User.by_email(email)
    assert account is not None
    await db.execute('UPDATE "KnownDevices" SET "rememberedAt" = app_now() WHERE "userId" = $1', account.id)
    await HalfSignIn.begin(account.id, "password", crypto.digest(f"half {email}"), 10, lifts_lock=True)
    await mailbox.ask(Purpose.SIGN_IN, email, browser=crypto.digest(email), user_id=account.id)
    await MailedLink.make(account.id, "unlock", crypto.digest(f"unlock {email}"), 60)
    await MailedLink.make(account.id, "not_me", crypto.digest(f"not me {email}"), 60)
    await User.set_reset_token(account.id, crypto.digest(f"reset {email}").hex(), 60)
    acting = await db.value(
        'SELECT "id" FROM "Sessions" WHERE "userId" = $1 ORDER BY "createdAt" DESC LIMIT 1', account.id
    )
    return account.id, acting


ALIVE = {
    "sessions": 'SELECT count(*) FROM "Sessions" WHERE "userId" = $1 AND "endedAt" IS NULL',
    "remembered": 'SELECT count(*) FROM "KnownDevices" WHERE "userId" = $1 AND "rememberedAt" IS NOT NULL',
    "known": 'SELECT count(*) FROM "KnownDevices" WHERE "userId" = $1 AND "revokedAt" IS NULL',
    "half_sign_ins": 'SELECT count(*) FROM "HalfSignIns" WHERE "userId" = $1 AND "endedAt" IS NULL',
    "proofs": 'SELECT count(*) FROM "MailboxProofs" WHERE "userId" = $1 AND "usedAt" IS NULL',
    "links": """SELECT count(*) FROM "MailedLinks" WHERE "userId" = $1 AND "usedAt" IS NULL AND "act" = 'unlock'""",
    "resets": 'SELECT count(*) FROM "Users" WHERE "id" = $1 AND "resetToken" IS NOT NULL',
    "ways back": """SELECT count(*) FROM "MailedLinks" WHERE "userId" = $1 AND "usedAt" IS NULL AND "act" = 'not_me'
        AND "tokenHash" = sha256(convert_to('not me ' || (SELECT "email" FROM "Users" WHERE "id" = $1), 'UTF8'))""",
}
WHOLE = {
    "sessions": 2, "remembered": 2, "known": 2, "half_sign_ins": 1, "proofs": 1, "links": 1, "resets": 1,
    "ways back": 1,
}  # fmt: skip


async def alive(user_id: UUID) -> dict[str, int]:
    return {what: await db.value(statement, user_id) for what, statement in ALIVE.items()}


@pytest.mark.parametrize("cause", list(Cause))
async def test_a_cause_ends_what_stands_in_its_line_and_nothing_else(app: Litestar, cast: Cast, cause: Cause) -> None:
    user_id, acting = await world(app, cast.nora)
    bystander, _session = await world(app, cast.eve)
    assert await alive(user_id) == WHOLE
    ends = MATRIX[cause]

    ended = await revoke(user_id, cause, keep=acting)

    left = await alive(user_id)
    assert left == {
        "sessions": 0 if ends.sessions == "all" else 1,
        "remembered": 0 if ends.remembered else 2,
        "known": 0 if ends.known else 2,
        "half_sign_ins": 0 if ends.half_sign_ins else 1,
        "proofs": 0 if ends.proofs else 1,
        "links": 0 if ends.links else 1,
        "resets": 0 if ends.links else 1,
        "ways back": 1,
    }
    assert ended == 2 - left["sessions"]
    assert await alive(bystander) == WHOLE, "nobody else's"
    reasons = await db.rows('SELECT "endReason" FROM "Sessions" WHERE "userId" = $1 AND "endedAt" IS NOT NULL', user_id)
    assert {row["endReason"] for row in reasons} == {cause.value}
    if ends.sessions == "others":
        assert await db.value('SELECT "endedAt" IS NULL FROM "Sessions" WHERE "id" = $1', acting)


@pytest.mark.parametrize("cause", [cause for cause in Cause if MATRIX[cause].sessions == "others"])
async def test_without_the_tick_the_other_sessions_stay(app: Litestar, cast: Cast, cause: Cause) -> None:
    user_id, acting = await world(app, cast.nora)

    assert await revoke(user_id, cause, keep=acting, sessions=False) == 0

    assert (await alive(user_id))["sessions"] == 2


@pytest.mark.parametrize("cause", [cause for cause in Cause if MATRIX[cause].sessions == "all"])
async def test_where_all_end_nobody_is_spared(app: Litestar, cast: Cast, cause: Cause) -> None:
    user_id, acting = await world(app, cast.nora)

    assert await revoke(user_id, cause, keep=acting, sessions=False) == 2
