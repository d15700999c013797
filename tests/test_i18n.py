"""No text escapes translation: in a made-up language every one of ours stands in brackets, and what is left is data."""

from collections.abc import Iterator

import pytest
from litestar import Litestar

from app import i18n
from app.web import templating
from tests.cast import PASSWORD, Cast
from tests.mail.samples import KINDS, letter
from tests.mailbox import Mailbox
from tests.spoken import Spoken, escaped
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(i18n, "LANGUAGES", (i18n.PSEUDO,))
    i18n.negotiate.cache_clear()
    yield
    i18n.negotiate.cache_clear()
    templating.forget()


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


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_every_mail_is_translated(kind: str) -> None:
    mail = letter(kind, language=i18n.PSEUDO)

    for text in (mail.subject, mail.text, " ".join(Spoken(mail.html).texts)):
        assert "⟦" in text
        assert not escaped(text), text


def test_the_check_finds_a_text_that_escaped() -> None:
    assert escaped("⟦Sign in⟧ Forgotten ⟦as ⟦olga⟧⟧") == ["Forgotten"]
