"""The sign-in history: every sign-in and every refusal, by page and by day."""

import re
from datetime import datetime, timedelta
from urllib.parse import urljoin

import pytest
from litestar import Litestar

from app import db
from app.account.activity.chart import by_day
from app.account.activity.tables import Quarter
from tests.cast import PASSWORD, Cast
from tests.users.work import counted
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

PAGE = "/account/activity"
PAST = """
INSERT INTO "LoginHistories" ("userId", "status", "failureReason", "createdAt", "userAgent", "ipAddress", "location")
SELECT u."id", $2::"enum_LoginHistories_status", $3, app_now() - make_interval(hours => n), $4, '198.51.100.7', $5
FROM "Users" u, generate_series(1, $6) n WHERE u."email" = $1
"""
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.fixture
async def mia(app: Litestar, cast: Cast) -> Browser:
    visitor = Browser(app)
    await visitor.open("/login")
    await visitor.submit("/login", email=cast.mia, password=PASSWORD)
    return visitor


async def past(email: str, status: str, reason: str | None = None, times: int = 1, place: str | None = None) -> None:
    await db.execute(PAST, email, status, reason, AGENT, place, times)


def lines(visitor: Browser) -> int:
    return visitor.page.text.count("lead-cell")


async def test_it_is_for_people_who_are_signed_in(app: Litestar, cast: Cast) -> None:
    visitor = Browser(app)

    await visitor.open(PAGE)

    assert visitor.name == "login.index"


async def test_sign_ins_and_refusals_stand_there_with_device_and_place(mia: Browser, cast: Cast) -> None:
    await past(cast.mia, "failed", "wrong_password", place='{"city": "Lyon", "country": "France"}')
    await mia.open(PAGE)

    said = mia.document.text
    assert mia.name == "account.activity"
    assert "Chrome · Windows 1 hour ago Lyon, France 198.51.100.7 Wrong password" in said
    assert "Firefox · Linux just now Unknown place 203.0.113.7 Signed in" in said


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("locked", "Locked after too many tries"),
        ("not_usable", "The account could not be used"),
        ("of the next release", "Refused"),
        (None, "Refused"),
    ],
)
async def test_why_it_was_refused_is_said_in_words(mia: Browser, cast: Cast, reason: str | None, words: str) -> None:
    await past(cast.mia, "failed", reason)

    await mia.open(f"{PAGE}?show=refused")

    assert words in mia.document.text
    assert lines(mia) == 1
    if reason:
        assert f">{reason}<" not in mia.page.text


async def test_the_list_is_narrowed_down(mia: Browser, cast: Cast) -> None:
    await past(cast.mia, "failed", "wrong_password", 3)
    for show, expected in (("all", 4), ("successful", 1), ("refused", 3), ("nonsense", 4)):
        await mia.open(f"{PAGE}?show={show}")
        assert lines(mia) == expected


async def test_nobody_sees_what_belongs_to_others(mia: Browser, cast: Cast) -> None:
    await past(cast.adam, "failed", "wrong_password", 5)

    await mia.open(PAGE)

    assert lines(mia) == 1
    assert "198.51.100.7" not in mia.page.text


async def test_older_ones_come_page_by_page_and_none_twice(mia: Browser, cast: Cast) -> None:
    await past(cast.mia, "failed", "wrong_password", 60)
    await mia.open(f"{PAGE}?show=refused")
    seen: list[str] = []
    for _page in range(3):
        seen += re.findall(r'<time datetime="([^"]+)"', mia.page.text)
        onward = re.search(r'<a href="([^"]+after=[^"]+)"', mia.page.text)
        if not onward:
            break
        await mia.open(urljoin(PAGE, onward[1].replace("&amp;", "&")))
        assert "Older sign-ins" in mia.document.text

    assert len(seen) == len(set(seen)) == 60
    assert seen == sorted(seen, reverse=True)


async def test_htmx_gets_the_older_lines_alone(mia: Browser, cast: Cast) -> None:
    await past(cast.mia, "failed", "wrong_password", 40)
    await mia.open(PAGE)
    onward = re.search(r'hx-get="([^"]+)"', mia.page.text)
    assert onward

    await mia.open(
        onward[1].replace("&amp;", "&"),
        **{"hx-request": "true", "hx-request-type": "partial", "hx-target": "tbody#older"},
    )

    assert mia.page.text.lstrip().startswith("<tbody>")
    assert lines(mia) == 16


async def test_a_key_that_was_altered_shows_the_first_page(mia: Browser) -> None:
    await mia.open(f"{PAGE}?after=AAAA")

    assert lines(mia) == 1


async def test_an_empty_list_says_what_would_stand_there(mia: Browser) -> None:
    await mia.open(f"{PAGE}?show=refused")

    assert "Nothing was refused" in mia.document.text


async def test_times_are_those_of_the_reader(mia: Browser, cast: Cast) -> None:
    await db.execute(
        'UPDATE "Users" SET "profile" = jsonb_set("profile", \'{timezone}\', \'"Asia/Kathmandu"\') WHERE "email" = $1',
        cast.mia,
    )
    await db.execute(
        'INSERT INTO "LoginHistories" ("userId", "status", "createdAt")'
        ' SELECT "id", \'success\', \'2026-01-31 20:30\' FROM "Users" WHERE "email" = $1',
        cast.mia,
    )

    await mia.open(PAGE)

    assert "1 Feb 2026, 02:15" in mia.document.text


async def test_the_chart_counts_by_the_readers_days() -> None:
    now = datetime(2026, 3, 1, 12, 0)  # noqa: DTZ001 - naive UTC, as the database gives it
    quarters = [
        Quarter(datetime(2026, 2, 28, 18, 0), "success", 2),  # noqa: DTZ001 - as above
        Quarter(datetime(2026, 2, 28, 18, 15), "failed", 6),  # noqa: DTZ001 - as above
        Quarter(now - timedelta(days=40), "success", 99),
    ]

    utc = by_day(quarters, days=30, zone="UTC", now=now)
    kathmandu = by_day(quarters, days=30, zone="Asia/Kathmandu", now=now)

    assert [(bar.day, bar.good, bar.refused) for bar in utc.bars[-2:]] == [("Feb 28", 2, 6), ("Mar 1", 0, 0)]
    assert [(bar.good, bar.refused) for bar in kathmandu.bars[-2:]] == [(2, 0), (0, 6)]
    assert (utc.most, utc.good, utc.refused, len(utc.bars)) == (8, 2, 6, 30)
    assert utc.bars[-2].good_height + utc.bars[-2].refused_height == 100


async def test_the_chart_is_drawn_and_its_numbers_are_told(mia: Browser, cast: Cast) -> None:
    await past(cast.mia, "failed", "wrong_password", 1)

    await mia.open(PAGE)

    assert mia.page.text.count('class="bar-refused"') == 2, "one bar and its key"
    assert "Sign-ins by day" in mia.document.text
    assert " style=" not in mia.page.text


async def test_it_costs_two_statements(mia: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await past(cast.mia, "failed", "wrong_password", 40)
    await mia.open(PAGE)
    with counted(monkeypatch) as work:
        await mia.open(PAGE)

    assert work.amount[0] == 2, work.steps
