"""Secrets stay where they belong: after a walk through the whole entrance they are looked for in every row of every
table, every page and header, and every line of the log (security, harness 8).
"""

import base64
import hashlib
import importlib
import inspect
import logging
import pkgutil
import re
from collections.abc import Iterator
from typing import Any, get_type_hints

import httpx
import pytest
from litestar import Litestar

import app as package
from app import db
from app.users.sessions import actions as sessions
from tests.cast import PASSWORD, Cast
from tests.dom import Elements
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

ZOE = "zoe@zebra.test"
NEW = "amber-window-thistle"
CHOSEN = "copper-meadow-sextant"
WRONG = "wrong-harbour-lantern"

# Where a kind of secret may be found: in the mail that was delivered, and in the page of its own link.
DECLARED = {
    "link": {"DevMails", "signup.confirm", "recover.confirm", "recover.unlock"},
    "code": {"DevMails"},
}
COOKIES = ("session", "device", "browser")
TOKEN = "token of a form"
TOKENS = re.compile(r'name="csrf_token" value="([^"]+)"')
LINK = re.compile(r"token=([\w-]{20,})")
CODE = re.compile(r"\b(\d{3}) (\d{3})\b")


class Walk:
    """Browsers whose answers are kept, and every secret that they and the mailboxes got."""

    def __init__(self, app: Litestar, mailbox: Mailbox) -> None:
        self.app = app
        self.mailbox = mailbox
        self.answers: list[httpx.Response] = []
        self.secrets: dict[str, set[str]] = {kind: set() for kind in (*COOKIES, "link", "code", "password", TOKEN)}
        self.found: set[tuple[str, str]] = set()

    def browser(self, ip: str) -> Browser:
        browser = Browser(self.app, ip=ip)
        browser.http.event_hooks = {"response": [self._note]}
        return browser

    async def mails(self) -> None:
        """Looks for plain secrets while mails are on their way, delivers them, and notes what they hold."""
        waiting = await dump()
        for mail in await self.mailbox.all():
            self.secrets["link"] |= set(LINK.findall(mail.text))
            self.secrets["code"] |= {"".join(pair) for pair in CODE.findall(mail.text)}
        self._look(waiting)

    async def look_everywhere(self, lines: list[str]) -> None:
        self._look(await dump())
        for answer in self.answers:
            names = Elements(answer.text).values("data-page") if "html" in answer.headers["content-type"] else []
            headers = {k: v for k, v in answer.headers.items() if k != "set-cookie"}
            self._look({"".join(names) or "an answer": answer.text, "a header": str(headers)})
        self._look({"the log": "\n".join(lines)})

    def _look(self, places: dict[str, str]) -> None:
        for kind, secrets in self.secrets.items():
            for place, text in places.items():
                if any(holds(text, secret, kind) for secret in secrets):
                    self.found.add((kind, place))

    async def _note(self, answer: httpx.Response) -> None:
        await answer.aread()
        self.answers.append(answer)
        self.secrets[TOKEN] |= set(TOKENS.findall(answer.text))
        for header in answer.headers.get_list("set-cookie"):
            name, _equals, rest = header.partition("=")
            if name in COOKIES and not rest.startswith(";"):
                self.secrets[name].add(rest.partition(";")[0])


def holds(text: str, secret: str, kind: str) -> bool:
    """Whether the text has the secret as it is, in hex or base64; short ones also as the hash that anyone can try."""
    raw = secret.encode()
    forms = [raw.hex(), base64.b64encode(raw).decode().rstrip("=")]
    if kind in {"code", "password"}:
        forms += [hashlib.new(how, raw).hexdigest() for how in ("md5", "sha1", "sha256")]
    # Six digits are also a part of some moment or number: the code counts where it stands by itself.
    alone = rf"(?<![\w.]){secret[:3]}(\s|<[^<>]*>)*{secret[3:]}(?!\w)"
    plain = re.search(alone, text) if kind == "code" else secret in text
    return bool(plain) or any(form in text for form in forms)


async def dump() -> dict[str, str]:
    """Every row of every table as text."""
    tables = await db.rows("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
    dumped = {}
    for table in tables:
        rows = await db.rows(f"SELECT t::text AS row FROM {table['name']} t")  # noqa: S608 - names from the catalog
        dumped[table["name"].strip('"')] = "\n".join(row["row"] for row in rows)
    return dumped


async def sign_up(walk: Walk, browser: Browser) -> None:
    await browser.open("/signup")
    await browser.submit("/signup", name="Zoe", email=ZOE)
    await walk.mails()
    await browser.submit("/signup/verify", code="nonsense")
    await browser.submit("/signup/verify", code=await walk.mailbox.code(ZOE))
    await browser.submit("/signup/finish", password="zoe-portico")
    await browser.submit("/signup/finish", password=CHOSEN)
    assert browser.name == "account.home"
    await browser.submit("/logout")


async def sign_up_by_link(walk: Walk, browser: Browser) -> None:
    await browser.open("/signup")
    await browser.submit("/signup", name="Zack", email="zack@zebra.test")
    await walk.mails()
    await browser.open(await walk.mailbox.link("zack@zebra.test"))
    await browser.submit("/signup/verify/link")
    assert browser.name == "signup.finish"


async def sign_in_by_code(walk: Walk, browser: Browser) -> None:
    await browser.open("/login/code")
    await browser.submit("/login/code", email=Cast.mia)
    await walk.mails()
    await browser.submit("/login/code/enter", code=await walk.mailbox.code(Cast.mia))
    assert browser.name == "account.home"
    await browser.submit("/logout")


async def recover(walk: Walk, browser: Browser) -> None:
    await browser.open("/recover")
    await browser.submit("/recover", email=Cast.mia)
    await walk.mails()
    link = await walk.mailbox.link(Cast.mia)
    await browser.open(link)
    await browser.submit("/recover/reset/link")
    await browser.submit("/recover/reset", new_password=WRONG[:5])
    await browser.submit("/recover/reset", new_password=NEW)
    await browser.submit("/login", email=Cast.mia, password=NEW)
    assert browser.name == "recover.review"
    await browser.open(link)
    assert browser.page.status_code == 410


async def be_locked_out(walk: Walk, browser: Browser) -> None:
    for _try in range(10):
        await browser.open("/login")
        await browser.submit("/login", email=Cast.adam, password=WRONG)
    await walk.mails()
    link = await walk.mailbox.link(Cast.adam)
    await browser.open(link)
    await browser.submit("/recover/unlock")
    await browser.submit("/login", email=Cast.adam, password=PASSWORD)
    assert browser.name == "recover.review"
    await browser.open(link)


async def meet_a_fault(_walk: Walk, browser: Browser) -> None:
    """A traceback shows the lines of the code, never the values in them."""

    async def broken(*_arguments: object, **named: object) -> None:
        raise RuntimeError("broken")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "record", broken)
        await browser.open("/login")
        await browser.submit("/login", email=Cast.olga, password=PASSWORD)
    assert browser.page.status_code == 500


WALKS = (sign_up, sign_up_by_link, sign_in_by_code, recover, be_locked_out, meet_a_fault)


async def test_secrets_are_found_where_they_belong_and_nowhere_else(
    app: Litestar, cast: Cast, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    walk = Walk(app, mailbox)
    walk.secrets["password"] |= {PASSWORD, NEW, CHOSEN, WRONG, "zoe-portico"}
    with caplog.at_level(logging.DEBUG):
        for number, part in enumerate(WALKS):
            await part(walk, walk.browser(f"203.0.113.{number}"))
    # The test's own browser logs addresses; a browser does.
    lines = [logging.Formatter().format(record) + str(vars(record)) for record in caplog.records]
    ours = [line for record, line in zip(caplog.records, lines, strict=True) if not record.name.startswith("httpx")]
    assert any("POST /login 500" in line for line in ours)
    assert {kind: len(found) >= 2 for kind, found in walk.secrets.items()} == dict.fromkeys(walk.secrets, True)

    await walk.look_everywhere(ours)

    in_pages = {(kind, place) for kind, place in walk.found if kind == TOKEN and "." in place}
    assert walk.found - in_pages == {(kind, place) for kind, places in DECLARED.items() for place in places}


async def test_an_outbox_keeps_no_secret_of_a_mail_that_is_over(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    browser = Browser(app)
    for path, email in (("/login/code", cast.mia), ("/recover", cast.mia), ("/recover", "nobody@acme.test")):
        await db.execute('DELETE FROM "RateLimits"')
        await browser.open(path)
        await browser.submit(path, email=email)
    kept = 'SELECT count(*) FROM "Outbox" WHERE "secret" IS NOT NULL'
    assert await db.value(kept) == 2

    await mailbox.all()

    assert await db.value(kept) == 0


SECRET = re.compile(r"(^|_)(secrets?|password|token|plain|code|cookies?|session|device|browser|keys?|url)$")
NO_SECRETS = {
    ("Mail", "secret"),  # sealed
    ("Asset", "plain"),  # a file that is not packed
    ("Place", "code"),  # of a country
    ("SignInLine", "device"),  # its name in words
    ("Made", "public_key"), ("Known", "public_key"),
    ("Site", "base_url"), ("Site", "terms_url"), ("Site", "privacy_url"), ("Site", "support_url"),
    ("Settings", "base_url"),
    ("Member", "sort_key"), ("Order", "key"),  # what a list is sorted by
}  # fmt: skip


def holders() -> Iterator[tuple[type, list[str]]]:
    """Every class of plain fields in the app that holds a secret, by the name and type of a field."""
    for module in pkgutil.walk_packages(package.__path__, "app."):
        if module.name == "app.__main__":
            continue
        for _name, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if found.__module__ != module.name or not hasattr(found, "_fields" if issubclass(found, tuple) else FIELDS):
                continue
            secret = [name for name, kind in get_type_hints(found).items() if is_secret(found.__name__, name, kind)]
            if secret:
                yield found, secret


FIELDS = "__struct_fields__"


def is_secret(holder: str, name: str, kind: object) -> bool:
    texts = re.search(r"\b(str|bytes)\b", str(kind)) and "ClassVar" not in str(kind)
    return bool(texts and SECRET.search(name) and (holder, name) not in NO_SECRETS)


HOLDERS = list(holders())


def test_the_holders_of_secrets_are_found() -> None:
    assert {holder.__name__ for holder, _secret in HOLDERS} >= {"Started", "Token", "Attempt", "Visitor", "Settings"}


@pytest.mark.parametrize(("holder", "secret"), HOLDERS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_holder_of_secrets_does_not_show_them(holder: Any, secret: list[str]) -> None:
    """Whatever is written to a log by mistake, such as f"{started}", tells nothing."""
    fields = getattr(holder, "_fields", None) or getattr(holder, FIELDS)
    held = holder(**{field: "CANARY" if field in secret else None for field in fields})

    for shown in (repr(held), str(held), f"{held}", f"{[held]}", f"{held!s}"):
        assert "CANARY" not in shown


def test_the_search_finds_each_form_of_a_secret() -> None:
    assert holds("a \\x" + b"amber-window".hex(), "amber-window", "session")
    assert holds(base64.b64encode(b"amber-window").decode(), "amber-window", "session")
    assert holds(hashlib.sha256(b"123456").hexdigest(), "123456", "code")
    assert holds("('123456',)", "123456", "code")
    assert not holds("2026-01-01 00:00:00.123456", "123456", "code")
