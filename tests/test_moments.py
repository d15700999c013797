"""Times as people read them."""

from datetime import datetime, timedelta

import pytest

from app.moments import moment

AT = datetime(2026, 11, 22, 13, 5, 33)  # noqa: DTZ001 - naive UTC, as the database gives it


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(hours=24), "22 Nov 2026, 13:05"),
        (timedelta(seconds=-5), "22 Nov 2026, 13:05"),
    ],
)
def test_the_last_day_is_told_by_its_distance(age: timedelta, words: str) -> None:
    assert moment(AT, zone="UTC", now=AT + age).words == words


def test_older_times_are_told_in_the_readers_zone() -> None:
    told = moment(AT, zone="Europe/Berlin", now=AT + timedelta(days=2))

    assert told.words == "22 Nov 2026, 14:05"
    assert told.iso == "2026-11-22T13:05:33Z"
    assert "14:05:33" in told.exact


@pytest.mark.parametrize("zone", ["", "Nowhere/Here", "../../etc/passwd", "\0"])
def test_a_zone_that_does_not_exist_reads_as_utc(zone: str) -> None:
    assert moment(AT, zone=zone, now=AT + timedelta(days=2)).words == "22 Nov 2026, 13:05"
