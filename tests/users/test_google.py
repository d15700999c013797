"""Signing in with Google: what opens, what does not, and where one comes out."""

import re

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.users.oidc import (
    CLIENT,
    ISSUER,
    SECRET,
    Oidc,
    come_back,
    count,
    depart,
    linked,
    oidc,
    question,
    through_google,
    visitor,
)
from tests.visitor import Browser

__all__ = ["oidc", "visitor"]

pytestmark = pytest.mark.anyio


async def test_without_a_client_there_is_no_google(app: Litestar, cast: Cast) -> None:
    visitor = Browser(app)
    await visitor.open("/login")
    assert "Google" not in visitor.document.text
    for path in ("/login/google", "/login/google/callback?state=x&code=y"):
        assert (await visitor.open(path)).status_code == 404


async def test_the_button_leads_to_google_and_asks_it_as_it_should_be_asked(visitor: Browser) -> None:
    asked = await depart(visitor)

    assert visitor.page.status_code == 200, "a form may not be redirected to another site"
    assert visitor.page.headers["referrer-policy"] == "no-referrer"
    assert visitor.page.headers["cache-control"] == "no-store"
    assert visitor.page.text.count(f'"{ISSUER}/authorize?') == 1
    assert {name: asked[name] for name in ("response_type", "client_id", "scope", "code_challenge_method")} == {
        "response_type": "code",
        "client_id": CLIENT,
        "scope": "openid email profile",
        "code_challenge_method": "S256",
    }
    assert asked["redirect_uri"] == "http://localhost:8000/login/google/callback"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) == 43
    assert len({asked[name] for name in ("state", "nonce", "code_challenge")}) == 3


async def test_nothing_that_was_sent_stands_in_the_database_as_it_was_sent(visitor: Browser) -> None:
    asked = await depart(visitor)

    row = await db.value('SELECT g::text FROM "GoogleSignIns" g')
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] not in row
        assert asked[name].encode().hex() not in row


async def test_a_linked_account_signs_in(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)

    await through_google(visitor, oidc, email="gil.grant@gmail.com")

    assert visitor.name == "account.home"
    session = await db.one('SELECT "methods", "provenBy" FROM "Sessions"')
    assert session is not None
    assert (session["methods"], session["provenBy"]) == (["google"], ["google"])
    link = await db.one('SELECT "email", "lastUsedAt" FROM "GoogleLinks"')
    assert link is not None
    assert link["email"] == "gil.grant@gmail.com", "an address at Google may change, the subject never does"
    assert link["lastUsedAt"] is not None
    assert await count("GoogleSignIns") == 0


async def test_the_secret_goes_to_the_provider_alone(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    await through_google(visitor, oidc)

    token = next(request for request in oidc.asked if request.url.path == "/token")
    assert token.headers["authorization"].startswith("Basic ")
    assert SECRET not in visitor.page.text


async def test_the_way_that_was_used_last_is_offered_first(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    await through_google(visitor, oidc)
    await visitor.submit("/logout")

    await visitor.open("/login")

    actions = [form[0]["action"] for form in visitor.document.forms]
    assert actions == ["/login/google", "/login"]


async def test_where_one_was_going_survives(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)

    await through_google(visitor, oidc, "/login?next=/logout")

    assert visitor.name == "login.logout"


async def test_nobody_is_sent_to_another_site(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    await visitor.open("/login")
    await visitor.submit("/login/google", next="//evil.test/x")

    await come_back(visitor, oidc, question(visitor))

    assert visitor.name == "account.home"


async def test_the_second_step_is_asked_after_google_too(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)

    await through_google(visitor, oidc)

    assert visitor.path == "/login/second-factor"
    assert visitor.cookie("session") is None
    assert await db.value('SELECT "method" FROM "HalfSignIns"') == "google"


async def test_a_lock_of_the_password_stays_when_its_owner_comes_by_google(
    app: Litestar, visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    await linked(cast.mia)
    await db.execute('UPDATE "Users" SET "accountLockedUntil" = app_now() + interval \'1 hour\'')

    await through_google(visitor, oidc)
    assert visitor.name == "account.home"

    guesser = Browser(app, ip="198.51.100.3")
    await guesser.open("/login")
    await guesser.submit("/login", email=cast.mia, password=PASSWORD)
    assert guesser.page.status_code == 422


@pytest.mark.parametrize("status", ["suspended", "inactive", "deleted"])
async def test_who_may_not_come_in_does_not_come_in_by_google(
    visitor: Browser, oidc: Oidc, cast: Cast, status: str
) -> None:
    await linked(cast.mia)
    await db.execute('UPDATE "Users" SET "status" = $2::"enum_Users_status" WHERE "email" = $1', cast.mia, status)

    await through_google(visitor, oidc)

    assert visitor.name == "login.index"
    assert status not in visitor.document.text
    assert visitor.cookie("session") is None
    assert await db.value('SELECT "failureReason" FROM "LoginHistories"') == "not_usable"
    assert await db.value('SELECT count(*) FROM "SecurityAuditLogs" WHERE "event" = \'google.refused\'') == 1


async def test_a_state_is_worth_nothing_in_another_browser(
    app: Litestar, visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    await linked(cast.mia)
    asked = await depart(visitor)
    victim = Browser(app)
    await victim.open("/login")

    await come_back(victim, oidc, asked)

    assert victim.name == "login.index"
    assert victim.cookie("session") is None
    assert "/token" not in oidc.paths(), "a foreign state costs no question to the provider"
    await come_back(visitor, oidc, asked)
    assert visitor.name == "account.home", "the attempt elsewhere did not use it up"


async def test_a_state_works_once(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    asked = await depart(visitor)
    await come_back(visitor, oidc, asked)
    await visitor.submit("/logout")

    await come_back(visitor, oidc, asked)

    assert visitor.name == "login.index"
    assert visitor.cookie("session") is None


async def test_a_state_is_good_for_ten_minutes(visitor: Browser, oidc: Oidc, cast: Cast, clock: Clock) -> None:
    await linked(cast.mia)
    asked = await depart(visitor)
    await clock.advance(minutes=11)

    await come_back(visitor, oidc, asked)

    assert visitor.cookie("session") is None
    assert "took too long" in visitor.document.text


@pytest.mark.parametrize("query", ["", "state=", "code=code-0", "state=&code=code-0", "state=" + "a" * 43])
async def test_coming_back_without_a_state_of_ours_opens_nothing(
    visitor: Browser, oidc: Oidc, cast: Cast, query: str
) -> None:
    await linked(cast.mia)
    oidc.grant(await depart(visitor))

    await visitor.open(f"/login/google/callback?{query}")

    assert visitor.name == "login.index"
    assert visitor.cookie("session") is None


async def test_a_code_is_exchanged_once(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    """A code that was replayed is refused by the provider, whose word counts."""
    await linked(cast.mia)
    first = await depart(visitor)
    code = oidc.grant(first)
    await visitor.open(f"/login/google/callback?state={first['state']}&code={code}")
    await visitor.submit("/logout")
    second = await depart(visitor)

    await visitor.open(f"/login/google/callback?state={second['state']}&code={code}")

    assert visitor.cookie("session") is None


async def test_ways_to_google_are_limited_for_one_network(app: Litestar, visitor: Browser) -> None:
    await depart(visitor)
    spent = await db.execute(
        'UPDATE "RateLimits" SET "tokens" = 0, "updatedAt" = app_now() WHERE "key" LIKE \'google network:%\''
    )
    assert spent == "UPDATE 1"

    await visitor.open("/login")
    await visitor.submit("/login/google")

    assert visitor.page.status_code == 429
    assert int(visitor.page.headers["retry-after"]) > 0


async def test_no_page_of_it_names_the_secret_or_leaves_a_code_in_an_address(
    visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    await linked(cast.mia)
    await through_google(visitor, oidc)

    assert not re.search("code=|state=", str(visitor.page.url))
