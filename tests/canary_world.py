"""The world of test_canaries.py: browsers that between them see every page, each in the middle of something."""

import re
from typing import NamedTuple

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from app import crypto, db, tenancy
from app.actor import Actor, Sudo
from app.config import settings
from app.members.ownership import actions as ownership
from app.users.proofs.tables import MailedLink
from app.users.recovery import jobs
from app.web.data import Data
from tests.authenticator import Authenticator
from tests.cast import PASSWORD, Cast
from tests.ceremonies import prove, register
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.members.inviting import LIST, invitation_of, invite, link_of, role, sign_in
from tests.routes import routes
from tests.second_step import STEP, first_step, give_app, id_of
from tests.sowing import fill_empty
from tests.teams import give_roles, make_role, tenant_id
from tests.users.oidc import Oidc, come_back, depart, oidc, through_google
from tests.visitor import Browser, Values

__all__ = ["oidc"]

GOOGLE = "/account/security/google"
LOST = "/recover/second-factor"
ASKED = "Somebody asked to remove your second step"
READY = "You can remove your second step now"


class Seat(NamedTuple):
    """A browser, where its walk begins, and whether it goes on along every link."""

    browser: Browser
    paths: list[str]
    onward: bool = True
    sent: tuple[tuple[str, Values], ...] = ()
    """Forms that are sent as they must be for their pages to be shown, beside those that are found."""


class World(NamedTuple):
    """`scripted` are the acts that take JSON from a script, as `POST /path`; a form is none of theirs (400)."""

    app: Litestar
    seats: dict[str, Seat]
    scripted: set[str]


WALKS = (["stranger"], ["mia"], ["half", "waiting", "stale"], ["head", "invited", "owner"])
"""The seats by name; those that see little share a test."""


@pytest.fixture
async def world(app: Litestar, cast: Cast, mailbox: Mailbox, oidc: Oidc) -> World:
    """A stranger and a member who walk everywhere, and three who stand where those two cannot be at the same time."""
    configured(terms_url="https://acme.test/terms", terms_version="2027-01")
    stranger, mia = Browser(app), Browser(app)
    await _sign_in_strongly(mia, cast)
    await db.execute(_SUSPENDED_ELSEWHERE, cast.mia)
    mailed = [await mailbox.act(cast.mia, "A passkey was added")]
    mailed += await _begin_what_mails_begin(stranger, mia, cast, mailbox)
    await _come_from_google(stranger, mia, oidc)
    await _ask_about_the_second_step(stranger, mia, cast, mailbox)
    waiting, acts = await _wait_for_removal(app, cast, mailbox)
    stale = await _keep_a_form(app, cast)
    await give_app(cast.nora)
    half = Seat(await first_step(app, cast.nora), [STEP, f"{STEP}?way=backup", LOST], onward=False)
    head, invited = await _invite(app, cast, mailbox)
    owner = await _look_after(app, cast, mailbox)
    await fill_empty(str(await id_of(cast.mia)))
    everywhere = [await route.at("acme") for route in routes(app) if route.method == "GET"] + mailed + acts
    seats = {"stranger": Seat(stranger, everywhere), "mia": Seat(mia, everywhere)}
    return World(
        app,
        seats | {"half": half, "waiting": waiting, "stale": stale, "head": head, "invited": invited, "owner": owner},
        _scripted(app),
    )


_SUSPENDED_ELSEWHERE = """
WITH joined AS (INSERT INTO "TenantUsers" ("tenantId", "userId", "roles")
    SELECT t."id", u."id", '{}' FROM "Tenants" t, "Users" u WHERE t."slug" = 'beta' AND u."email" = $1
    RETURNING "tenantId", "userId")
INSERT INTO "MemberStandings" ("tenantId", "userId", "suspendedAt") SELECT *, app_now() FROM joined
"""


async def _sign_in_strongly(mia: Browser, cast: Cast) -> None:
    """At the second try, and with a passkey that proves everything; two-step sign-in is on."""
    for password in ("wrong-wrong-wrong", PASSWORD):
        await mia.open("/login")
        await mia.submit("/login", email=cast.mia, password=password)
    key = Authenticator()
    assert (await register(mia, key)).status_code == 200
    await mia.open("/")
    await prove(mia, key)
    await mia.open("/account/security/two-step")
    await mia.submit("/account/security/two-step/on")
    assert mia.name == "security.backup_codes_new"


async def _begin_what_mails_begin(stranger: Browser, mia: Browser, cast: Cast, mailbox: Mailbox) -> list[str]:
    """Sign-up, mailed code and recovery, each in both browsers; gives one mailed link of each kind."""
    for browser, home in ((stranger, cast.adam), (mia, cast.eve)):
        for path, more in (("/signup", {"name": "Zoe"}), ("/login/code", {}), ("/recover", {})):
            await _forget_limits()
            await browser.open(path)
            await browser.submit(path, email=home.replace("@", "@zebra." if path == "/signup" else "@"), **more)
    mailed = [await mailbox.link(cast.eve), await mailbox.link("adam@zebra.acme.test")]
    await stranger.open("/recover/sent")
    await stranger.submit("/recover/sent", code=await mailbox.code(cast.adam))
    await mia.open("/signup/verify")
    await mia.submit("/signup/verify", code=await mailbox.code("eve@zebra.beta.test"))
    await MailedLink.make(await id_of(cast.mia), "unlock", crypto.digest("sample"), 60)
    return [*mailed, "/recover/unlock?token=sample"]


async def _come_from_google(stranger: Browser, mia: Browser, oidc: Oidc) -> None:
    """The stranger is about to make an account with it, the member to link it."""
    await through_google(stranger, oidc)
    assert stranger.name == "google.finish"
    await come_back(mia, oidc, await depart(mia, GOOGLE, GOOGLE), sub="1002")
    assert mia.name == "google.link"


async def _ask_about_the_second_step(stranger: Browser, mia: Browser, cast: Cast, mailbox: Mailbox) -> None:
    """The stranger is asked for the mailed code; the other browser gave one, of somebody who has no second step."""
    for browser, email in ((stranger, cast.olga), (mia, cast.adam)):
        await _forget_limits()
        await browser.open(LOST)
        await browser.submit(LOST, email=email)
        assert browser.name == "recover.lost_code"
    await mia.submit(f"{LOST}/code", code=await mailbox.code(cast.adam))
    assert mia.name == "recover.lost_nothing"


async def _wait_for_removal(app: Litestar, cast: Cast, mailbox: Mailbox) -> tuple[Seat, list[str]]:
    """Somebody whose wait for a lost second step is over, and the mailed links that stop it and finish it."""
    browser = await first_step(app, cast.otto)
    await browser.open(LOST)
    await browser.submit(f"{LOST}/start")
    assert browser.name == "recover.lost_waiting"
    acts = [await mailbox.act(cast.otto, ASKED)]
    await db.execute('UPDATE "TwoFactorRecoveries" SET "readyAt" = app_now()')
    await jobs.watch()
    return Seat(browser, [LOST], onward=False), [*acts, await mailbox.act(cast.otto, READY)]


async def _keep_a_form(app: Litestar, cast: Cast) -> Seat:
    """Somebody whose proof is older than ten minutes, and what they sent waits for a new one."""
    browser = await first_step(app, cast.olga)
    await db.execute(
        'UPDATE "Sessions" SET "authenticatedAt" = app_now() - interval \'11 minutes\' WHERE "userId" = $1',
        await id_of(cast.olga),
    )
    await browser.open(GOOGLE)
    await browser.submit(GOOGLE)
    assert browser.name == "sudo.index"
    asked = str(browser.page.url).removeprefix(settings().base_url)
    return Seat(browser, [GOOGLE, asked, str(browser.page.url.params["next"])], onward=False)


async def _invite(app: Litestar, cast: Cast, mailbox: Mailbox) -> tuple[Seat, Seat]:
    """Somebody who invites, one and many, and somebody who is invited, signed in with the mail open."""
    await _forget_limits()
    head = await sign_in(Browser(app), cast.adam)
    await invite(head, cast.eve, note="Welcome", label="Beta")
    link, own = await link_of(mailbox, cast.eve), await invitation_of(cast.eve)
    await head.open(f"{LIST}/many")
    await head.submit(f"{LIST}/many", typed="a@x.test, nonsense", file=None, roles=await role("Member"))
    batch = head.path
    eve = await sign_in(Browser(app), cast.eve)
    pages = [LIST, f"{LIST}?show=all", f"{LIST}/new", f"{LIST}/many", batch, f"{LIST}/{own}/correct", link]
    return Seat(head, pages, onward=False), Seat(
        eve, ["/invitations/open", f"/invitations/open/{own}", link], onward=False
    )


async def _look_after(app: Litestar, cast: Cast, mailbox: Mailbox) -> Seat:
    """An owner who acts on several members, and who offers the team; the mailed links that accept and that decline."""
    await give_roles(cast.nora, "Member", slug="beta")
    links = []
    for slug, giver, taker in (("acme", cast.olga, cast.adam), ("beta", cast.eve, cast.nora)):
        actor = Actor(kind="person", user_id=await id_of(giver), name="Zoe", sudo=Sudo.STRONGEST)
        with tenancy.scope(await tenant_id(slug)):
            await ownership.offer(taker, stepping_down=True, by=actor)
        links.append(re.findall(r"/links/\S+", (await mailbox.newest(taker)).text))
    await _forget_limits()
    olga, mia = await sign_in(Browser(app), cast.olga), str(await id_of(cast.mia))
    sent: Values = {"members": [mia], "act": "remove", "role": ""}
    pages = [f"/t/acme{path}" for path in ("", "/members", f"/members/{mia}", f"/members/{mia}/why", "/ownership")]
    pages += [f"/t/acme/members/{mia}/remove", "/t/acme/roles/new", f"/t/acme/roles/{await make_role('Clerk')}/delete"]
    pages += ["/tenants/acme/leave", links[0][0], links[1][1]]
    return Seat(olga, pages, onward=False, sent=tuple((f"/t/acme/members/bulk{end}", sent) for end in ("", "/apply")))


async def _forget_limits() -> None:
    await db.execute('DELETE FROM "RateLimits"')


def _scripted(app: Litestar) -> set[str]:
    return {
        f"POST {route.path}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.parsed_fn_signature.return_type.annotation is Data
    }
