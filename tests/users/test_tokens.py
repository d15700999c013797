"""Every kind of secret at every place that takes one: only its own place accepts it (security 9.37)."""

from collections.abc import Awaitable, Callable
from itertools import chain, repeat
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from litestar import Litestar

from app import crypto, db
from tests.cast import PASSWORD, Cast
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

ZOE = "zoe@zebra.test"
CODES = {
    "sign-up code": "111111",
    "sign-in code": "222222",
    "recovery code": "333333",
    "code for a lost second step": "444444",
    "code for a fresh proof": "555555",
}


class World:
    """One secret of each kind, all alive. `asker` is the browser that asked for the mails, `home` one signed in,
    `bare` that of somebody who has nothing but a mailbox to prove anew with.
    """

    def __init__(self, app: Litestar) -> None:
        self.app = app
        self.asker = Browser(app)
        self.home = Browser(app)
        self.bare = Browser(app)
        self.secrets: dict[str, str] = dict(CODES)

    def stranger(self, **cookies: str) -> Browser:
        """A browser that never was here, with cookies as if it had been."""
        browser = Browser(self.app, ip="198.51.100.200")
        for name, value in cookies.items():
            browser.plant(name, value)
        return browser


@pytest.fixture
async def world(app: Litestar, cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(app)
    codes = chain(CODES.values(), repeat("666666"))
    monkeypatch.setattr(crypto, "new_code", lambda: next(codes))
    for path, more in (
        ("/signup", {"email": ZOE, "name": "Zoe"}),
        ("/login/code", {"email": cast.mia}),
        ("/recover", {"email": cast.mia}),
        ("/recover/second-factor", {"email": cast.adam}),
    ):
        await made.asker.open(path)
        await made.asker.submit(path, **more)
    await made.home.open("/login")
    await made.home.submit("/login", email=cast.olga, password=PASSWORD)
    await _ask_for_a_fresh_proof(made.bare, cast.nora)
    half = await _half_way(made, cast.eve)
    await db.execute(
        'UPDATE "Users" SET "failedLoginAttempts" = 9, "lastFailedLoginAt" = app_now() WHERE "email" = $1', cast.adam
    )
    guesser = made.stranger()
    await guesser.open("/login")
    await guesser.submit("/login", email=cast.adam, password="wrong-wrong-wrong")
    await db.execute(
        'UPDATE "Users" SET "accountLockedUntil" = app_now() + interval \'1 hour\' WHERE "email" = $1', cast.olga
    )
    made.secrets |= {
        "session": str(made.home.cookie("session")),
        "device": str(made.home.cookie("device")),
        "token of the session": _field(made.home, "csrf_token"),
        "verification link": _token(await mailbox.link(ZOE)),
        "reset link": _token(await mailbox.link(cast.mia)),
        "unlock link": _token(await mailbox.link(cast.adam)),
        "half-made sign-in": half,
        "link of a notice": (await mailbox.act(cast.olga)).removeprefix("/links/"),
        "message": await _message(made.asker),
        "browser": str(made.asker.cookie("browser")),
    }
    await made.asker.open("/signup")
    made.secrets |= {"token of the browser": _field(made.asker, "csrf_token"), "age": _field(made.asker, "form_age")}
    return made


async def _ask_for_a_fresh_proof(browser: Browser, email: str) -> None:
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)
    await db.execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', email)
    await db.execute('UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\'')
    await browser.open("/sudo")
    await browser.submit("/sudo/mail/send")


async def _half_way(world: World, email: str) -> str:
    """The cookie of somebody who has given the first step."""
    await db.execute(
        'UPDATE "Users" SET "twoFactorEnabled" = true, "twoFactorSecret" = \'sealed\' WHERE "email" = $1', email
    )
    browser = world.stranger()
    await browser.open("/login")
    await browser.submit("/login", email=email, password=PASSWORD)
    return str(browser.cookie("half"))


def _field(browser: Browser, name: str) -> str:
    return next(str(fields[name]) for _form, fields in browser.document.forms if name in fields)


def _token(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


async def _message(browser: Browser) -> str:
    """What a flash is carried in, before the next page takes it."""
    await browser.open("/signup/verify")
    form = browser.document.form("/signup/verify/resend")[1]
    await browser.http.post("/signup/verify/resend", data=form)
    return str(browser.cookie("flash"))


async def session_cookie(world: World, secret: str) -> bool:
    browser = world.stranger(session=secret)
    await browser.open("/")
    return browser.name == "account.home"


async def browser_cookie(world: World, secret: str) -> bool:
    browser = world.stranger(browser=secret)
    await browser.open("/signup/verify")
    return browser.name == "signup.verify"


async def device_cookie(world: World, secret: str) -> bool:
    """Olga is locked for strangers; a device of hers gets in."""
    browser = world.stranger(device=secret)
    await browser.open("/login")
    await browser.submit("/login", email=Cast.olga, password=PASSWORD)
    return browser.name == "account.home"


async def half_cookie(world: World, secret: str) -> bool:
    browser = world.stranger(half=secret)
    await browser.open("/login/second-factor")
    return browser.name == "login.second_factor"


async def notice_link(world: World, secret: str) -> bool:
    browser = world.stranger()
    browser.page = await browser.http.get(f"/links/{quote(secret, safe='')}")
    return browser.page.status_code == 200 and browser.name == "links.not_me"


async def notice_act(world: World, secret: str) -> bool:
    browser = world.stranger()
    await browser.open("/login")
    await browser.post(f"/links/{quote(secret, safe='')}")
    return browser.page.status_code == 200 and browser.name == "links.not_me_done"


async def fresh_proof(world: World, secret: str) -> bool:
    await world.bare.open("/logout")
    await world.bare.post("/sudo/mail", code=secret)
    return world.bare.page.status_code == 200 and world.bare.name == "account.home"


async def message_cookie(world: World, secret: str) -> bool:
    browser = world.stranger(flash=secret)
    await browser.open("/login")
    return "newest mail" in browser.document.text


async def csrf_field(world: World, secret: str) -> bool:
    return (await world.asker.http.post("/login/code", data={"csrf_token": secret})).status_code != 403


async def csrf_header(world: World, secret: str) -> bool:
    return (await world.asker.http.post("/login/code", headers={"x-csrf-token": secret})).status_code != 403


async def csrf_of_the_session(world: World, secret: str) -> bool:
    return (await world.home.http.post("/login/code", data={"csrf_token": secret})).status_code != 403


async def age_field(world: World, secret: str) -> bool:
    """Refused in any case; for the address only when the age was good."""
    await world.asker.open("/signup")
    await world.asker.submit("/signup", name="Zoe", email="no address", form_age=secret)
    return world.asker.document.invalid == ["email"]


def posted(path: str, then: str) -> Callable[[World, str], Awaitable[bool]]:
    async def works(world: World, secret: str) -> bool:
        browser = world.stranger()
        await browser.open("/login")
        await browser.post(path, token=secret)
        return browser.page.status_code == 200 and browser.name == then

    return works


def opened(path: str, then: str) -> Callable[[World, str], Awaitable[bool]]:
    async def works(world: World, secret: str) -> bool:
        browser = world.stranger()
        browser.page = await browser.http.get(path, params={"token": secret})
        return browser.page.status_code == 200 and browser.name == then

    return works


def entered(path: str, then: str) -> Callable[[World, str], Awaitable[bool]]:
    async def works(world: World, secret: str) -> bool:
        await world.asker.open("/login")
        await world.asker.post(path, code=secret)
        return world.asker.page.status_code == 200 and world.asker.name == then

    return works


# The place, how it is tried, and the one kind of secret that it takes.
PLACES = {
    "the session's cookie": (session_cookie, "session"),
    "the browser's cookie": (browser_cookie, "browser"),
    "the device's cookie": (device_cookie, "device"),
    "the message's cookie": (message_cookie, "message"),
    "the token of a form": (csrf_field, "token of the browser"),
    "the token in a header": (csrf_header, "token of the browser"),
    "the token of a signed-in form": (csrf_of_the_session, "token of the session"),
    "the cookie of a half-made sign-in": (half_cookie, "half-made sign-in"),
    "GET /links": (notice_link, "link of a notice"),
    "POST /links": (notice_act, "link of a notice"),
    "POST /sudo/mail": (fresh_proof, "code for a fresh proof"),
    "POST /recover/second-factor/code": (
        entered("/recover/second-factor/code", "recover.lost_nothing"),
        "code for a lost second step",
    ),
    "the age of a form": (age_field, "age"),
    "POST /signup/verify/link": (posted("/signup/verify/link", "signup.finish"), "verification link"),
    "POST /recover/reset/link": (posted("/recover/reset/link", "recover.reset"), "reset link"),
    "POST /recover/unlock": (posted("/recover/unlock", "login.index"), "unlock link"),
    "GET /signup/verify": (opened("/signup/verify", "signup.confirm"), "verification link"),
    "GET /recover/reset": (opened("/recover/reset", "recover.confirm"), "reset link"),
    "GET /recover/unlock": (opened("/recover/unlock", "recover.unlock"), "unlock link"),
    "POST /signup/verify": (entered("/signup/verify", "signup.finish"), "sign-up code"),
    "POST /login/code/enter": (entered("/login/code/enter", "account.home"), "sign-in code"),
    "POST /recover/sent": (entered("/recover/sent", "recover.reset"), "recovery code"),
}


async def test_every_kind_of_secret_has_its_place(world: World) -> None:
    assert {kind for _works, kind in PLACES.values()} == set(world.secrets)
    assert len(set(world.secrets.values())) == len(world.secrets)


@pytest.mark.parametrize("place", PLACES)
async def test_a_place_takes_its_own_kind_of_secret_and_no_other(world: World, place: str) -> None:
    works, own = PLACES[place]
    for kind, secret in world.secrets.items():
        if kind != own:
            await db.execute('DELETE FROM "RateLimits"')
            assert not await works(world, secret), f"{place} takes the {kind}"

    assert await works(world, world.secrets[own]), "and none of the others has used it up"


@pytest.mark.parametrize("place", [place for place in PLACES if "code" not in PLACES[place][1]])
async def test_an_altered_secret_is_none(world: World, place: str) -> None:
    """A character changed, one short, twice, with a blank, without its case, hashed as it is stored."""
    works, own = PLACES[place]
    secret = world.secrets[own]
    middle = len(secret) // 2
    for altered in (
        secret[:middle] + ("0" if secret[middle] != "0" else "1") + secret[middle + 1 :],
        secret[:-1] if not secret.endswith("=") else secret[:-4],
        secret[4:],
        secret + secret,
        secret + "A",
        secret.swapcase() if secret.lower() != secret.upper() and own != "age" else secret[::-1],
        crypto.digest(secret).hex(),
        "",
    ):
        await db.execute('DELETE FROM "RateLimits"')
        assert not await works(world, altered), altered

    assert await works(world, secret)
