"""Cross-site request forgery: an act is done only by a page that was made for this very browser and session."""

import base64

import pytest
from litestar import Litestar

from app import crypto, db
from app.config import settings
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.visitor import Browser
from tests.web.wire import FORM, ask, refused_files

pytestmark = pytest.mark.anyio

FORGED = "That could not be checked"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    browser = Browser(app)
    await browser.open("/login")
    return browser


def token_of(browser: Browser) -> str:
    return str(browser.document.form("/login")[1]["csrf_token"])


async def sessions() -> int:
    return int(await db.value('SELECT count(*) FROM "Sessions" WHERE "endedAt" IS NULL'))


async def post_login(browser: Browser, token: str | None, **headers: str) -> int:
    data = {"email": Cast.mia, "password": PASSWORD} | ({} if token is None else {"csrf_token": token})
    return (await browser.http.post("/login", data=data, headers=headers)).status_code


async def test_without_a_token_nobody_signs_in(visitor: Browser) -> None:
    token = token_of(visitor)
    assert await post_login(visitor, None) == 403
    assert await post_login(visitor, "") == 403
    assert await sessions() == 0

    assert await post_login(visitor, token) == 303
    assert await sessions() == 1


async def test_the_refusal_is_a_page_that_says_what_to_do(visitor: Browser) -> None:
    await visitor.submit("/login", csrf_token="x", email=Cast.mia, password=PASSWORD)

    assert visitor.page.status_code == 403
    assert FORGED in visitor.document.text
    assert PASSWORD not in visitor.page.text


async def test_the_token_of_another_browser_is_refused(app: Litestar, visitor: Browser) -> None:
    other = Browser(app)
    await other.open("/login")

    assert await post_login(visitor, token_of(other)) == 403
    assert await post_login(visitor, token_of(visitor)) == 303


async def test_the_token_of_another_session_is_refused(app: Litestar, visitor: Browser) -> None:
    """Signing somebody out with the attacker's own, perfectly valid token."""
    attacker = Browser(app)
    await attacker.open("/login")
    await attacker.submit("/login", email=Cast.eve, password=PASSWORD)
    await attacker.open("/logout")
    foreign = str(attacker.document.form("/logout")[1]["csrf_token"])
    await visitor.submit("/login", email=Cast.mia, password=PASSWORD)
    await visitor.open("/logout")

    answer = await visitor.http.post("/logout", data={"csrf_token": foreign})
    assert answer.status_code == 403
    assert await sessions() == 2

    await visitor.submit("/logout")
    assert await sessions() == 1


async def test_the_token_from_before_the_sign_in_is_worth_nothing_after_it(visitor: Browser) -> None:
    before = token_of(visitor)
    await visitor.submit("/login", email=Cast.mia, password=PASSWORD)

    assert (await visitor.http.post("/logout", data={"csrf_token": before})).status_code == 403
    assert await sessions() == 1


async def test_a_token_dies_with_its_session(visitor: Browser) -> None:
    await visitor.submit("/login", email=Cast.mia, password=PASSWORD)
    await visitor.open("/logout")
    token = str(visitor.document.form("/logout")[1]["csrf_token"])
    await visitor.submit("/logout")

    assert await post_login(visitor, token) == 403


async def test_a_planted_pair_of_cookie_and_token_is_refused(app: Litestar, visitor: Browser) -> None:
    """What a sister domain can do: set our cookie and send the same value as the token."""
    for planted in ("a" * 43, "a" * 64, base64.urlsafe_b64encode(bytes(64)).decode()):
        victim = Browser(app)
        victim.plant("browser", planted)
        victim.plant("csrf_token", planted)
        assert await post_login(victim, planted) == 403, planted
        masked = base64.urlsafe_b64encode(bytes(32) + crypto.digest(planted)).decode()
        assert await post_login(victim, masked) == 403, planted


async def test_an_attackers_own_pair_never_acts_for_somebody_who_is_signed_in(app: Litestar, visitor: Browser) -> None:
    attacker = Browser(app)
    await attacker.open("/login")
    await visitor.submit("/login", email=Cast.mia, password=PASSWORD)
    visitor.plant("browser", str(attacker.cookie("browser")))

    answer = await visitor.http.post("/logout", data={"csrf_token": token_of(attacker)})

    assert answer.status_code == 403
    assert await sessions() == 1


@pytest.mark.parametrize("site", ["cross-site", "same-site", "CROSS-SITE", "", "anything"])
async def test_other_sites_are_refused_by_what_the_browser_says_of_them(visitor: Browser, site: str) -> None:
    token = token_of(visitor)
    assert await post_login(visitor, token, **{"sec-fetch-site": site}) == 403

    assert await post_login(visitor, token, **{"sec-fetch-site": "same-origin"}) == 303


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "null",
        "",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://localhost:8000.evil.test",
        "http://localhost:8000/",
        "http://LOCALHOST:8000",
        "http://localhost:8000@evil.test",
        "http://localhost",
    ],
)
async def test_other_origins_are_refused(visitor: Browser, origin: str) -> None:
    token = token_of(visitor)
    assert await post_login(visitor, token, origin=origin) == 403
    assert await sessions() == 0

    assert await post_login(visitor, token, origin=settings().base_url) == 303


async def test_nobody_is_signed_in_or_out_by_get(visitor: Browser) -> None:
    token = token_of(visitor)
    query = f"csrf_token={token}&email={Cast.mia}&password={PASSWORD}"
    await visitor.open(f"/login?{query}")
    assert await sessions() == 0

    await post_login(visitor, token)
    await visitor.open("/logout")
    assert visitor.name == "login.logout"
    assert await sessions() == 1


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
async def test_a_get_is_not_turned_into_an_act(visitor: Browser, override: str) -> None:
    await visitor.submit("/login", email=Cast.mia, password=PASSWORD)

    await visitor.open("/logout?_method=POST", **{override: "POST"})

    assert await sessions() == 1


async def test_nobody_is_signed_in_to_an_attackers_account(app: Litestar, cast: Cast) -> None:
    """Login CSRF: a form on a foreign page, posted by a browser that has never been here."""
    victim = Browser(app)
    attacker = Browser(app)
    await attacker.open("/login")

    assert await post_login(victim, token_of(attacker), origin="https://evil.test") == 403
    assert await post_login(victim, token_of(attacker)) == 403
    assert victim.cookie("session") is None


async def test_nobody_is_signed_out_by_a_foreign_page(visitor: Browser) -> None:
    await visitor.submit("/login", email=Cast.mia, password=PASSWORD)

    for headers in ({"origin": "https://evil.test", "sec-fetch-site": "cross-site"}, {}):
        assert (await visitor.http.post("/logout", headers=headers)).status_code == 403

    await visitor.open("/")
    assert visitor.name == "account.home"


async def test_the_token_looks_different_on_every_page_and_all_work(visitor: Browser) -> None:
    """Else a compressed page that echoes input would give it away letter by letter (BREACH)."""
    tokens = [token_of(visitor)]
    for _page in range(3):
        await visitor.open("/login")
        tokens.append(token_of(visitor))

    assert len(set(tokens)) == 4
    assert len({token[:8] for token in tokens}) == 4
    assert len({token[-8:] for token in tokens}) == 4
    for token in tokens:
        answer = await visitor.http.post("/recover", data={"email": "", "csrf_token": token})
        assert answer.status_code == 422


async def test_a_mangled_token_is_refused(visitor: Browser) -> None:
    token = token_of(visitor)
    raw = base64.urlsafe_b64decode(token)
    flipped = base64.urlsafe_b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()
    mangled = [
        token[:-1],
        token[:-4],
        token[4:],
        token[:44],
        token + token,
        token + "AAAA",
        token[::-1],
        flipped,
        "A",
        "=",
        "A" * 88,
        base64.urlsafe_b64encode(bytes(64)).decode(),
        "é" * 88,
        "\0" * 88,
        "\u202e",
        "x" * 10_000,
        "null",
        "undefined",
        "[]",
    ]
    for given in mangled:
        assert await post_login(visitor, given) == 403, given[:100]
    assert await sessions() == 0

    assert await post_login(visitor, token) == 303


async def test_a_file_is_no_token(visitor: Browser) -> None:
    with refused_files():
        answer = await visitor.http.post("/login", files={"csrf_token": ("token.txt", token_of(visitor).encode())})

    assert answer.status_code == 403


async def test_the_token_may_stand_in_a_header_as_scripts_send_it(app: Litestar, visitor: Browser) -> None:
    cookie = f"browser={visitor.cookie('browser')}"
    body = f"email={Cast.mia}&password={PASSWORD}".encode()

    async def post(token: str) -> int:
        headers = [("cookie", cookie), ("x-csrf-token", token), FORM]
        return (await ask(app, "/login", method="POST", headers=headers, body=body)).status

    assert await post("x") == 403
    assert await post(token_of(visitor)) == 303


async def test_a_token_in_the_address_is_no_token(visitor: Browser) -> None:
    path = f"/login?csrf_token={token_of(visitor)}"

    assert (await visitor.http.post(path, data={"email": Cast.mia, "password": PASSWORD})).status_code == 403


async def test_tokens_outlive_the_change_of_the_secret_key(visitor: Browser) -> None:
    old = token_of(visitor)
    configured(secret_keys=("another-another-another-another-key",))
    assert await post_login(visitor, old) == 403

    configured(secret_keys=("another-another-another-another-key", "tests-tests-tests-tests-tests-tests"))
    assert await post_login(visitor, old) == 303
