"""What people typed stays words: sown into every text of the database, then into every form, address, cookie and
mail, it makes no element and no attribute, is no template, and ends no header (security 9.29).
"""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from typing import NamedTuple
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar

from app import crypto, db
from app.config import ROOT, settings
from app.mail.message import compose
from app.mail.outbox import send
from app.users.proofs.tables import MailedLink
from app.web import templating
from app.web.paging import PARAMETER
from tests.cast import PASSWORD, Cast
from tests.database import undone
from tests.dom import Elements
from tests.mail.samples import KINDS, SAMPLES, letter, typed
from tests.mailbox import Mailbox
from tests.routes import routes
from tests.sowing import fill_empty, sow
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

HARMLESS = "harmless"
RESULT = "7006652"
CANARIES = [
    '"><svg onload=alert(1)>{{1234*5678}}{% if 1 %}',
    "' hx-get=//evil.example x='</title></textarea><script>alert(1)</script>",
    "=1+1\u202egnp.exe\r\nBcc: eve@evil.example",
    "javascript:alert(1)//",
    "//evil.example/",
]
REFUSED = ("", "a\tb", "x" * 600)
"""What a form refuses for its shape, so that the harmless pages hold every message that a canary may meet."""
QUERIES = sorted(
    {PARAMETER}
    | {name for path in (ROOT / "app").rglob("*.py") for name in re.findall(r'params\.get\("(\w+)"', path.read_text())}
    | {"to"}
)
PIECES = ("components/", "emails/", "layouts/")
COOKIES = ("session", "device", "browser", "method", "flash")

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Language",
    "Auto-Submitted", "X-Auto-Response-Suppress",
}  # fmt: skip
NEVER = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the database holds it


class World(NamedTuple):
    """Browsers that see all there is, and the addresses of pages that only a mail leads to."""

    app: Litestar
    browsers: dict[str, Browser]
    mailed: list[str]


@pytest.fixture
async def world(app: Litestar, cast: Cast, mailbox: Mailbox) -> World:
    """A stranger and a member, each in the middle of all that can be begun; and one mailed link of each kind."""
    stranger, mia = Browser(app), Browser(app)
    for password in ("wrong-wrong-wrong", PASSWORD):
        await mia.open("/login")
        await mia.submit("/login", email=cast.mia, password=password)
    for browser, home in ((stranger, cast.adam), (mia, cast.eve)):
        for path, more in (("/signup", {"name": "Zoe"}), ("/login/code", {}), ("/recover", {})):
            await db.execute('DELETE FROM "RateLimits"')
            await browser.open(path)
            await browser.submit(path, email=home.replace("@", "@zebra." if path == "/signup" else "@"), **more)
    mailed = [await mailbox.link(cast.eve), await mailbox.link("adam@zebra.acme.test")]
    await stranger.open("/recover/sent")
    await stranger.submit("/recover/sent", code=await mailbox.code(cast.adam))
    await mia.open("/signup/verify")
    await mia.submit("/signup/verify", code=await mailbox.code("eve@zebra.beta.test"))
    person = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', cast.mia)
    await MailedLink.make(person, "unlock", crypto.digest("sample"), 60)
    await fill_empty(str(person))
    mailed.append("/recover/unlock?token=sample")
    return World(app, {"stranger": stranger, "mia": mia}, mailed)


class Shown:
    """One answer with what was asked for, and its elements; what is no page, such as JSON, has none."""

    def __init__(self, asked: str, answer: httpx.Response) -> None:
        self.asked = asked
        self.answer = answer
        self.page = Elements(answer.text if "html" in answer.headers.get("content-type", "") else "")
        self.shape = self.page.shape
        self.names = self.page.values("data-page")


async def crawl(world: World, browser: Browser) -> list[Shown]:
    """Every page that this browser reaches: all routes, the mailed links, and what the pages link to."""
    waiting = [await route.at("acme") for route in routes(world.app) if route.method == "GET"] + world.mailed
    seen: list[Shown] = []
    asked: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        if path in asked or path.startswith("/static/"):
            continue
        asked.add(path)
        with browser.forgetting():
            seen.append(Shown(path, await browser.open(path)))
        waiting += [link for link in seen[-1].page.values("href") if link.startswith("/")]
    return seen


async def fill_in_all(browser: Browser, pages: list[Shown], words: str) -> AsyncIterator[Shown]:
    """Sends every form of the pages with the words in every field, then in what a form carries unseen."""
    for page in pages:
        browser.page = page.answer
        for given, fields in browser.document.forms:
            if given.get("method") != "post":
                continue
            unseen = {name for name in fields if name in {"token", "next", "form_age"}}
            for tampered in (set(fields) - unseen, unseen) if unseen else (set(fields),):
                sent = fields | dict.fromkeys(tampered - {"csrf_token", "website"}, words)
                with browser.forgetting():
                    async with undone():
                        answer = await browser.http.post(str(given["action"]), data=sent)
                yield Shown(f"POST {given['action']}", answer)


async def ask_oddly(world: World, browser: Browser, words: str) -> AsyncIterator[Shown]:
    """The words in every query, in the path, in every cookie and in the headers that are read."""
    paths = [await route.at("acme") for route in routes(world.app) if route.method == "GET"]
    query = "&".join(f"{name}={quote(start + words)}" for name in QUERIES for start in ("", "/"))
    plain = " ".join(words.encode("ascii", "replace").decode().split())
    dressed = dict.fromkeys(("user-agent", "accept-language", "x-forwarded-for", "referer"), plain)
    dressed["cookie"] = "; ".join(f"{name}={plain}" for name in COOKIES)
    asked: list[tuple[str, dict[str, str]]] = [(f"/{quote(words)}", {}), (f"/dev/mail/{quote(words)}", {})]
    for path in (path for path in paths if not path.startswith("/static/")):
        asked += [(f"{path}?{query}", {}), (path, dressed)]
    browser.page = await browser.http.post(f"{settings().base_url}/login?{query}")
    yield Shown("a form of another site", browser.page)
    for url, headers in asked:
        with browser.forgetting():
            yield Shown(url, await browser.http.get(settings().base_url + url, headers=headers))


def faults(shown: Shown) -> Iterator[str]:
    """What the words did to an answer, whatever stands around it."""
    for name, value in shown.answer.headers.items():
        if any(bad in value for bad in ("\r", "\n", "<", "{{")) or "eve@evil" in name + value:
            yield f"header {name}: {value}"
    page, onward = shown.page, shown.answer.headers.get("location", "/")
    if not onward.startswith("/") or onward.startswith(("//", "/\\")):
        yield f"leads away, to {onward}"
    if RESULT in page.text:
        yield "the words were read as a template"
    if any(value.lower().startswith(("javascript:", "//")) for value in page.values("href", "action", "formaction")):
        yield "an address leads away"
    if any(word in value for value in page.values("hx-*", "on*", "style") for word in ("evil", "alert", RESULT)):
        yield "an attribute that acts holds the words"


def parts(answers: list[Shown]) -> set[tuple[str, str]]:
    """Every element with each of its attributes, wherever it stands."""
    return {(tag, name) for shown in answers for tag, *names in shown.shape for name in ("", *names)}


def refuse(answers: list[Shown], harmless: list[Shown], words: str) -> None:
    """Fails if the words did anything that harmless ones did not do."""
    assert not [(shown.asked, fault) for shown in answers for fault in faults(shown)], words
    assert {shown.answer.status_code for shown in answers} <= {200, 303, 403, 404, 410, 422}, words
    new = parts(answers) - parts(harmless)
    assert not new, words


@pytest.mark.parametrize("who", ["stranger", "mia"])
async def test_words_in_the_database_stay_words(world: World, who: str) -> None:
    harmless: list[Shown] = []
    for words in (HARMLESS, *CANARIES):
        async with undone():
            await sow(words)
            seen = await crawl(world, world.browsers[who])
        harmless = harmless or seen
        refuse(seen, harmless, words)
        assert [shown.shape for shown in seen] == [shown.shape for shown in harmless], words
    assert any(HARMLESS in shown.page.text for shown in harmless)


@pytest.mark.parametrize("who", ["stranger", "mia"])
async def test_words_in_forms_stay_words(world: World, who: str) -> None:
    browser = world.browsers[who]
    pages = await crawl(world, browser)
    harmless = [shown for words in (HARMLESS, *REFUSED) async for shown in fill_in_all(browser, pages, words)]
    for words in CANARIES:
        refuse([shown async for shown in fill_in_all(browser, pages, words)], harmless, words)
    assert 422 in {shown.answer.status_code for shown in harmless}


@pytest.mark.parametrize("who", ["stranger", "mia"])
async def test_words_in_addresses_cookies_and_headers_stay_words(world: World, who: str) -> None:
    harmless: list[Shown] = []
    for words in (HARMLESS, *CANARIES):
        seen = [shown async for shown in ask_oddly(world, world.browsers[who], words)]
        harmless = harmless or seen
        refuse(seen, harmless, words)


async def test_every_page_is_swept(world: World) -> None:
    """Those left are shown to odd requests, by faults or by settings."""
    seen = {
        name for browser in world.browsers.values() for shown in await crawl(world, browser) for name in shown.names
    }
    all_pages = {page.removesuffix(".html") for page in templating.environment().list_templates(extensions=["html"])}
    pages = {page.replace("/", ".") for page in all_pages if not page.startswith(PIECES)}

    assert pages - seen == {f"errors.{status}" for status in (400, 403, 404, 405, 413, 422, 429, 500, 503)} | {
        "errors._again",
        "errors._onward",
        "signup.closed",
    }


async def test_every_text_of_the_database_is_sown(world: World) -> None:
    """The database itself refuses other words in these; a column that is added is sown or listed."""
    refused = {"MailboxProofs.purpose", "Outbox.status", "BuiltInRoles.kind"}
    assert await sow(HARMLESS) == refused


@pytest.mark.parametrize("kind", KINDS)
async def test_words_in_a_mail_stay_words(mailbox: Mailbox, kind: str) -> None:
    """Through the outbox, as the worker does it; the form of one mail of harmless words is that of all."""
    found = {}
    for number, words in enumerate([HARMLESS, *CANARIES]):
        address = f"{number}@zebra.test"
        await send(kind, address, secret=SAMPLES[kind][1], **typed(kind, words))
        assert await mailbox.count() > number
        kept = await db.one('SELECT * FROM "DevMails" WHERE "recipient" = $1', address)
        assert kept is not None
        html = kept["html"].replace(address, "")
        found[words] = Elements(html)
        assert found[words].shape == found[HARMLESS].shape, words
        everything = kept["text"] + html + kept["subject"]
        assert not [bad for bad in (RESULT, "\u202e", "\r", "//evil") if bad in everything], words
        assert kept["subject"].isprintable()
        assert kept["headers"].keys() == HEADERS, words


@pytest.mark.parametrize("canary", CANARIES, ids=range(len(CANARIES)))
def test_words_in_a_mail_end_no_header(canary: str) -> None:
    """As a mail server reads it."""
    for kind in KINDS:
        written = compose(letter(kind, **typed(kind, canary)), to="mia@acme.test", message_id="<1@x>", written=NEVER)
        read = message_from_bytes(written.as_bytes(), policy=policy.default)
        assert set(read.keys()) == HEADERS
        assert "evil" not in "".join(str(value) for value in read.values())
