"""Signing in and signing up with Google: what opens, what does not, and where one comes out."""

import asyncio
import re
import time
from collections.abc import Callable

import httpx
import pytest
from litestar import Litestar

from app import db
from app.users.google import provider
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.oidc import CLIENT, ISSUER, SECRET, Oidc, come_back, depart, linked, oidc, question, through_google
from tests.visitor import Browser

__all__ = ["oidc"]

pytestmark = pytest.mark.anyio

GIL = "gil@gmail.com"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast, oidc: Oidc) -> Browser:
    return Browser(app)


async def count(table: str) -> int:
    return int(await db.value(f'SELECT count(*) FROM "{table}"'))  # noqa: S608 - a constant of the test


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


# New people


async def test_a_new_person_creates_an_account_with_google(visitor: Browser, oidc: Oidc, mailbox: Mailbox) -> None:
    await through_google(visitor, oidc, "/signup?next=/logout")
    assert visitor.name == "google.finish"
    assert GIL in visitor.document.text
    assert visitor.document.form("/login/google/finish")[1]["name"] == "Gil Grant"
    assert await db.value('SELECT count(*) FROM "Users" WHERE "email" = $1', GIL) == 0, "looking makes nothing"

    await visitor.submit("/login/google/finish", name="")
    assert visitor.document.invalid == ["name"]
    await visitor.submit("/login/google/finish", name="Gil G.")

    assert visitor.name == "login.logout"
    row = await db.one('SELECT * FROM "Users" WHERE "email" = $1', GIL)
    assert row is not None
    assert (row["googleId"], row["name"], row["password"], row["emailVerified"]) == ("1001", "Gil G.", None, True)
    assert await mailbox.count() == 0, "neither a proof nor a notice of a new device"
    await visitor.submit("/logout")
    await through_google(visitor, oidc)
    assert visitor.name == "account.home"


async def test_an_address_of_an_organisation_is_vouched_for(visitor: Browser, oidc: Oidc) -> None:
    await through_google(visitor, oidc, email="gil@zebra.test", hd="zebra.test")

    assert visitor.name == "google.finish"


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email": "gil@zebra.test"},
        {"email": "gil@zebra.test", "hd": ""},
        {"email": "gil@zebra.test", "hd": True},
        {"email": "gil@gmail.com.zebra.test"},
        {"email": "gil@notgmail.com"},
    ],
)
async def test_an_address_that_google_does_not_vouch_for_is_proven_by_mail(
    visitor: Browser, oidc: Oidc, mailbox: Mailbox, claims: dict[str, object]
) -> None:
    email = str(claims.get("email", GIL))
    await through_google(visitor, oidc, "/login?next=/logout", **claims)
    assert visitor.name == "google.address"
    await visitor.open("/login/google/finish")
    assert visitor.name == "google.address", "never without the proof"
    assert await mailbox.count() == 0, "no mail goes out before somebody asks for it"

    await visitor.submit("/login/google/address", name="Gil")
    assert visitor.name == "signup.verify"
    await visitor.submit("/signup/verify", code=await mailbox.code(email))
    assert visitor.name == "google.finish"
    await visitor.submit("/login/google/finish")

    assert visitor.name == "login.logout"
    row = await db.one('SELECT "googleId", "password" FROM "Users" WHERE "email" = $1', email)
    assert row is not None
    assert (row["googleId"], row["password"]) == ("1001", None)


async def test_the_proof_of_one_address_does_not_stand_for_another(
    visitor: Browser, oidc: Oidc, mailbox: Mailbox
) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Gil", email="own@zebra.test")
    await visitor.submit("/signup/verify", code=await mailbox.code("own@zebra.test"))
    await through_google(visitor, oidc, email="victim@zebra.test")
    assert visitor.name == "google.address"

    await visitor.post("/login/google/finish", name="Gil")

    assert visitor.page.status_code == 410
    assert await db.value('SELECT count(*) FROM "Users" WHERE "email" = \'victim@zebra.test\'') == 0


async def test_who_came_from_google_may_choose_a_password_instead(
    visitor: Browser, oidc: Oidc, mailbox: Mailbox
) -> None:
    await through_google(visitor, oidc, email="gil@zebra.test")
    await visitor.submit("/login/google/address")
    await visitor.submit("/signup/verify", code=await mailbox.code("gil@zebra.test"))

    await visitor.open("/signup/finish?own=yes")

    assert visitor.name == "signup.finish"


async def test_a_known_address_that_is_not_vouched_for_is_told_nothing(
    app: Litestar, visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    """A Google account can carry any address: whether it is known here shows in that mailbox only."""
    asked, sent = set(), set()
    for number, email in enumerate((cast.mia, "unknown@acme.test")):
        other = Browser(app)
        await through_google(other, oidc, email=email, email_verified=False, sub=f"77{number}")
        asked.add(other.comparable(email))
        await other.submit("/login/google/address")
        sent.add(other.comparable(email))

    assert (len(asked), len(sent)) == (1, 1)


@pytest.mark.parametrize("email", [None, "", "no address", "a@b@c", ["gil@gmail.com"], "gil@gmail"])
async def test_without_a_usable_address_one_signs_up_by_hand(visitor: Browser, oidc: Oidc, email: object) -> None:
    await through_google(visitor, oidc, email=email)

    assert visitor.name == "signup.index"
    assert "no address" in visitor.document.text


async def test_a_closed_portal_takes_nobody_in(visitor: Browser, oidc: Oidc) -> None:
    await through_google(visitor, oidc)
    assert visitor.name == "google.finish"
    configured(signup="invite")
    await visitor.submit("/login/google/finish")
    assert visitor.page.status_code == 403

    await through_google(visitor, oidc)

    assert visitor.name == "signup.closed"
    assert await db.value('SELECT count(*) FROM "Users" WHERE "email" = $1', GIL) == 0


async def test_terms_are_agreed_to(visitor: Browser, oidc: Oidc) -> None:
    configured(terms_url="https://acme.test/terms", terms_version="2026-11")
    await through_google(visitor, oidc)
    await visitor.submit("/login/google/finish")
    assert visitor.document.invalid == ["terms"]

    await visitor.submit("/login/google/finish", terms="y")

    assert visitor.name == "account.home"
    assert await db.value('SELECT "version" FROM "TermsAcceptances"') == "2026-11"


async def test_an_offer_is_good_for_an_hour_in_its_own_browser(
    app: Litestar, visitor: Browser, oidc: Oidc, clock: Clock
) -> None:
    await through_google(visitor, oidc)
    other = Browser(app)
    await other.open("/login")
    await other.open("/login/google/finish")
    assert other.page.status_code == 410
    await clock.advance(minutes=61)

    await visitor.submit("/login/google/finish")

    assert visitor.page.status_code == 410


async def test_nothing_that_was_begun_with_the_address_outlives_its_owners_first_proof(
    app: Litestar, visitor: Browser, oidc: Oidc, mailbox: Mailbox
) -> None:
    """Pre-hijacking: somebody begins an account with a victim's address, and waits (CVE-2026-53516)."""
    attacker = Browser(app)
    await attacker.open("/signup")
    await attacker.submit("/signup", name="Mallory", email=GIL)
    link = await mailbox.link(GIL)
    await db.execute(
        'UPDATE "Users" SET "password" = (SELECT "password" FROM "Users" WHERE "email" = \'mia@acme.test\'),'
        ' "twoFactorEnabled" = true, "twoFactorSecret" = \'x\', "passKeyEnabled" = true,'
        " \"twoFactorBackupCodes\" = '{x}'"
        ' WHERE "email" = $1',
        GIL,
    )
    await db.execute(
        'INSERT INTO "Authenticators" ("userId", "credentialID", "credentialPublicKey", "counter", "friendlyName")'
        " SELECT \"id\", 'x', 'x', 0, 'x' FROM \"Users\" WHERE \"email\" = $1",
        GIL,
    )

    await through_google(visitor, oidc)
    await visitor.submit("/login/google/finish")

    assert visitor.name == "account.home"
    row = await db.one('SELECT * FROM "Users" WHERE "email" = $1', GIL)
    assert row is not None
    assert (row["name"], row["password"], row["twoFactorSecret"]) == ("Gil Grant", None, None)
    assert not any(row[name] for name in ("twoFactorEnabled", "passKeyEnabled", "twoFactorBackupCodes"))
    assert row["verificationToken"] is None
    assert await count("Authenticators") == 0
    await attacker.open(link)
    assert attacker.page.status_code == 410
    await attacker.open("/login")
    await attacker.submit("/login", email=GIL, password=PASSWORD)
    assert attacker.page.status_code == 422


async def test_signing_up_is_written_into_the_history(visitor: Browser, oidc: Oidc) -> None:
    await through_google(visitor, oidc)
    await visitor.submit("/login/google/finish")

    rows = await db.rows(
        'SELECT a."event" FROM "SecurityAuditLogs" a JOIN "Users" u ON u."id" = a."userId"'
        ' WHERE u."email" = $1 ORDER BY a."createdAt"',
        GIL,
    )
    assert [row["event"] for row in rows] == ["user.signed_up", "user.signed_in"]


async def test_no_page_of_it_names_the_secret_or_leaves_a_code_in_an_address(
    visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    await linked(cast.mia)
    await through_google(visitor, oidc)

    assert not re.search("code=|state=", str(visitor.page.url))
