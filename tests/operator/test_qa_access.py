"""Who may ask the QA kit: no page of another site, in staging whoever has the token, in production nobody."""

import httpx
import pytest
from litestar import Litestar

from app import db
from app.config import settings
from app.main import create_app
from app.operator.qa.states import STATES
from tests.conftest import configured
from tests.mailbox import Mailbox
from tests.operator.kit import MAKE, Json, is_signed_in, post
from tests.test_cli import Run, portico
from tests.visitor import Browser

__all__ = ["portico"]

pytestmark = pytest.mark.anyio

TOKEN = "a-long-token-for-quality-people"


@pytest.mark.parametrize("path", ["/dev/qa/make", "/dev/qa/age"])
@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": ""},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
async def test_a_page_of_another_site_makes_nobody(
    app: Litestar, mailbox: Mailbox, path: str, headers: dict[str, str]
) -> None:
    """Forms of other sites can send text that is JSON, but not its content type; a script's question gets no yes."""
    answer = await post(app, path, {"person": "member"}, **headers)
    assert answer.status_code == 403
    asked = await Browser(app).http.options(path, headers={"origin": "https://evil.example"})
    assert not [name for name in asked.headers if name.startswith("access-control-")]
    assert not await db.value('SELECT count(*) FROM "Users"')

    own = await post(app, MAKE, {"person": "member"}, origin=settings().base_url)
    assert own.status_code == 200


@pytest.mark.parametrize("path", ["/dev/qa/make", "/dev/qa/age"])
async def test_in_production_there_is_no_kit(app: Litestar, mailbox: Mailbox, production: None, path: str) -> None:
    """Neither where the routes are left out nor, should they be there by mistake, behind them."""
    configured(qa_token=TOKEN)
    for served in (create_app(), app):
        for headers in ({}, {"authorization": f"Bearer {TOKEN}"}):
            assert (await post(served, path, {"person": "member"}, **headers)).status_code == 404
        without = await Browser(create_app()).open(path, authorization=f"Bearer {TOKEN}")
        assert without.status_code == 404

    assert not [route.path for route in create_app().routes if route.path.startswith("/dev")]
    assert not await db.value('SELECT count(*) FROM "Users"')


async def test_in_staging_it_takes_the_token(app: Litestar, mailbox: Mailbox) -> None:
    configured(environment="staging", base_url="https://staging.example", qa_token=TOKEN)
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": f"Bearer {TOKEN}x"}):
        assert (await post(app, MAKE, {"person": "member"}, **headers)).status_code == 404
    assert not await db.value('SELECT count(*) FROM "Users"')

    answer = await post(app, MAKE, {"person": "member"}, authorization=f"Bearer {TOKEN}")

    assert answer.status_code == 200
    configured(qa_token=None)
    assert (await post(app, MAKE, {"person": "member"}, authorization="Bearer ")).status_code == 404


async def test_an_answer_is_not_kept_by_anybody(app: Litestar, mailbox: Mailbox) -> None:
    answer: httpx.Response = await post(app, MAKE, {"person": "totp"})

    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


async def test_the_console_makes_people_too_and_never_in_production(app: Litestar, portico: Run) -> None:
    configured(environment="production")
    for words in (["make", "member"], ["age", "mia@acme.test", "8d"]):
        refused = await portico("qa", *words)
        assert refused.exit_code == 2
        assert "development and staging" in refused.output
    assert not await db.value('SELECT count(*) FROM "Users"')

    configured(environment="development")
    result = await portico("qa", "make", "totp", "--email", "zoe@zebra.test", "--name", "Zoe", "--signed-in")
    assert result.exit_code == 0
    made: Json = httpx.Response(200, text=result.output).json()
    assert (made["state"], made["email"], made["name"]) == ("totp", "zoe@zebra.test", "Zoe")
    await is_signed_in(app, made)

    unknown = await portico("qa", "make", "ghost")
    assert (unknown.exit_code, unknown.output[:36]) == (1, "portico: there is no state 'ghost'; ")
    listed = await portico("qa", "make", "--help")
    assert all(f"  {state} " in listed.output for state in STATES)
