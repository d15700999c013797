"""The QA kit: each state is what it says, proven by signing in through the pages."""

from collections.abc import Awaitable, Callable

import pytest
from litestar import Litestar

from app import db
from app.config import ROOT
from app.operator.qa.states import STATES
from tests.authenticator import Authenticator
from tests.ceremonies import show
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.operator.kit import MAKE, Json, authenticator, holding, is_signed_in, make, post, sign_in, signs_in
from tests.second_step import STEP, code
from tests.visitor import Browser

pytestmark = pytest.mark.anyio

Prove = Callable[[Litestar, Json], Awaitable[None]]


async def has_ten_sessions(app: Litestar, made: Json) -> None:
    await is_signed_in(app, made)
    assert await db.value('SELECT count(*) FROM "Sessions" WHERE "endedAt" IS NULL') == 10
    assert await db.value('SELECT count(DISTINCT "deviceId") FROM "Sessions"') == 10


async def has_no_password(app: Litestar, made: Json) -> None:
    assert made["password"] is None
    browser = Browser(app)
    await browser.open("/login/code")
    await browser.submit("/login/code", email=made["email"])
    await browser.submit("/login/code/enter", code=await Mailbox().code(made["email"]))
    assert browser.name == "account.home"


async def changed_the_password(app: Litestar, made: Json) -> None:
    browser = await sign_in(Browser(app), made | {"password": made["oldPassword"]})
    assert browser.page.status_code == 422
    notice = (await Mailbox().all(made["email"]))[-1]
    assert notice.subject == "Your password was changed"
    await sign_in(browser, made)
    assert browser.name == "account.home"


async def forgot_the_password(app: Litestar, made: Json) -> None:
    assert made["code"] == await Mailbox().code(made["email"])
    by_code, by_link = holding(app, made), Browser(app)
    await by_link.open(made["links"]["reset"])
    assert by_link.name == "recover.confirm"
    await by_code.open("/recover/sent")
    await by_code.submit("/recover/sent", code=made["code"])
    assert by_code.name == "recover.reset"
    await by_link.submit("/recover/reset/link")
    assert by_link.page.status_code == 410


async def is_locked(app: Litestar, made: Json) -> None:
    assert made["lockedUntil"] > (await db.now()).isoformat()
    browser = await sign_in(Browser(app), made)
    assert browser.page.status_code == 422
    assert [mail.subject for mail in await Mailbox().all(made["email"])] == ["Your account is locked for a while"]
    await browser.open(made["links"]["unlock"])
    await browser.submit("/recover/unlock")
    await sign_in(browser, made)
    assert browser.name == "recover.review"


async def has_an_app(app: Litestar, made: Json, codes: int = 10) -> None:
    browser = await sign_in(Browser(app), made)
    assert browser.path == STEP
    await browser.open(f"{STEP}?way=totp")
    await browser.submit(STEP, code=await code(made["totp"]))
    assert browser.name == "account.home"
    assert len(set(made["backupCodes"])) == codes
    second = await sign_in(Browser(app, ip="203.0.113.8"), made)
    await second.open(f"{STEP}?way=backup")
    await second.submit(STEP, code=made["backupCodes"][0])
    assert second.name == "account.home"
    assert await db.value('SELECT cardinality("twoFactorBackupCodes") FROM "Users"') == codes - 1


async def has_few_codes(app: Litestar, made: Json) -> None:
    await has_an_app(app, made, codes=3)


async def is_half_signed_in(app: Litestar, made: Json) -> None:
    browser = holding(app, made)
    await browser.open(STEP)
    await browser.submit(STEP, code=await code(made["totp"]))
    assert browser.name == "account.home"


async def is_remembered(app: Litestar, made: Json) -> None:
    browser = holding(app, made)
    await browser.open("/")
    assert browser.name == "home.landing"
    await sign_in(browser, made)
    assert browser.name == "account.home"
    assert (await sign_in(Browser(app), made)).path == STEP


async def has_passkeys(app: Litestar, made: Json) -> None:
    for credential in made["passkeys"]:
        browser = Browser(app)
        await browser.open("/login")
        stranger = authenticator(credential)
        stranger.key = Authenticator().key
        assert (await show(browser, stranger)).status_code == 422
        answer = await show(browser, authenticator(credential))
        assert answer.status_code == 200, answer.text
        await browser.open("/")
        assert browser.name == "account.home"


async def has_two_passkeys(app: Litestar, made: Json) -> None:
    assert len({credential["credentialId"] for credential in made["passkeys"]}) == 2
    await has_passkeys(app, made)


async def has_only_a_passkey(app: Litestar, made: Json) -> None:
    assert made["password"] is None
    await has_passkeys(app, made)


async def has_passkey_and_app(app: Litestar, made: Json) -> None:
    await has_passkeys(app, made)
    await has_an_app(app, made)


async def shows_a_passkey_second(app: Litestar, made: Json) -> None:
    browser = await sign_in(Browser(app), made)
    assert browser.path == STEP
    answer = await show(browser, authenticator(made["passkeys"][0]))
    assert answer.status_code == 200, answer.text
    await browser.open("/")
    assert browser.name == "account.home"


async def has_google(app: Litestar, made: Json) -> None:
    configured(google_client_id="portico", google_client_secret="secret")
    browser = holding(app, await make(app, "google", signedIn=True))
    await browser.open("/account/security/google")
    assert "@qa.test" in browser.document.text
    row = await db.one('SELECT "googleId", "password" IS NOT NULL AS password FROM "Users" WHERE "id" = $1', made["id"])
    assert row is not None
    assert (row["googleId"], row["password"]) == (made["google"]["subject"], made["password"] is not None)


async def asked_for_an_account(app: Litestar, made: Json) -> None:
    assert (await sign_in(Browser(app), made | {"password": "quiet heron"})).page.status_code == 422
    assert made["code"] == await Mailbox().code(made["email"])
    browser = holding(app, made)
    await browser.open("/signup/verify")
    await browser.submit("/signup/verify", code=made["code"])
    assert browser.name == "signup.finish"


async def proved_the_address(app: Litestar, made: Json) -> None:
    assert (await Browser(app).open("/signup/finish")).status_code == 410
    browser = holding(app, made)
    await browser.open(made["links"]["finish"])
    await browser.submit("/signup/finish", name=made["name"], password="amber window thistle")
    assert browser.name == "account.home"


async def waits_for_the_second_step(app: Litestar, made: Json) -> None:
    assert "finish" not in made["links"]
    browser = Browser(app)
    await browser.open(made["links"]["veto"])
    await browser.submit()
    assert browser.document.headings == ["The recovery is stopped"]
    assert (await sign_in(browser, made)).path == STEP


async def may_remove_the_second_step(app: Litestar, made: Json) -> None:
    browser = Browser(app)
    assert (await sign_in(browser, made)).path == STEP
    await browser.open(made["links"]["finish"])
    await browser.submit()
    assert browser.page.status_code == 200
    await sign_in(browser, made)
    assert browser.name == "recover.review"


async def is_asked_for_a_review(app: Litestar, made: Json) -> None:
    assert (await sign_in(Browser(app), made)).name == "recover.review"


async def is_shut_out(app: Litestar, made: Json) -> None:
    assert (await sign_in(Browser(app), made)).page.status_code == 422
    browser = holding(app, await make(app, made["state"], signedIn=True))
    await browser.open("/")
    assert browser.name == "home.landing"


async def owns_a_team(app: Litestar, made: Json) -> None:
    await signs_in(app, made)
    assert await team(made["tenant"]) == [(made["email"], "owner")]
    assert "owner" not in made


async def owns_a_crowded_team(app: Litestar, made: Json) -> None:
    await signs_in(app, made)
    everyone = await team(made["tenant"])
    assert [one for one in everyone if one[1] != "member"] == [(made["email"], "owner")]
    assert len(everyone) == 120


async def is_in_a_team(app: Litestar, made: Json) -> None:
    await signs_in(app, made)
    everyone = await team(made["tenant"])
    assert sorted(kind for _email, kind in everyone) == ["admin", "member", "owner"]
    assert {(made["email"], "member"), (made["owner"], "owner")} < set(everyone)
    for email, _kind in everyone:
        browser = await sign_in(Browser(app), made | {"email": email})
        assert browser.name == "account.home"
        assert f"Team of {made['name']}" in browser.document.text


async def team(slug: str) -> list[tuple[str, str]]:
    rows = await db.rows(
        """SELECT u."email" AS email, b."kind" AS kind FROM "TenantUsers" m
        JOIN "Tenants" t ON t."id" = m."tenantId" JOIN "Users" u ON u."id" = m."userId"
        JOIN "BuiltInRoles" b ON b."roleId"::text = ANY (m."roles") WHERE t."slug" = $1""",
        slug,
    )
    return [(row["email"], row["kind"]) for row in rows]


def lands(heading: str, *, signed_in: bool = False) -> Prove:
    """The link of the invitation leads there, for whoever opens it in this person's browser."""

    async def prove(app: Litestar, made: Json) -> None:
        if signed_in and "storageState" not in made:
            made = await make(app, made["state"], signedIn=True)
        browser = holding(app, made) if "storageState" in made else Browser(app)
        await browser.open(made["links"]["invitation"])
        assert browser.document.headings == [heading.format(team=await team_name(made))]

    return prove


async def team_name(made: Json) -> str:
    return str(await db.value('SELECT "name" FROM "Tenants" WHERE "slug" = $1', made["tenant"]))


PROOFS: dict[str, Prove] = {
    "member": signs_in,
    "owner": owns_a_team,
    "crowded-owner": owns_a_crowded_team,
    "team-member": is_in_a_team,
    "signed-in": is_signed_in,
    "ten-sessions": has_ten_sessions,
    "no-password": has_no_password,
    "password-changed": changed_the_password,
    "forgot-password": forgot_the_password,
    "locked": is_locked,
    "totp": has_an_app,
    "low-codes": has_few_codes,
    "half-signed-in": is_half_signed_in,
    "remembered": is_remembered,
    "passkey": has_passkeys,
    "two-passkeys": has_two_passkeys,
    "passkey-only": has_only_a_passkey,
    "passkey-and-totp": has_passkey_and_app,
    "passkey-second-step": shows_a_passkey_second,
    "google": has_google,
    "google-only": has_google,
    "unverified": asked_for_an_account,
    "unfinished": proved_the_address,
    "recovery-waiting": waits_for_the_second_step,
    "recovery-ready": may_remove_the_second_step,
    "review": is_asked_for_a_review,
    "invited": lands("Join {team}"),
    "invited-new": lands("Join {team}"),
    "invited-by-chat": lands("Join {team}"),
    "invited-elsewhere": lands("This invitation is for another address"),
    "invited-second-step": lands("One step before you join {team}", signed_in=True),
    "invitation-accepted": lands("You are in {team} already"),
    "invitation-left": lands("You accepted this invitation before", signed_in=True),
    "invitation-declined": lands("This invitation was declined"),
    "invitation-expired": lands("This invitation has run out"),
    "invitation-cancelled": lands("This invitation was cancelled"),
    "invitation-corrected": lands("This invitation was not meant for you"),
    "invitation-replaced": lands("A newer mail was sent"),
    "invitation-inviter-demoted": lands("This invitation needs a new sender"),
    "invitation-team-suspended": lands("{team} cannot be joined now"),
    "suspended": is_shut_out,
    "deactivated": is_shut_out,
}
TOLD = {"password-changed", "forgot-password", "locked", "unverified", "recovery-waiting", "recovery-ready"}
TOLD |= {state for state in STATES if state.startswith(("invited", "invitation"))} - {"invited-elsewhere"}


@pytest.mark.parametrize("state", STATES)
async def test_a_made_person_is_what_the_state_says(app: Litestar, mailbox: Mailbox, state: str) -> None:
    made = await make(app, state)

    assert bool(await mailbox.all(made["email"])) == (state in TOLD)
    await PROOFS[state](app, made)


@pytest.mark.parametrize("state", [name for name, state in STATES.items() if state.signed_in is not None])
async def test_most_people_are_signed_in_if_asked_for(app: Litestar, mailbox: Mailbox, state: str) -> None:
    made = await make(app, state, signedIn=True)

    await holding(app, made).open("/")
    session = 'SELECT count(*) FROM "Sessions" WHERE "userId" = $1 AND "endedAt" IS NULL'
    assert await db.value(session, made["id"]) >= 1
    names = {cookie["name"] for cookie in made["storageState"]["cookies"]}
    assert names == {"session", "device", "method", "browser"}


@pytest.mark.parametrize("state", [name for name, state in STATES.items() if state.signed_in is None])
async def test_a_session_is_refused_where_the_state_allows_none(app: Litestar, mailbox: Mailbox, state: str) -> None:
    answer = await post(app, MAKE, {"person": state, "signedIn": True})

    assert (answer.status_code, answer.json()["problem"]) == (422, f"nobody in the state {state} is signed in")
    assert not await db.value('SELECT count(*) FROM "Users"')


@pytest.mark.parametrize("state", ["member", "unverified"])
async def test_an_address_that_is_taken_is_refused_and_nothing_is_made(
    app: Litestar, mailbox: Mailbox, state: str
) -> None:
    first = await make(app, state, email="zoe@zebra.test")
    before = await db.rows('SELECT * FROM "Users"')

    answer = await post(app, MAKE, {"person": "totp", "email": "ZOE@zebra.test"})

    assert answer.status_code == 422
    assert answer.json()["problem"].startswith("zoe@zebra.test has an account already")
    assert await db.rows('SELECT * FROM "Users"') == before
    await PROOFS[state](app, first)


def test_every_state_is_proven_and_told_in_the_docs() -> None:
    guide = (ROOT / "docs" / "qa.md").read_text()

    assert list(PROOFS) == list(STATES)
    for name, state in STATES.items():
        assert f"| `{name}` | {state.says} |" in guide
