"""One true address of a client, whatever it claims: the same in histories, limits and records."""

import ipaddress

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.visitor import Browser
from tests.web.wire import FORM, Answer, Header, ask

pytestmark = pytest.mark.anyio

PROXY = "10.0.0.5"
TRUE = "198.51.100.20"

SPOOFS: list[list[str]] = [
    [],
    ["1.2.3.4"],
    ["1.2.3.4, 127.0.0.1"],
    ["1.2.3.4", "5.6.7.8"],
    ["10.0.0.5"],
    ["::1"],
    ["garbage, <script>"],
    [""],
    [","],
]


async def sign_in(app: Litestar, peer: str, claims: list[str], *, password: str = PASSWORD, **more: str) -> Answer:
    """A sign-in through whatever stands between; each from a new browser."""
    sent: list[Header] = [("x-forwarded-for", value) for value in claims] + list(more.items())
    page = await ask(app, "/login", headers=sent, peer=peer)
    browser = Browser(app)
    browser.page = browser.page.__class__(200, text=page.text)
    token = browser.document.form("/login")[1]["csrf_token"]
    cookie = page.cookies["browser"].partition(";")[0]
    body = f"email={Cast.mia}&password={password}".encode()
    headers: list[Header] = [*sent, ("cookie", cookie), ("x-csrf-token", str(token)), FORM]
    return await ask(app, "/login", method="POST", headers=headers, body=body, peer=peer)


async def addresses() -> set[str | None]:
    """What was written of the client, everywhere it is."""
    found: set[str | None] = set()
    for table in ("LoginHistories", "Sessions", "KnownDevices"):
        found |= {row["ipAddress"] for row in await db.rows(f'SELECT DISTINCT "ipAddress" FROM "{table}"')}  # noqa: S608 - names of ours
    rows = await db.rows(
        'SELECT DISTINCT "ipAddress" FROM "SecurityAuditLogs"'
        " WHERE \"event\" LIKE 'user.sign%in%' AND \"ipAddress\" <> ''"
    )
    return found | {row["ipAddress"] for row in rows}


@pytest.mark.parametrize("spoof", SPOOFS)
async def test_a_client_that_comes_straight_cannot_claim_another_address(
    app: Litestar, cast: Cast, spoof: list[str]
) -> None:
    configured(trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"),))

    more = {
        "forwarded": "for=9.9.9.9",
        "x-real-ip": "9.9.9.9",
        "cf-connecting-ip": "9.9.9.9",
        "true-client-ip": "9.9.9.9",
    }
    assert (await sign_in(app, TRUE, spoof, **more)).status == 303

    assert await addresses() == {TRUE}


@pytest.mark.parametrize(
    "forwarded",
    [
        [TRUE],
        [f"1.2.3.4, {TRUE}"],
        ["1.2.3.4", TRUE],
        [f"garbage, {TRUE}"],
        [f"{TRUE}, 10.1.2.3"],
        [f"1.2.3.4, {TRUE}", "10.1.2.3,10.9.9.9"],
        [f"::ffff:{TRUE}"],
        [f"1.2.3.4,{TRUE} ,  ::ffff:10.0.0.1"],
    ],
)
@pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}"])
async def test_behind_our_proxy_the_address_is_the_one_the_proxy_saw(
    app: Litestar, cast: Cast, peer: str, forwarded: list[str]
) -> None:
    configured(trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"),))

    assert (await sign_in(app, peer, forwarded)).status == 303

    assert await addresses() == {TRUE}


async def test_without_trusted_proxies_no_header_counts(app: Litestar, cast: Cast) -> None:
    assert (await sign_in(app, PROXY, [TRUE])).status == 303

    assert await addresses() == {PROXY}


async def test_the_limit_of_a_network_is_not_outrun_by_claims(app: Litestar, cast: Cast) -> None:
    """Fifteen tries at one address from one network, whatever each of them says of itself."""
    statuses = [(await sign_in(app, TRUE, [f"1.2.3.{time}"], password=f"wrong-{time}")).status for time in range(16)]
    assert statuses == [422] * 15 + [429]

    configured(trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"),))
    assert (await sign_in(app, PROXY, [f"9.9.9.9, ::ffff:{TRUE}"], password="wrong")).status == 429
    assert (await sign_in(app, PROXY, ["203.0.113.9"], password="wrong")).status == 422


async def test_garbage_from_a_proxy_is_an_unknown_address(app: Litestar, cast: Cast) -> None:
    configured(trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"),))

    assert (await sign_in(app, PROXY, [f"{TRUE}, unknown"])).status == 303

    assert await addresses() == {None}


@pytest.mark.parametrize(
    "agent", ["", "\x1b[31mred\x07", "a" * 5000, "<script>", "Mozilla/5.0\t(X11)", "é🦄", "'; DROP TABLE x"]
)
async def test_a_user_agent_may_say_anything(app: Litestar, cast: Cast, agent: str) -> None:
    answer = await sign_in(app, TRUE, [], **{"user-agent": agent})
    assert answer.status == 303
    cookie = answer.cookies["session"].partition(";")[0]
    assert "<script>" not in (await ask(app, "/", headers=[("cookie", cookie)])).text

    kept = await db.value('SELECT "userAgent" FROM "LoginHistories"')
    assert kept is None or (len(kept) <= 400 and kept.isprintable())


@pytest.mark.parametrize(
    "wish", ["", "de-DE,de;q=0.9", "*", "en;q=nan", "en;q=", ";;;,,,", "q=1", "x" * 20_000, "en;q=-1, en;q=1e999"]
)
async def test_a_wish_for_a_language_may_say_anything(app: Litestar, wish: str) -> None:
    answer = await ask(app, "/login", headers=[("accept-language", wish)])

    assert answer.status == 200
    assert '<html lang="en"' in answer.text
