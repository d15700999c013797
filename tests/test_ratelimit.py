"""Token buckets in the database: exact, shared, and full again after a while."""

import asyncio

import pytest

from app import db, ratelimit
from app.errors import Limited
from app.ratelimit import Bucket
from tests.conftest import configured
from tests.database import Clock, TestDatabase

pytestmark = pytest.mark.anyio

BUCKET = Bucket("test", 3, 60)


async def taken(bucket: Bucket = BUCKET, subject: str | None = "mia", tries: int = 10) -> int:
    return sum([await ratelimit.try_take(bucket, subject) == 0 for _time in range(tries)])


async def test_a_bucket_gives_what_it_holds_and_no_more(database: TestDatabase) -> None:
    assert await taken() == 3

    with pytest.raises(Limited) as refusal:
        await ratelimit.take(BUCKET, "mia")
    assert 1 <= refusal.value.retry_after <= 20


async def test_it_fills_up_by_and_by(database: TestDatabase, clock: Clock) -> None:
    await taken()
    await clock.advance(seconds=19)
    assert await taken() == 0
    await clock.advance(seconds=2)
    assert await taken() == 1
    await clock.advance(seconds=41)
    assert await taken() == 2


async def test_it_never_holds_more_than_its_size(database: TestDatabase, clock: Clock) -> None:
    await taken()
    await clock.advance(days=30)

    assert await taken() == 3


async def test_the_wait_that_is_told_is_enough(database: TestDatabase, clock: Clock) -> None:
    await taken()
    wait = await ratelimit.try_take(BUCKET, "mia")
    await clock.advance(seconds=wait)

    assert await ratelimit.try_take(BUCKET, "mia") == 0


async def test_a_refusal_takes_nothing_and_puts_nothing_off(database: TestDatabase, clock: Clock) -> None:
    await taken()
    for _second in range(21):
        await clock.advance(seconds=1)
        if await ratelimit.try_take(BUCKET, "mia") == 0:
            break
    else:
        pytest.fail("whoever keeps asking never gets another try")


async def test_a_clock_that_goes_back_gives_nothing_away(database: TestDatabase, clock: Clock) -> None:
    await taken()
    await clock.advance(hours=-1)

    assert await taken() == 0


async def test_what_was_given_back_can_be_taken_again_but_not_more(database: TestDatabase) -> None:
    await taken()
    await ratelimit.give_back(BUCKET, "mia")
    assert await taken() == 1

    for _time in range(9):
        await ratelimit.give_back(BUCKET, "mia")
    assert await taken() == 3


async def test_giving_back_what_nobody_took_gives_nothing(database: TestDatabase) -> None:
    await ratelimit.give_back(BUCKET, "nobody")

    assert await taken(subject="nobody") == 3


async def test_buckets_and_subjects_do_not_share(database: TestDatabase) -> None:
    await taken()

    assert await taken(subject="olga") == 3
    assert await taken(Bucket("other", 2, 60)) == 2
    assert await taken(subject=None) == 3


async def test_twenty_at_once_get_no_more_than_one_after_another(own_database: TestDatabase) -> None:
    bucket = Bucket("parallel", 7, 3600)

    waits = await asyncio.gather(*(ratelimit.try_take(bucket, "mia") for _time in range(20)))

    assert waits.count(0) == 7
    assert all(wait == 0 or 1 <= wait <= 515 for wait in waits)
    assert float(await db.value('SELECT "tokens" FROM "RateLimits"')) < 1


async def test_the_table_holds_no_addresses(database: TestDatabase) -> None:
    await ratelimit.take(BUCKET, "mia@acme.test")

    key = str(await db.value('SELECT "key" FROM "RateLimits"'))
    assert "mia" not in key
    assert "acme" not in key


async def test_what_nobody_touched_for_days_is_forgotten(database: TestDatabase, clock: Clock) -> None:
    await taken()
    await clock.advance(days=1)
    await ratelimit.take(BUCKET, "olga")
    await clock.advance(days=1.5)
    await ratelimit.prune()

    assert await db.value('SELECT count(*) FROM "RateLimits"') == 1


async def test_only_in_development_a_whole_network_has_more_room(database: TestDatabase) -> None:
    shared = Bucket("shared", 2, 60, shared=True)
    assert shared.room == 40

    configured(environment="production")
    assert shared.room == 2
    assert await taken(shared) == 2


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        (None, "unknown"),
        ("", "unknown"),
        ("garbage", "unknown"),
        ("203.0.113.7:80", "unknown"),
    ],
)
def test_a_network_is_an_address_or_what_one_customer_holds_of_them(ip: str | None, network: str) -> None:
    assert ratelimit.network(ip) == network


async def test_the_wait_can_be_asked_for_without_spending(database: TestDatabase, clock: Clock) -> None:
    assert await ratelimit.remaining(BUCKET, "mia") == 0
    assert await taken(tries=2) == 2
    assert await ratelimit.remaining(BUCKET, "mia") == 0
    assert await taken() == 1

    for _time in range(5):
        assert 19 <= await ratelimit.remaining(BUCKET, "mia") <= 20
    await clock.advance(seconds=15)
    assert 4 <= await ratelimit.remaining(BUCKET, "mia") <= 5
    await clock.advance(seconds=5)
    assert await ratelimit.remaining(BUCKET, "mia") == 0
    assert await taken() == 1
