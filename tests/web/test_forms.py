"""What may stand in a form, and that a refusal keeps what was typed."""

from urllib.parse import urlencode

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.visitor import Browser
from tests.web.wire import FORM, Answer, ask, refused_files

pytestmark = pytest.mark.anyio

ZOE = "zoe@zebra.test"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    browser = Browser(app)
    await browser.open("/signup")
    return browser


async def raw(
    app: Litestar, visitor: Browser, body: bytes, content: str = FORM[1], path: str = "/signup", **headers: str
) -> Answer:
    """A body byte for byte, the token of the page in the header."""
    token = visitor.document.form()[1]["csrf_token"]
    sent = [
        ("cookie", f"browser={visitor.cookie('browser')}"),
        ("x-csrf-token", str(token)),
        ("content-type", content),
        *headers.items(),
    ]
    return await ask(app, path, method="POST", headers=sent, body=body)


def encoded(visitor: Browser, *fields: tuple[str, str], name: str = "Zoe", email: str = ZOE) -> bytes:
    age = str(visitor.document.form("/signup")[1]["form_age"])
    return urlencode([("name", name), ("email", email), ("form_age", age), *fields]).encode()


async def accounts() -> int:
    return int(await db.value('SELECT count(*) FROM "Users" WHERE "email" LIKE \'%zebra.test\''))


async def test_a_form_of_bytes_works_as_that_of_a_browser(app: Litestar, visitor: Browser) -> None:
    assert (await raw(app, visitor, encoded(visitor))).status == 303
    assert await accounts() == 1


@pytest.mark.parametrize(
    "field",
    [
        ("email", "evil@evil.test"),
        ("email", ZOE),
        ("name", "Eve"),
        ("roles[]", "owner"),
        ("role", "owner"),
        ("email[]", "evil@evil.test"),
        ("email.x", "1"),
        ("status", "active"),
        ("emailVerified", "true"),
        ("__class__", "x"),
        ("id", "1"),
        ("_method", "PUT"),
        ("", "x"),
    ],
)
async def test_a_field_too_many_is_refused(
    app: Litestar, visitor: Browser, mailbox: Mailbox, field: tuple[str, str]
) -> None:
    assert (await raw(app, visitor, encoded(visitor, field))).status == 422
    assert await accounts() == 0
    assert await mailbox.count() == 0

    assert (await raw(app, visitor, encoded(visitor))).status == 303


@pytest.mark.parametrize(
    "email",
    [
        "mia@acme.test,evil@evil.test",
        "mia@acme.test evil@evil.test",
        "mia@acme.test\r\nBcc: evil@evil.test",
        "mia@acme.test\0@evil.test",
        '"mia@acme.test"@evil.test',
        "mia＠acme.test",
        "mia@acme.test@evil.test",
        "<mia@acme.test>",
        "mia@acme.test;evil@evil.test",
        "mia@evil.test\x1b[2J",
        "mia@acme\u2028.test",
        "@",
        "mia@",
        "@acme.test",
        "mia@acme",
        "mia@[127.0.0.1]",
        "mia@127.0.0.1",
    ],
)
@pytest.mark.parametrize("path", ["/signup", "/recover", "/login/code"])
async def test_what_is_not_one_address_gets_no_mail(visitor: Browser, mailbox: Mailbox, path: str, email: str) -> None:
    await visitor.open(path)
    await visitor.submit(path, email=email, **({"name": "Zoe"} if path == "/signup" else {}))

    assert not [mail for mail in await mailbox.all() if "evil" in mail.to]
    if "＠" not in email:
        assert visitor.page.status_code == 422
        assert await mailbox.count() == 0


@pytest.mark.parametrize(
    "name", ["Zoe\0", "Zoe\r\nBcc: x", "\x1b[31mZoe", "Zo\u2028e", "Zoe\u202e", "\u200b", "Z" * 101]
)
async def test_a_name_with_what_nobody_types_is_refused(visitor: Browser, name: str) -> None:
    await visitor.submit("/signup", name=name, email=ZOE)

    assert visitor.page.status_code == 422
    assert visitor.document.invalid == ["name"]
    assert visitor.document.form("/signup")[1]["email"] == ZOE
    assert await accounts() == 0


@pytest.mark.parametrize(
    ("name", "email", "wrong"), [("", ZOE, ["name"]), ("Zoe", "", ["email"]), ("", "", ["name", "email"])]
)
async def test_an_empty_field_is_named_and_the_rest_kept(
    visitor: Browser, name: str, email: str, wrong: list[str]
) -> None:
    await visitor.submit("/signup", name=name, email=email)

    assert visitor.page.status_code == 422
    assert visitor.document.invalid == wrong
    kept = visitor.document.form("/signup")[1]
    assert (kept["name"], kept["email"]) == (name, email)


async def test_a_missing_field_is_an_empty_one(visitor: Browser) -> None:
    await visitor.submit("/signup", name="Zoe", email=None)

    assert visitor.page.status_code == 422
    assert visitor.document.invalid == ["email"]


async def test_what_is_kept_is_text_and_no_markup(visitor: Browser) -> None:
    canary = '"><script src=//evil.test></script><b hx-get=/x onload=x>'
    await visitor.submit("/signup", name=canary, email=canary)

    assert visitor.page.status_code == 422
    assert visitor.document.form("/signup")[1]["name"] == canary
    assert "<script src=//evil" not in visitor.page.text
    assert "<b hx-get" not in visitor.page.text


async def test_a_password_never_comes_back(visitor: Browser, mailbox: Mailbox) -> None:
    secret = "short-œ-7"
    await visitor.open("/login")
    await visitor.submit("/login", email="mia@acme.test", password=secret)
    assert visitor.page.status_code == 422
    assert secret not in visitor.page.text
    await visitor.submit("/login", email="", password=secret)
    assert secret not in visitor.page.text

    await visitor.open("/signup")
    await visitor.submit("/signup", name="Zoe", email=ZOE)
    await visitor.submit("/signup/verify", code=await mailbox.code(ZOE))
    await visitor.submit("/signup/finish", password=secret)
    assert visitor.page.status_code == 422
    assert secret not in visitor.page.text


async def test_a_file_where_a_text_belongs_is_refused(app: Litestar, visitor: Browser) -> None:
    fields = {name: value for name, value in visitor.document.form("/signup")[1].items() if name != "email"}
    with refused_files():
        answer = await visitor.http.post("/signup", data=fields, files={"email": ("a.txt", ZOE.encode())})

    assert answer.status_code == 422
    assert await accounts() == 0


async def test_a_form_in_parts_is_read_like_any_other(visitor: Browser) -> None:
    fields = visitor.document.form("/signup")[1] | {"name": "Zoe", "email": ZOE}
    parts = {name: (None, str(value)) for name, value in fields.items()}
    answer = await visitor.http.post("/signup", files=parts)

    assert answer.status_code == 303
    assert await accounts() == 1


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("application/json", b'{"name":"Zoe","email":["zoe@zebra.test","evil@evil.test"]}'),
        ("application/json", b"{" * 5000),
        ("text/plain", b"name=Zoe&email=zoe@zebra.test"),
        ("application/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        ("application/x-msgpack", b"\x82"),
        ("", b"name=Zoe&email=zoe@zebra.test"),
        ("multipart/form-data", b"--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=", b"--\r\n\r\n----"),
        ("multipart/form-data; boundary=x", b"not in parts at all"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno disposition\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\ncut off'),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 1200 + b"--x--",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: a/b; charset=x\r\n\r\n\xff\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n{\r\n--x--\r\n',
        ),
        ("application/x-www-form-urlencoded; charset=no-such", b"name=Zoe"),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00&&==&%&%zz&=&name"),
        ("application/x-www-form-urlencoded", b"name=%ED%A0%80&email=%00"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(6000))),
        ("application/x-www-form-urlencoded", b""),
        (FORM[1] + ", application/json", b"name=Zoe"),
    ],
)
async def test_a_body_of_any_other_kind_changes_nothing_and_breaks_nothing(
    app: Litestar, visitor: Browser, content: str, body: bytes
) -> None:
    with refused_files():
        answer = await raw(app, visitor, body, content)

    assert answer.status in {400, 403, 413, 422}, answer.status
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert b"Traceback" not in answer.body
    assert await accounts() == 0


async def test_a_body_larger_than_a_form_is_refused_before_it_is_read(app: Litestar, visitor: Browser) -> None:
    room = 64 * 1024
    longest = encoded(visitor)
    longest += b"&next=" + b"x" * (room - len(longest) - 6)
    assert len(longest) == room

    assert (await raw(app, visitor, longest + b"x")).status == 413
    assert (await raw(app, visitor, b"", **{"content-length": str(room + 1)})).status == 413
    assert (await raw(app, visitor, longest + b"x", "multipart/form-data; boundary=x")).status == 413
    assert await accounts() == 0

    assert (await raw(app, visitor, longest)).status == 303


@pytest.mark.parametrize("length", ["-1", "x", "1e3", " 5", "99999999999999999999"])
async def test_a_false_length_breaks_nothing(app: Litestar, visitor: Browser, length: str) -> None:
    answer = await raw(app, visitor, encoded(visitor), **{"content-length": length})

    assert answer.status in {303, 400, 413}


async def test_a_trap_that_was_filled_in_is_a_program(visitor: Browser) -> None:
    await visitor.submit("/signup", name="Zoe", email=ZOE, website="https://spam.test")
    assert visitor.page.status_code == 422
    assert await accounts() == 0

    await visitor.submit("/signup", name="Zoe", email=ZOE, website="")
    assert visitor.name == "signup.verify"


@pytest.mark.parametrize("age", ["", "00" * 24, "zz", "ff" * 24, "7f" * 8, "é", "00" * 8 + "aa" * 400])
async def test_a_form_without_an_age_of_ours_is_sent_again(visitor: Browser, age: str) -> None:
    await visitor.submit("/signup", name="Zoe", email=ZOE, form_age=age)
    assert visitor.page.status_code == 422
    assert await accounts() == 0

    await visitor.submit("/signup")
    assert visitor.name == "signup.verify"


async def test_outside_development_nobody_types_in_no_time(visitor: Browser) -> None:
    configured(environment="staging")
    await visitor.submit("/signup", name="Zoe", email=ZOE)

    assert visitor.page.status_code == 422
    assert visitor.document.form("/signup")[1]["email"] == ZOE
    assert await accounts() == 0


@pytest.mark.parametrize(
    "code", ["１２３４５６", "٣٤٥٦٧٨", "12345", "1234567", "12345a", "-12345", "1e5000", "0x1234", "12 34 5"]
)
async def test_a_code_is_six_plain_digits(visitor: Browser, mailbox: Mailbox, code: str) -> None:
    await visitor.submit("/signup", name="Zoe", email=ZOE)
    right = await mailbox.code(ZOE)
    await visitor.submit("/signup/verify", code=code)
    assert visitor.page.status_code == 422
    assert await db.value('SELECT max("attempts") FROM "MailboxProofs"') == 0

    await visitor.submit("/signup/verify", code=f" {right[:3]}-{right[3:]} ")
    assert visitor.name == "signup.finish"


async def test_a_password_of_any_characters_is_kept_as_typed(app: Litestar, visitor: Browser, cast: Cast) -> None:
    await visitor.open("/login")
    for password in ("a\0b", "x" * 257):
        await visitor.submit("/login", email=cast.mia, password=password)
        assert visitor.document.invalid == ["password"]
    assert await db.value('SELECT "failedLoginAttempts" FROM "Users" WHERE "email" = $1', cast.mia) == 0

    await visitor.submit("/login", email=cast.mia, password=PASSWORD)
    assert visitor.name == "account.home"
