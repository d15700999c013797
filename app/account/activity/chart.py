"""Sign-ins by day, as bars: counted in the reader's own days."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from app.account.activity.tables import Quarter
from app.moments import day_of, day_words

HEIGHT = 100
"""Of the highest bar, in units of the drawing."""


class Bar(msgspec.Struct, frozen=True):
    """One day: how many came in and how many were refused, and how high that is drawn."""

    day: str
    good: int
    refused: int
    good_height: float
    refused_height: float


class Chart(msgspec.Struct, frozen=True):
    """`most` is the number that the highest bar stands for."""

    bars: list[Bar]
    most: int
    good: int
    refused: int


def by_day(quarters: Iterable[Quarter], *, days: int, zone: str, now: datetime) -> Chart:
    """The last `days` days of the reader, the last one being today."""
    today = day_of(now, zone)
    counts: dict[str, Counter[date]] = {"success": Counter(), "failed": Counter()}
    for quarter in quarters:
        counts[quarter.status][day_of(quarter.at, zone)] += quarter.number
    shown = [today - timedelta(days=ago) for ago in reversed(range(days))]
    most = max(1, *(counts["success"][day] + counts["failed"][day] for day in shown))
    bars = [
        Bar(
            day_words(day),
            counts["success"][day],
            counts["failed"][day],
            round(counts["success"][day] / most * HEIGHT, 2),
            round(counts["failed"][day] / most * HEIGHT, 2),
        )
        for day in shown
    ]
    return Chart(bars, most, sum(bar.good for bar in bars), sum(bar.refused for bar in bars))
