"""Points in time as people read them: in their zone and language, relative for the last day."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel.dates import format_datetime, format_skeleton

from app import i18n
from app.i18n import _, ngettext

DAY = timedelta(days=1)
_NO_TIME, _MINUTE = timedelta(0), timedelta(minutes=1)


class Moment(msgspec.Struct, frozen=True):
    """`iso` for machines (RFC 3339, UTC), `words` to read, `exact` to look at when the words are not enough."""

    iso: str
    words: str
    exact: str


def moment(at: datetime, *, zone: str, now: datetime) -> Moment:
    """A naive UTC time for a reader in `zone` (an IANA name; an unknown one reads as UTC)."""
    absolute = _absolute(at, zone, i18n.language())
    age = now - at
    return Moment(absolute.iso, _ago(age), absolute.exact) if _NO_TIME <= age < DAY else absolute


def wait(seconds: int) -> str:
    """The sentence that says how long to wait, rounded up to what people count in."""
    if seconds < 100:
        return ngettext("Try again in %(n)s second.", "Try again in %(n)s seconds.", seconds)
    minutes = -(-seconds // 60)
    if minutes <= 90:
        return ngettext("Try again in %(n)s minute.", "Try again in %(n)s minutes.", minutes)
    return ngettext("Try again in %(n)s hour.", "Try again in %(n)s hours.", -(-seconds // 3600))


def day_of(at: datetime, zone: str) -> date:
    """The day a naive UTC time falls on for a reader in `zone`."""
    return at.replace(tzinfo=UTC).astimezone(_zone(zone)).date()


def day_words(day: date) -> str:
    """'22 Nov', in the reader's language."""
    return format_skeleton("MMMd", day, locale=_locale(i18n.language()))


def _ago(age: timedelta) -> str:
    minutes = age // _MINUTE
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes)
    return ngettext("%(n)s hour ago", "%(n)s hours ago", minutes // 60)


@lru_cache(maxsize=4096)
def _absolute(at: datetime, zone: str, language: str) -> Moment:
    place = _zone(zone)
    local = at.replace(tzinfo=ZoneInfo("UTC")).astimezone(place)
    locale = _locale(language)
    return Moment(
        iso=f"{at.isoformat(timespec='seconds')}Z",
        words=format_datetime(local, "d MMM y, HH:mm", tzinfo=place, locale=locale),
        exact=format_datetime(local, "d MMMM y, HH:mm:ss zzz", tzinfo=place, locale=locale),
    )


def _locale(language: str) -> str:
    return "en" if language == i18n.PSEUDO else language.replace("-", "_")


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
