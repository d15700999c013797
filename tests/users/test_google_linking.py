"""Linking a Google account to one that is there, and unlinking it: never silently, never somebody else's."""

import pytest
from litestar import Litestar

from app import db
from app.actor import Actor
from app.errors import NeedsSudo
from app.users.google import actions
from tests.cast import PASSWORD, Cast
from tests.database import Clock
from tests.mailbox import Mailbox
from tests.users.oidc import Oidc, come_back, depart, linked, oidc, question, through_google
from tests.visitor import Browser

__all__ = ["oidc"]

pytestmark = pytest.mark.anyio

PAGE = "/account/security/google"


@pytest.fixture
async def visitor(app: Litestar, cast: Cast, oidc: Oidc) -> Browser:
    return Browser(app)


async def signed_in(visitor: Browser, email: str, path: str = "/login") -> Browser:
    await visitor.open(path)
    await visitor.submit("/login", email=email, password=PASSWORD)
    return visitor


async def google_of(email: str) -> str | None:
    found: str | None = await db.value('SELECT "googleId" FROM "Users" WHERE "email" = $1', email)
    return found


async def make_known(email: str = "gil@gmail.com") -> None:
    """Mia's address is one that Google vouches for."""
    await db.execute('UPDATE "Users" SET "email" = $1 WHERE "email" = \'mia@acme.test\'', email)


async def test_a_known_address_is_not_opened_and_no_second_account_is_made(visitor: Browser, oidc: Oidc) -> None:
    await make_known()

    await through_google(visitor, oidc)

    assert visitor.name == "google.known"
    assert visitor.cookie("session") is None
    assert await google_of("gil@gmail.com") is None
    assert await db.value('SELECT count(*) FROM "Users" WHERE "email" = \'gil@gmail.com\'') == 1
    await visitor.open("/login/google/finish")
    assert visitor.page.status_code == 410


async def test_its_owner_signs_in_once_and_says_yes(visitor: Browser, oidc: Oidc, mailbox: Mailbox) -> None:
    await make_known()
    await through_google(visitor, oidc, "/login?next=/logout")
    assert visitor.name == "google.known"

    await signed_in(visitor, "gil@gmail.com", f"/login?next={PAGE}")
    assert visitor.name == "google.link"
    assert "gil@gmail.com" in visitor.document.text
    assert await google_of("gil@gmail.com") is None, "looking links nothing"
    await visitor.submit(f"{PAGE}/link")

    assert visitor.name == "login.logout", "where they were going when they began"
    assert await google_of("gil@gmail.com") == "1001"
    mail = await mailbox.newest("gil@gmail.com")
    assert "Google account gil@gmail.com can sign in" in mail.text.replace("\u2060", "")
    undo = await db.value('SELECT "parameters" FROM "MailedLinks" WHERE "parameters"->>\'event\' = \'google.linked\'')
    assert undo == {
        "event": "google.linked",
        "google": "1001",
        "told": {"google": "gil@gmail.com", "device": "Firefox · Linux", "place": None},
    }
    await visitor.submit("/logout")
    await through_google(visitor, oidc)
    assert visitor.name == "account.home"


async def test_who_signs_in_as_somebody_else_is_offered_nothing(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await make_known()
    await through_google(visitor, oidc)
    await signed_in(visitor, cast.adam, f"/login?next={PAGE}")
    offer = await db.value('SELECT "id" FROM "GoogleOffers"')

    assert "gil@gmail.com" not in visitor.document.text
    await visitor.post(f"{PAGE}/link", offer=str(offer))

    assert visitor.page.status_code == 410
    assert await google_of(cast.adam) is None


async def test_the_offer_stays_in_its_browser_and_ends_after_a_quarter_of_an_hour(
    app: Litestar, visitor: Browser, oidc: Oidc, clock: Clock
) -> None:
    await make_known()
    await through_google(visitor, oidc)
    other = await signed_in(Browser(app), "gil@gmail.com", f"/login?next={PAGE}")
    assert "Link" not in other.document.headings[0]
    await other.post(f"{PAGE}/link", offer=str(await db.value('SELECT "id" FROM "GoogleOffers"')))
    assert other.page.status_code == 410
    await clock.advance(minutes=16)
    await signed_in(visitor, "gil@gmail.com", f"/login?next={PAGE}")

    await visitor.post(f"{PAGE}/link", offer=str(await db.value('SELECT "id" FROM "GoogleOffers"')))

    assert visitor.page.status_code == 410
    assert await google_of("gil@gmail.com") is None


async def test_a_link_waits_for_the_second_step(visitor: Browser, oidc: Oidc) -> None:
    """A half-made sign-in may not link (CVE-2026-105207)."""
    await make_known()
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = \'gil@gmail.com\'')
    await through_google(visitor, oidc)
    await signed_in(visitor, "gil@gmail.com", f"/login?next={PAGE}")
    assert visitor.path == "/login/second-factor"

    await visitor.open(PAGE)

    assert visitor.name == "login.index"
    assert await google_of("gil@gmail.com") is None


async def test_the_account_that_was_shown_is_linked_and_no_other(
    app: Litestar, visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    """Confirm Google A while another tab has come back as Google B (CVE-2026-9087)."""
    await signed_in(visitor, cast.mia)
    await come_back(visitor, oidc, await depart(visitor, PAGE, PAGE), sub="1", email="a@gmail.com")
    page_a = visitor.page
    await come_back(visitor, oidc, await depart_by_post(visitor), sub="2", email="b@gmail.com")
    visitor.page = page_a

    await visitor.submit(f"{PAGE}/link")

    assert visitor.page.status_code == 410
    assert await google_of(cast.mia) is None


async def depart_by_post(visitor: Browser) -> dict[str, str]:
    """As another tab would, whose page has no offer on it."""
    await visitor.post(PAGE)
    return question(visitor)


async def test_linking_from_ones_own_page(app: Litestar, visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    elsewhere = await signed_in(Browser(app), cast.mia)
    await signed_in(visitor, cast.mia)
    await visitor.open(PAGE)
    assert "No Google account is linked" in visitor.document.text

    await come_back(visitor, oidc, await depart(visitor, PAGE, PAGE), email="mia.m@zebra.test", email_verified=False)
    assert visitor.name == "google.link"
    assert "mia.m@zebra.test" in visitor.document.text
    await visitor.submit(f"{PAGE}/link", elsewhere=None)

    assert visitor.name == "google.link"
    assert await google_of(cast.mia) == "1001"
    await elsewhere.open("/")
    assert elsewhere.name == "account.home", "the tick was taken away"


async def test_linking_signs_out_elsewhere_unless_told_not_to(
    app: Litestar, visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    elsewhere = await signed_in(Browser(app), cast.mia)
    await signed_in(visitor, cast.mia)
    await come_back(visitor, oidc, await depart(visitor, PAGE, PAGE))

    await visitor.submit(f"{PAGE}/link")

    await elsewhere.open("/")
    assert elsewhere.name == "home.landing"
    await visitor.open("/")
    assert visitor.name == "account.home"


async def test_an_answer_for_one_person_does_not_link_another(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await signed_in(visitor, cast.mia)
    asked = await depart(visitor, PAGE, PAGE)
    await visitor.open("/")
    await visitor.submit("/logout")
    await signed_in(visitor, cast.adam)

    await come_back(visitor, oidc, asked)

    assert await db.value('SELECT count(*) FROM "GoogleOffers"') == 0
    assert await google_of(cast.adam) is None


async def test_a_google_account_of_somebody_else_is_refused_without_saying_whose(
    visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    await linked(cast.adam)
    await signed_in(visitor, cast.mia)

    await come_back(visitor, oidc, await depart(visitor, PAGE, PAGE))

    assert visitor.name == "google.link"
    assert "linked to another account here" in visitor.document.text
    assert "adam" not in visitor.document.text.lower()
    assert await google_of(cast.mia) is None


async def test_a_google_account_that_was_linked_elsewhere_meanwhile_is_refused(
    visitor: Browser, oidc: Oidc, cast: Cast
) -> None:
    await signed_in(visitor, cast.mia)
    await come_back(visitor, oidc, await depart(visitor, PAGE, PAGE))
    await linked(cast.adam)

    await visitor.submit(f"{PAGE}/link")

    assert visitor.page.status_code == 422
    assert "linked to another account here" in visitor.document.text
    assert await google_of(cast.mia) is None


async def test_linking_the_same_account_again_says_so(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    await signed_in(visitor, cast.mia)
    await visitor.open(PAGE)

    await come_back(visitor, oidc, await depart_by_post(visitor))

    assert "linked to yours already" in visitor.document.text


async def test_another_google_account_takes_the_place_of_the_first(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia, "old", "old@gmail.com")
    await make_known()
    await through_google(visitor, oidc)
    await signed_in(visitor, "gil@gmail.com", f"/login?next={PAGE}")
    assert "takes the place" in visitor.document.text

    await visitor.submit(f"{PAGE}/link")

    assert await google_of("gil@gmail.com") == "1001"
    assert await db.value('SELECT "email" FROM "GoogleLinks"') == "gil@gmail.com"


async def test_not_now_forgets_the_offer(visitor: Browser, oidc: Oidc) -> None:
    await make_known()
    await through_google(visitor, oidc, "/login?next=/logout")
    await signed_in(visitor, "gil@gmail.com", f"/login?next={PAGE}")
    offer = visitor.document.form(f"{PAGE}/link")[1]["offer"]

    await visitor.post(f"{PAGE}/later", offer=offer)

    assert visitor.name == "login.logout"
    assert await db.value('SELECT count(*) FROM "GoogleOffers"') == 0


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/link", f"{PAGE}/unlink"])
async def test_linking_and_unlinking_need_a_fresh_proof(
    visitor: Browser, oidc: Oidc, cast: Cast, clock: Clock, path: str
) -> None:
    await linked(cast.mia)
    await signed_in(visitor, cast.mia)
    await visitor.open(PAGE)
    await clock.advance(minutes=11)

    answer = await visitor.http.post(
        path,
        data={"csrf_token": visitor.document.form()[1]["csrf_token"]},
        headers={"origin": "http://localhost:8000"},
    )

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sudo?")
    assert await google_of(cast.mia) == "1001"


async def test_the_verbs_ask_for_the_proof_themselves(visitor: Browser, cast: Cast) -> None:
    mia = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', cast.mia)
    by = Actor(kind="person", user_id=mia)
    for act in (
        actions.depart("link", next_="/", browser=b"x", by=by),
        actions.link(mia, browser=b"x", elsewhere_too=True, by=by),
        actions.unlink(elsewhere_too=True, by=by),
    ):
        with pytest.raises(NeedsSudo):
            await act


async def test_unlinking(app: Litestar, visitor: Browser, oidc: Oidc, cast: Cast, mailbox: Mailbox) -> None:
    await linked(cast.mia)
    elsewhere = Browser(app)
    await through_google(elsewhere, oidc)
    await signed_in(visitor, cast.mia)
    await visitor.open(PAGE)
    assert "gil@gmail.com" in visitor.document.text

    await visitor.submit(f"{PAGE}/unlink")

    assert await google_of(cast.mia) is None
    assert await db.value('SELECT count(*) FROM "GoogleLinks"') == 0
    await elsewhere.open("/")
    assert elsewhere.name == "home.landing", "who came in by it is signed out"
    assert "unlinked" in (await mailbox.newest(cast.mia)).subject
    await through_google(elsewhere, oidc)
    assert elsewhere.cookie("session") in (None, ""), "it opens nothing any more"


async def test_the_last_way_in_is_not_unlinked(visitor: Browser, oidc: Oidc, cast: Cast) -> None:
    await linked(cast.mia)
    await db.execute('UPDATE "Users" SET "password" = NULL WHERE "email" = $1', cast.mia)
    await through_google(visitor, oidc)
    await visitor.open(PAGE)
    assert "only way in" in visitor.document.text
    assert f"{PAGE}/unlink" not in visitor.page.text

    await visitor.post(f"{PAGE}/unlink")
    assert visitor.page.status_code == 422
    assert await google_of(cast.mia) == "1001"

    await db.execute('UPDATE "Users" SET "passKeyEnabled" = true WHERE "email" = $1', cast.mia)
    await db.execute('UPDATE "Sessions" SET "provenBy" = \'{passkey}\'')
    await visitor.open(PAGE)
    await visitor.submit(f"{PAGE}/unlink")
    assert await google_of(cast.mia) is None
