"""What people typed stays words: sown into every text of the database, then into every form, address, cookie and
mail, it makes no element and no attribute, is no template, and ends no header (security 9.29).
"""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from urllib.parse import quote

import httpx
import pytest

from app import db
from app.config import ROOT, settings
from app.mail.message import compose
from app.mail.outbox import send
from app.web import templating
from app.web.paging import PARAMETER
from tests.canary_world import WALKS, Seat, World, oidc, world
from tests.database import undone
from tests.dom import Elements
from tests.mail.samples import KINDS, SAMPLES, letter, typed
from tests.mailbox import Mailbox
from tests.sowing import choices, sow
from tests.visitor import Browser, Document, Values

__all__ = ["oidc", "world"]

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
    | {"to", "state", "code", "error", "iss"}
)
UNSEEN = {"token", "next", "form_age", "kept", "offer", "level"}
"""What a form carries without showing it."""
PIECES = ("components/", "emails/", "layouts/")
COOKIES = ("session", "device", "browser", "method", "method2", "half", "flash")
EXPECTED = {200, 303, 403, 404, 410, 422}

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Language",
    "Auto-Submitted", "X-Auto-Response-Suppress",
}  # fmt: skip
DELIVERABLE = """UPDATE "Users" SET "email" = "id" || '@zebra.test'"""
"""Acts send mail, which goes to an address and to nothing else."""
NEVER = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the database holds it


class Shown:
    """One answer with what was asked for, and its elements; what is no page, such as JSON, has none."""

    def __init__(self, asked: str, answer: httpx.Response) -> None:
        self.asked = asked
        self.answer = answer
        self.page = Elements(answer.text if "html" in answer.headers.get("content-type", "") else "")
        self.shape = self.page.shape
        self.names = self.page.values("data-page")


async def crawl(seat: Seat) -> list[Shown]:
    """Every page that this browser reaches from where its walk begins."""
    waiting = list(seat.paths)
    seen: list[Shown] = []
    asked: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        if path in asked or path.startswith("/static/"):
            continue
        asked.add(path)
        with seat.browser.forgetting():
            seen.append(Shown(path, await seat.browser.open(path)))
        if seat.onward:
            waiting += [link for link in seen[-1].page.values("href") if link.startswith("/")]
    for action, fields in seat.sent:
        token = Document(seen[0].answer.text).form("/logout")[1]["csrf_token"]
        with seat.browser.forgetting():
            async with undone():
                await db.execute(DELIVERABLE)
                seen += await send_form(seat.browser, action, fields | {"csrf_token": token})
    return seen


def forms(pages: list[Shown]) -> list[tuple[str, Values]]:
    """Each form once, however many pages it stands on."""
    found: dict[tuple[str, ...], tuple[str, Values]] = {}
    for page in pages:
        for given, fields in Document(page.answer.text).forms if page.names else ():
            if given.get("method") == "post":
                action = str(given.get("action"))
                found.setdefault((action, *sorted(fields)), (action, fields))
    return list(found.values())


async def fill_in_all(
    browser: Browser, found: list[tuple[str, Values]], words: str | None = None
) -> AsyncIterator[Shown]:
    """Sends the forms with the words in every field, then in what they carry unseen; or as they stand."""
    for action, fields in found:
        for sent in filled_in(fields, words):
            with browser.forgetting():
                async with undone():
                    answers = await send_form(browser, action, sent)
            for shown in answers:
                yield shown


def filled_in(fields: Values, words: str | None) -> list[Values]:
    """A form without anything unseen gets where to go afterwards, as each may have it."""
    if words is None:
        return [fields]
    unseen = UNSEEN.intersection(fields)
    tampered = (set(fields) - unseen, unseen) if unseen else ({*fields, "next"},)
    return [fields | dict.fromkeys(names - {"csrf_token", "website"}, words) for names in tampered]


async def send_form(browser: Browser, action: str, sent: Values) -> list[Shown]:
    """The answer, the pages it leads to, and the form that was kept until the next proof, if it was."""
    seen = [Shown(f"POST {action}", await browser.http.post(action, data=sent))]
    while seen[-1].answer.is_redirect and len(seen) < 5 and not list(faults(seen[-1])):
        onward = seen[-1].answer.headers["location"]
        seen.append(Shown(f"{onward}, after POST {action}", await browser.http.get(onward)))
    kept = seen[-1].answer.url.params.get("next", "")
    if kept.startswith("/kept/"):
        seen.append(Shown(f"{kept}, after POST {action}", await browser.http.get(kept)))
    return seen


async def ask_oddly(seat: Seat, words: str) -> AsyncIterator[Shown]:
    """The words in every query, in the path, in every cookie and in the headers that are read."""
    browser = seat.browser
    query = "&".join(f"{name}={quote(start + words)}" for name in QUERIES for start in ("", "/"))
    plain = " ".join(words.encode("ascii", "replace").decode().split())
    dressed = dict.fromkeys(("user-agent", "accept-language", "x-forwarded-for", "referer"), plain)
    dressed["cookie"] = "; ".join(f"{name}={plain}" for name in COOKIES)
    asked: list[tuple[str, dict[str, str]]] = [(f"/{quote(words)}", {}), (f"/dev/mail/{quote(words)}", {})]
    asked.append((f"/links/{quote(words)}", {}))
    for path in (path for path in seat.paths if not path.startswith("/static/") and "?" not in path):
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


def refuse(world: World, answers: list[Shown], harmless: list[Shown], words: str) -> None:
    """Fails if the words did anything that harmless ones did not do."""
    assert not [(shown.asked, fault) for shown in answers for fault in faults(shown)], words
    codes = {(shown.asked, shown.answer.status_code) for shown in answers}
    odd = {each for each in codes if each[1] not in EXPECTED and (each[1] != 400 or each[0] not in world.scripted)}
    assert not odd, words
    new = parts(answers) - parts(harmless)
    assert not new, words


@pytest.fixture(params=WALKS, ids="-".join)
def seats(request: pytest.FixtureRequest, world: World) -> list[Seat]:
    return [world.seats[name] for name in request.param]


async def test_words_in_the_database_stay_words(world: World, seats: list[Seat]) -> None:
    """On every page, and on what each of its buttons leads to."""
    for seat in seats:
        harmless: list[Shown] = []
        pressed_harmless: list[Shown] = []
        for words in (HARMLESS, *CANARIES):
            async with undone():
                await sow(words)
                seen = await crawl(seat)
                await db.execute(DELIVERABLE)
                pressed = [shown async for shown in fill_in_all(seat.browser, forms(seen))]
            harmless, pressed_harmless = harmless or seen, pressed_harmless or pressed
            refuse(world, seen, harmless, words)
            refuse(world, pressed, pressed_harmless, words)
            changed = [one.asked for one, other in zip(seen, harmless, strict=True) if one.shape != other.shape]
            assert not changed, words
        assert any(HARMLESS in shown.page.text for shown in harmless)


async def test_words_in_forms_stay_words(world: World, seats: list[Seat]) -> None:
    refused = False
    for seat in seats:
        browser, found = seat.browser, forms(await crawl(seat))
        harmless = [shown for words in (HARMLESS, *REFUSED) async for shown in fill_in_all(browser, found, words)]
        refused = refused or 422 in {shown.answer.status_code for shown in harmless}
        for words in CANARIES:
            refuse(world, [shown async for shown in fill_in_all(browser, found, words)], harmless, words)
    assert refused


async def test_words_in_addresses_cookies_and_headers_stay_words(world: World, seats: list[Seat]) -> None:
    for seat in seats:
        harmless: list[Shown] = []
        for words in (HARMLESS, *CANARIES):
            seen = [shown async for shown in ask_oddly(seat, words)]
            harmless = harmless or seen
            refuse(world, seen, harmless, words)


async def test_every_page_is_swept(world: World) -> None:
    """Those left are shown to odd requests, by faults or by settings."""
    seen: set[str] = set()
    for seat in world.seats.values():
        pages = await crawl(seat)
        pages += [shown async for shown in fill_in_all(seat.browser, forms(pages))]
        seen.update(name for shown in pages for name in shown.names)
    all_pages = {page.removesuffix(".html") for page in templating.environment().list_templates(extensions=["html"])}
    pieces = {page for page in all_pages if page.startswith(PIECES) or "/_" in page}

    assert {page.replace("/", ".") for page in all_pages - pieces} - seen == {
        *(f"errors.{status}" for status in (405, 413, 422, 429, 500, 503)),
        "signup.closed",
    }


async def test_every_text_of_the_database_is_sown(world: World) -> None:
    """But where the database itself allows a few words of ours and no other."""
    assert await sow(HARMLESS) == await choices()


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
