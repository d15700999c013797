"""What the product promises and a later part brings. Each fails today; the day it passes, it must be moved."""

import pytest
from litestar import Litestar

from app import db
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.visitor import Browser

pytestmark = pytest.mark.anyio


def later(row: str, what: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"row {row}: {what}")


@pytest.fixture
async def visitor(app: Litestar, cast: Cast) -> Browser:
    return Browser(app)


async def sign_in(visitor: Browser, email: str) -> None:
    await visitor.open("/login")
    await visitor.submit("/login", email=email, password=PASSWORD)


@later("2.3", "a sign-up is finished with a passkey")
async def test_finishing_offers_a_passkey(visitor: Browser, mailbox: Mailbox) -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name="Zoe", email="zoe@zebra.test")
    await visitor.submit("/signup/verify", code=await mailbox.code("zoe@zebra.test"))

    assert "passkey" in visitor.document.text.lower()


@later("2.4", "signing in by passkey and by Google")
async def test_signing_in_offers_a_passkey(visitor: Browser) -> None:
    await visitor.open("/login")

    assert "passkey" in visitor.document.text.lower()


@later("2.5", "the second step of people who have a second factor; until then they are kept out")
async def test_a_person_with_a_second_factor_gets_to_the_second_step(visitor: Browser, cast: Cast) -> None:
    await db.execute('UPDATE "Users" SET "twoFactorEnabled" = true WHERE "email" = $1', cast.mia)
    await sign_in(visitor, cast.mia)
    assert visitor.cookie("session") is None, "never a full session without the second step"

    assert visitor.path == "/login/second-factor"


@later("2.7", "the review of everything that opens the account, after a recovery")
async def test_the_sign_in_after_a_reset_opens_with_a_review(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await visitor.open("/recover")
    await visitor.submit("/recover", email=cast.mia)
    await visitor.submit("/recover/sent", code=await mailbox.code(cast.mia))
    await visitor.submit("/recover/reset", new_password=PASSWORD + "-new")
    await visitor.open("/login")
    await visitor.submit("/login", email=cast.mia, password=PASSWORD + "-new")

    assert visitor.path == "/recover/review"


@later("2.10", "a sign-in from a new device is mailed")
async def test_a_new_device_is_told_by_mail(visitor: Browser, cast: Cast, mailbox: Mailbox) -> None:
    await sign_in(visitor, cast.mia)

    assert await mailbox.count(cast.mia) == 1


@later("2.11", "an invitation beats a closed sign-up")
async def test_an_invited_person_signs_up_where_it_is_closed(visitor: Browser) -> None:
    configured(signup="closed")

    assert (await visitor.open("/invitations/" + "a" * 43)).status_code == 410


@later("2.12", "operators see who was stopped, and lift it")
async def test_operators_have_a_page_of_limits(visitor: Browser, cast: Cast) -> None:
    await sign_in(visitor, cast.otto)

    assert (await visitor.open("/operator/limits")).status_code == 200


@later("2.13", "new terms stand between a person and where they were going, once")
async def test_new_terms_are_asked_for_at_the_next_sign_in(visitor: Browser, cast: Cast) -> None:
    configured(terms_url="https://acme.test/terms", terms_version="2027-01")
    await sign_in(visitor, cast.mia)

    assert "terms" in visitor.document.headings[0].lower()
