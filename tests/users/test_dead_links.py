"""Dead mailed links are counted for their network; good ones cost nothing and work whatever others opened."""

from collections.abc import Awaitable, Callable

import pytest
from litestar import Litestar

from app import db
from app.ratelimit import Bucket
from app.users import limits
from tests.cast import Cast
from tests.database import Clock, TestDatabase
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

ROOM = 3
ZOE = "zoe@zebra.test"
DEAD = "x" * 43

GET = ("/signup/verify", "/recover/reset", "/recover/unlock")
POST = ("/signup/verify/link", "/recover/reset/link", "/recover/unlock")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINK_NETWORK", Bucket("link network", ROOM, 3600))


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    browser = Browser(app)
    await browser.open("/login")
    return browser


async def statuses(act: Callable[[], Awaitable[object]], browser: Browser, times: int) -> list[int]:
    found = []
    for _time in range(times):
        await act()
        found.append(browser.page.status_code)
    return found


@pytest.mark.parametrize("path", GET)
async def test_dead_links_that_are_opened_are_counted(visitor: Browser, path: str) -> None:
    async def look() -> None:
        await visitor.open(f"{path}?token={DEAD}")

    assert await statuses(look, visitor, ROOM + 1) == [410] * ROOM + [429]
    assert "Too many links that no longer work were opened from your network." in visitor.document.text
    assert "Try again in 20 minutes." in visitor.document.text
    assert visitor.page.headers["retry-after"]


@pytest.mark.parametrize("path", POST)
async def test_dead_links_that_are_sent_are_counted_too(visitor: Browser, path: str) -> None:
    async def press() -> None:
        await visitor.open("/login")
        await visitor.post(path, token=DEAD)

    assert await statuses(press, visitor, ROOM + 1) == [410] * ROOM + [429]
    assert visitor.name == "errors.429"


async def test_all_of_them_share_one_count_and_other_networks_have_their_own(app: Litestar, visitor: Browser) -> None:
    for path in GET:
        await visitor.open(f"{path}?token={DEAD}")
        assert visitor.page.status_code == 410
    await visitor.post(POST[0], token=DEAD)
    await visitor.open(f"{GET[0]}?token={DEAD}")
    assert visitor.page.status_code == 429

    elsewhere = Browser(app, ip="198.51.100.1")
    await elsewhere.open(f"{GET[0]}?token={DEAD}")

    assert elsewhere.page.status_code == 410


async def test_expired_and_used_links_are_dead_links(
    app: Litestar, visitor: Browser, mailbox: Mailbox, clock: Clock
) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Zoe", email=ZOE)
    link = await mailbox.link(ZOE)
    await clock.advance(hours=2)

    async def look() -> None:
        await visitor.open(link)

    assert await statuses(look, visitor, ROOM + 1) == [410] * ROOM + [429]


async def test_good_links_cost_nothing_and_work_above_the_limit(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await visitor.open("/recover")
    await visitor.submit("/recover", email=cast.mia)
    link = await mailbox.link(cast.mia)
    for _time in range(ROOM + 2):
        await visitor.open(link)
        assert visitor.name == "recover.confirm"
    for _time in range(ROOM):
        await visitor.open(f"/recover/reset?token={DEAD}")
        assert visitor.page.status_code == 410
    await visitor.open(f"/recover/reset?token={DEAD}")
    assert visitor.page.status_code == 429

    await visitor.open(link)
    await visitor.submit("/recover/reset/link")

    assert visitor.name == "recover.reset"


async def test_a_dead_link_is_counted_although_its_act_is_rolled_back(database: TestDatabase, visitor: Browser) -> None:
    await visitor.post("/recover/unlock", token=DEAD)

    assert await db.value('SELECT count(*) FROM "RateLimits" WHERE "key" LIKE \'link network:%\'') == 1


async def test_what_is_no_token_at_all_has_a_page_without_an_empty_address(visitor: Browser) -> None:
    for path in POST:
        await visitor.open("/login")
        await visitor.post(path, token="x" * 600)
        assert (visitor.page.status_code, visitor.name) == (422, "errors.422")
