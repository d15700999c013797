"""No text escapes translation: in a made-up language every one of ours stands in brackets, and what is left is data."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from litestar import Litestar

from app import i18n
from app.web import templating
from tests.cast import PASSWORD, Cast
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

SPOKEN = {
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "data-done",
    "data-short",
    "data-fair",
    "data-good",
    "data-strong",
}
# Names, addresses and times are data. The product's own name is one too.
DATA = re.compile(
    r"[\w.+-]+@[\w.-]+|https?://\S+|/\S*token=\S+|Portico|Zoe Zander|Mia Müller|Olga Olsen|Acme|acme|Owner|Member"
    r"|\bZZ\b|Firefox( · \w+)?|\d+ \w{3} \d{4}, \d\d:\d\d|\d\d:\d\d:\d\d \w+"
    r"|\b(UTC|Coordinated Universal Time|November)\b"
)


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(i18n, "LANGUAGES", (i18n.PSEUDO,))
    i18n.negotiate.cache_clear()
    yield
    i18n.negotiate.cache_clear()
    templating.forget()


class Spoken(HTMLParser):
    """Everything of a page that is read or read out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.texts += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


def escaped(text: str) -> list[str]:
    """The words outside brackets that are no data."""
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = shorter
    return re.findall(r"[^\W\d_]{2,}", DATA.sub(" ", text))


def check(browser: Browser) -> None:
    assert not escaped(" ".join(Spoken(browser.page.text).texts)), (browser.name, browser.path)


@pytest.mark.usefixtures("pseudo")
async def test_every_text_of_every_page_is_translated(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    visitor = Browser(app)
    for path in (
        "/",
        "/login",
        "/signup",
        "/login/code",
        "/recover",
        "/nowhere",
        "/signup/verify?token=x",
        "/dev/mail",
    ):
        await visitor.open(path)
        check(visitor)
    await visitor.open("/signup")
    for sent in (
        {"name": "", "email": ""},
        {"name": "Zoe Zander", "email": "no"},
        {"name": "Zoe Zander", "email": "zoe@zebra.test"},
    ):
        await visitor.submit("/signup", **sent)
        check(visitor)
    await visitor.submit("/signup/verify", code="nonsense")
    check(visitor)
    await visitor.submit("/signup/verify", code=await mailbox.code("zoe@zebra.test"))
    check(visitor)
    for password in ("", "short", "passwordpassword", PASSWORD):
        await visitor.submit("/signup/finish", password=password)
        check(visitor)
    await visitor.open("/logout")
    check(visitor)
    await visitor.submit("/logout")
    check(visitor)


@pytest.mark.usefixtures("pseudo")
async def test_every_text_on_the_ways_back_in_is_translated(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    visitor = Browser(app)
    await visitor.open("/recover")
    await visitor.submit("/recover", email=cast.mia)
    check(visitor)
    await visitor.open(await mailbox.link(cast.mia))
    check(visitor)
    await visitor.submit("/recover/reset/link")
    check(visitor)
    await visitor.submit("/recover/reset", new_password="amber-window-thistle")
    check(visitor)
    for _try in range(12):
        await visitor.open("/login")
        await visitor.submit("/login", email=cast.mia, password="wrong-wrong-wrong")
        check(visitor)
    await visitor.open(await mailbox.link(cast.mia))
    check(visitor)
    await visitor.submit("/recover/unlock")
    check(visitor)


@pytest.mark.usefixtures("pseudo")
async def test_every_text_of_every_mail_is_translated(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    monkey = Browser(app)
    await monkey.open("/signup")
    await monkey.submit("/signup", name="Zoe Zander", email="zoe@zebra.test")

    mail = await mailbox.newest("zoe@zebra.test")

    assert not escaped(mail.subject), mail.subject
    assert not escaped(mail.text), mail.text
    assert not escaped(" ".join(Spoken(mail.html).texts)), mail.html


def test_the_check_finds_a_text_that_escaped() -> None:
    assert escaped("⟦Sign in⟧ Forgotten ⟦as ⟦olga⟧⟧") == ["Forgotten"]
