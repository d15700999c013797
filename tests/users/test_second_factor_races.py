"""The second step under many tries at one moment: each code once, each try counted, none judged beyond its limit."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from litestar import Litestar

from app import crypto, db
from app.actor import Actor
from app.operator import seeding
from app.users.backup_codes import actions as backup_codes
from app.users.login.tables import HalfSignIn
from app.users.revocation import Cause, revoke
from app.users.second_factor import actions
from app.users.second_factor.actions import Over
from app.users.sessions.actions import Started
from app.users.totp import actions as totp
from app.users.totp import codes
from app.users.totp.tables import App
from tests.cast import Cast
from tests.database import TestDatabase
from tests.mailbox import Mailbox
from tests.second_step import STEP, code, first_step, forget_step, give_app, id_of, user, wrong_code
from tests.users.races import AT_ONCE, ROUNDS, together, twins

pytestmark = pytest.mark.anyio

NORA = Cast.nora


@pytest.fixture
async def nora(own_database: TestDatabase) -> Actor:
    await seeding.seed()
    await give_app(NORA)
    nora = Actor(kind="person", user_id=await id_of(NORA), ip="203.0.113.7")
    await asyncio.gather(*(db.value("SELECT pg_sleep(0.05)") for _connection in range(db.POOL_SIZE)))
    [half] = await halves(nora, 1)
    await give(half, await code(), nora)()  # connections and statements are ready: what is raced is the second step
    await db.execute('DELETE FROM "Sessions"; DELETE FROM "HalfSignIns"; DELETE FROM "DevMails"; DELETE FROM "Outbox"')
    await fresh()
    await forget_step(NORA)
    return nora


async def halves(nora: Actor, count: int) -> list[bytes]:
    """Half-made sign-ins of the person, each in a browser of its own."""
    assert nora.user_id
    tokens = [crypto.new_token() for _half in range(count)]
    for token in tokens:
        await HalfSignIn.begin(nora.user_id, "password", token.digest, 10, lifts_lock=True)
    return [token.digest for token in tokens]


async def at_once(acts: list[Callable[[], Awaitable[object]]]) -> list[object]:
    """Results and refusals of all, started at one moment; a fault is raised."""
    barrier = asyncio.Barrier(len(acts))

    async def start(act: Callable[[], Awaitable[object]]) -> object:
        await barrier.wait()
        return await act()

    found = await asyncio.gather(*(start(act) for act in acts), return_exceptions=True)
    faults = [
        one for one in found if isinstance(one, BaseException) and type(one).__name__ not in {"Rejected", "Limited"}
    ]
    assert not faults, faults
    return found


async def fresh() -> None:
    await db.execute('DELETE FROM "RateLimits"')
    await db.execute('UPDATE "Users" SET "twoFactorVerificationAttempts" = 0, "twoFactorLastFailedAttempt" = NULL')


def give(half: bytes, typed: str, nora: Actor) -> Callable[[], Awaitable[object]]:
    return partial(actions.give_code, half, typed, remember=False, device=None, by=nora)


async def test_one_code_in_twenty_browsers_makes_one_session(nora: Actor) -> None:
    for _round in range(ROUNDS):
        await fresh()
        await forget_step(NORA)
        typed = await code()

        found = await at_once([give(half, typed, nora) for half in await halves(nora, AT_ONCE)])

        assert sum(isinstance(one, Started) for one in found) == 1
    assert await db.value('SELECT count(*) FROM "Sessions"') == ROUNDS


async def test_two_steps_at_once_never_both_backwards(nora: Actor) -> None:
    """The current and the previous code, ten times each: at most two sessions, and the last step never goes back."""
    for _round in range(ROUNDS):
        await fresh()
        await forget_step(NORA)
        step = int(await db.value("SELECT floor(extract(epoch FROM app_now()) / 30)::bigint"))
        app = await App.of(nora.user_id)  # type: ignore[arg-type]
        assert app.active
        acts = [
            partial(App.accept, nora.user_id, app.active, step - number % 2)  # type: ignore[arg-type]
            for number in range(AT_ONCE)
        ]

        found = await at_once(list(acts))

        assert found.count(True) in {1, 2}
        assert (
            await db.value(
                'SELECT extract(epoch FROM "twoFactorLastVerifiedAt")::bigint / 30 FROM "Users" WHERE "email" = $1',
                NORA,
            )
            == step
        )


async def test_one_browser_with_twenty_tabs_makes_one_session(app: Litestar, nora: Actor) -> None:
    for _round in range(3):
        await fresh()
        await db.execute('DELETE FROM "Sessions"')
        await forget_step(NORA)
        browser = await first_step(app, NORA)
        assert browser.name == "login.second_factor"
        typed = await code()

        await together([partial(tab.submit, STEP, code=typed) for tab in twins(app, browser)])

        assert await db.value('SELECT count(*) FROM "Sessions"') == 1
        assert await db.value('SELECT max("wrongTries") FROM "HalfSignIns"') <= 5


async def test_a_backup_code_is_taken_once(nora: Actor) -> None:
    assert nora.user_id
    for _round in range(ROUNDS):
        await fresh()
        made = await backup_codes.renew(nora.user_id, by=Actor.system("a test"))

        found = await at_once([give(half, made[0], nora) for half in await halves(nora, AT_ONCE)])

        assert sum(isinstance(one, Started) for one in found) == 1
        stored = await user(NORA, "twoFactorBackupCodes")
        assert isinstance(stored, list)
        assert len(stored) == 9
    assert await db.value('SELECT count(*) FROM "Sessions"') == ROUNDS
    assert await db.value('SELECT count(*) FROM "ActivityLogs" WHERE "action" = \'backup_code.used\'') == ROUNDS


async def test_one_half_made_sign_in_spends_one_backup_code(nora: Actor) -> None:
    """Removed codes are successes (invariant I5): a code is not spent where another one came first."""
    assert nora.user_id
    for _round in range(ROUNDS):
        await fresh()
        made = await backup_codes.renew(nora.user_id, by=Actor.system("a test"))
        [half] = await halves(nora, 1)

        found = await at_once([give(half, each, nora) for each in made])

        assert sum(isinstance(one, Started) for one in found) == 1
        assert len(await user(NORA, "twoFactorBackupCodes")) == 9  # type: ignore[arg-type]


async def test_fifty_wrong_codes_at_once_are_counted_to_twenty_and_no_more_are_judged(
    nora: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    accept = totp.accept

    async def watched(user_id: object, typed: str) -> bool:
        judged.append(typed)
        return await accept(user_id, typed)  # type: ignore[arg-type]

    monkeypatch.setattr(totp, "accept", watched)
    wrong = await wrong_code()

    found = await at_once([give(half, wrong, nora) for half in await halves(nora, 50)])

    assert await user(NORA, "twoFactorVerificationAttempts") == 20
    assert len(judged) == 20
    assert not [one for one in found if isinstance(one, Started)]
    assert await Mailbox().count(NORA) == 1, "and the person is told once"
    [half] = await halves(nora, 1)
    [late] = await at_once([give(half, await code(), nora)])
    assert type(late).__name__ == "Limited", "the right code during the pause is refused"


async def test_fewer_wrong_codes_at_once_are_all_counted(nora: Actor) -> None:
    wrong = await wrong_code()
    for _round in range(ROUNDS):
        await fresh()
        await at_once([give(half, wrong, nora) for half in await halves(nora, 19)])
        assert await user(NORA, "twoFactorVerificationAttempts") == 19


async def test_one_half_made_sign_in_is_judged_five_times(nora: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    accept = totp.accept

    async def watched(user_id: object, typed: str) -> bool:
        judged.append(typed)
        return await accept(user_id, typed)  # type: ignore[arg-type]

    monkeypatch.setattr(totp, "accept", watched)
    wrong = await wrong_code()
    for _round in range(ROUNDS):
        await fresh()
        judged.clear()
        [half] = await halves(nora, 1)

        found = await at_once([give(half, wrong, nora) for _tab in range(AT_ONCE)])

        assert 1 <= len(judged) <= 5, "a right one among them is not judged any more once the fifth has ended it all"
        assert await user(NORA, "twoFactorVerificationAttempts") == 5
        assert Over(tried_out=True) in found
        assert await db.value('SELECT bool_and("endedAt" IS NOT NULL AND "wrongTries" = 5) FROM "HalfSignIns"')


async def test_a_set_up_is_confirmed_once(nora: Actor) -> None:
    assert nora.user_id
    for _round in range(5):
        await fresh()
        by = Actor.system("a test")
        await totp.start(nora.user_id, by=by)
        fresh_secret = str(await totp.waiting_secret(nora.user_id))
        typed = await code(fresh_secret)

        found = await at_once(
            [partial(totp.confirm, nora.user_id, typed, session=None, sign_out=True, by=by) for _tab in range(AT_ONCE)]
        )

        assert sum(isinstance(one, totp.Confirmed) for one in found) == 1
        assert codes.opened(str(await user(NORA, "twoFactorSecret")), nora.user_id) == fresh_secret


async def reset(nora: Actor, after: float) -> None:
    """What a new password ends; a moment later, when the others have begun."""
    assert nora.user_id
    await asyncio.sleep(after)
    async with db.transaction():
        await revoke(nora.user_id, Cause.PASSWORD_RESET)


async def test_ending_everything_while_people_sign_in_blocks_nobody(nora: Actor) -> None:
    wrong = await wrong_code()
    for _round in range(ROUNDS):
        await fresh()
        await forget_step(NORA)
        right = await code()
        acts: list[Callable[[], Awaitable[object]]] = []
        for number, half in enumerate(await halves(nora, 7)):
            acts += [give(half, right, nora), partial(reset, nora, number / 200), give(half, wrong, nora)]

        await at_once(acts)


async def test_changing_the_app_while_people_sign_in_blocks_nobody(nora: Actor) -> None:
    """Both lock the person before the half-made sign-ins, so that neither waits for the other."""
    assert nora.user_id
    wrong = await wrong_code()
    for _round in range(5):
        await fresh()
        by = Actor.system("a test")
        await totp.start(nora.user_id, by=by)
        typed = await code(str(await totp.waiting_secret(nora.user_id)))
        confirm = partial(totp.confirm, nora.user_id, typed, session=None, sign_out=True, by=by)

        await at_once([*(give(half, wrong, nora) for half in await halves(nora, 9)), confirm])
