"""A provider that says no, errs, is somebody else, slow or away: nobody is signed in, and the other ways work on."""

import asyncio
import time
from collections.abc import Callable

import httpx
import pytest
from litestar import Litestar

from app.users.google import provider
from tests.cast import PASSWORD, Cast
from tests.users.oidc import ISSUER, Oidc, come_back, depart, linked, oidc, question, through_google, visitor
from tests.visitor import Browser

__all__ = ["oidc", "visitor"]

pytestmark = pytest.mark.anyio


async def test_who_says_no_at_google_comes_back_to_the_other_ways(visitor: Browser, oidc: Oidc) -> None:
    asked = await depart(visitor, "/login?next=/logout")

    await visitor.open(f"/login/google/callback?state={asked['state']}&error=access_denied")

    assert visitor.name == "login.index"
    assert "Nothing was changed" in visitor.document.text
    assert visitor.document.form("/login")[1]["next"] == "/logout"
    assert not {"/token", "/keys"} & set(oidc.paths())


async def test_errors_of_the_provider_are_said_in_our_words(visitor: Browser, oidc: Oidc) -> None:
    asked = await depart(visitor)

    await visitor.open(
        f"/login/google/callback?state={asked['state']}&error=server_error&error_description=<b>call+0900-1</b>"
    )

    assert "does not answer" in visitor.document.text
    assert "0900" not in visitor.page.text


async def test_an_answer_that_names_another_issuer_is_refused(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    asked = await depart(visitor)
    code = oidc.grant(asked)

    await visitor.open(f"/login/google/callback?state={asked['state']}&code={code}&iss=https://evil.test")

    assert visitor.cookie("session") is None
    assert "/token" not in oidc.paths(), "the code does not go to anybody (RFC 9207)"


async def test_a_provider_that_promises_to_name_itself_must(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    oidc.metadata["authorization_response_iss_parameter_supported"] = True
    await through_google(visitor, oidc)
    assert visitor.cookie("session") is None
    asked = await depart(visitor)
    code = oidc.grant(asked)

    await visitor.open(f"/login/google/callback?state={asked['state']}&code={code}&iss={ISSUER}")

    assert visitor.name == "account.home"


def gone(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there")


AWAY: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "down": gone,
    "an error": lambda _request: httpx.Response(500),
    "no JSON": lambda _request: httpx.Response(200, text="<html>"),
    "another shape": lambda _request: httpx.Response(200, json=[1]),
    "endless": lambda _request: httpx.Response(200, content=b" " * 1_000_000),
    "a redirect": lambda _request: httpx.Response(302, headers={"location": "http://169.254.169.254/"}),
}


@pytest.mark.parametrize("kind", AWAY)
async def test_a_provider_that_is_away_before_one_leaves(visitor: Browser, oidc: Oidc, cast: Cast, kind: str) -> None:
    oidc.down = AWAY[kind]
    await visitor.open("/login?next=/logout")
    await visitor.submit("/login/google")

    assert visitor.name == "login.index"
    assert "does not answer" in visitor.document.text
    assert visitor.document.form("/login")[1]["next"] == "/logout"
    await visitor.submit("/login", email=cast.mia, password=PASSWORD)
    assert visitor.name == "login.logout", "the other ways work on"


@pytest.mark.parametrize("kind", AWAY)
@pytest.mark.parametrize("path", ["/token", "/keys"])
async def test_a_provider_that_is_away_when_one_comes_back(
    visitor: Browser, oidc: Oidc, cast: Cast, kind: str, path: str
) -> None:
    await linked(cast.mia)
    asked = await depart(visitor)
    oidc.down = lambda request: AWAY[kind](request) if request.url.path == path else None

    await come_back(visitor, oidc, asked)

    assert visitor.name == "login.index"
    assert "does not answer" in visitor.document.text
    oidc.down = lambda _request: None
    await through_google(visitor, oidc)
    assert visitor.name == "account.home", "it is asked again once it is back"


async def test_a_slow_provider_is_waited_for_at_most_five_seconds(
    app: Litestar, visitor: Browser, oidc: Oidc, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provider.SECONDS < 5
    monkeypatch.setattr(provider, "SECONDS", 1)
    oidc.seconds = 60
    await visitor.open("/login")
    other = Browser(app)
    await other.open("/login")
    begun = time.monotonic()

    waiting = asyncio.create_task(visitor.submit("/login/google"))
    await asyncio.sleep(0.1)
    await other.submit("/login", email=cast.mia, password=PASSWORD)
    assert other.name == "account.home"
    await waiting

    assert time.monotonic() - begun < 30
    assert "does not answer" in visitor.document.text


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
async def test_no_secret_goes_over_plain_http(visitor: Browser, oidc: Oidc, cast: Cast, endpoint: str) -> None:
    await linked(cast.mia)
    oidc.metadata[endpoint] = "http://accounts.google.test/x"
    await visitor.open("/login")
    await visitor.submit("/login/google")
    if endpoint != "authorization_endpoint":
        await come_back(visitor, oidc, question(visitor))

    assert "does not answer" in visitor.document.text
    assert visitor.cookie("session") is None


async def test_a_description_of_another_issuer_is_not_believed(visitor: Browser, oidc: Oidc) -> None:
    oidc.metadata["issuer"] = "https://evil.test"
    await visitor.open("/login")
    await visitor.submit("/login/google")

    assert visitor.name == "login.index"


async def test_its_addresses_and_keys_are_asked_for_once(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    for _time in range(3):
        await through_google(visitor, oidc)
        await visitor.submit("/logout")

    assert oidc.paths().count("/.well-known/openid-configuration") == 1
    assert oidc.paths().count("/keys") == 1
