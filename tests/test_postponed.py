"""What the product promises and a later part brings. Each fails today; the day it passes, it must be moved."""

import pytest
from litestar import Litestar

from app.operator.seeding import OTTO_TOTP
from tests.cast import PASSWORD, Cast
from tests.conftest import configured
from tests.second_step import sign_in_with_app
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


@later("2.11", "an invitation beats a closed sign-up")
async def test_an_invited_person_signs_up_where_it_is_closed(visitor: Browser) -> None:
    configured(signup="closed")

    assert (await visitor.open("/invitations/" + "a" * 43)).status_code == 410


@later("2.12", "operators see who was stopped, and lift it")
async def test_operators_have_a_page_of_limits(app: Litestar, cast: Cast) -> None:
    visitor = await sign_in_with_app(app, cast.otto, OTTO_TOTP)

    assert (await visitor.open("/operator/limits")).status_code == 200
