"""What the product promises and a later part brings. Each fails today; the day it passes, it must be moved."""

import pytest
from litestar import Litestar

from app.operator.seeding import OTTO_TOTP
from tests.cast import Cast
from tests.second_step import sign_in_with_app

pytestmark = pytest.mark.anyio


def later(row: str, what: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"row {row}: {what}")


@later("2.12", "operators see who was stopped, and lift it")
async def test_operators_have_a_page_of_limits(app: Litestar, cast: Cast) -> None:
    visitor = await sign_in_with_app(app, cast.otto, OTTO_TOTP)

    assert (await visitor.open("/operator/limits")).status_code == 200
