"""New people with Google: an address that it vouches for makes the account, any other is proven by mail."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.oidc import Oidc, count, oidc, through_google, visitor
from tests.visitor import Browser

__all__ = ["oidc", "visitor"]

pytestmark = pytest.mark.anyio

GIL = "gil@gmail.com"


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
