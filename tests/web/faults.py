"""The app with routes that fail in every way, and a database that is away."""

from collections.abc import AsyncIterator

import pytest
from litestar import Controller, Litestar
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from app import db, main
from app.errors import Busy, Forbidden, Limited, NeedsSignIn, Rejected
from app.web.access import PUBLIC
from app.web.page import Page
from app.web.routes import get, post
from tests.conftest import configured

SECRET = "the-password-of-the-database"

REFUSALS: dict[str, Exception] = {
    "fault": RuntimeError(SECRET),
    "busy": Busy(7),
    "away": db.Away(SECRET),
    "limited": Limited(42, "That was too often."),
    "rejected": Rejected(None, "The rule says no."),
    "forbidden": Forbidden("<b>the right</b>"),
    "stranger": NeedsSignIn(),
}


class FaultPages(Controller):
    path = "/fault"

    @get("/{kind:str}", permission=PUBLIC)
    async def fail(self, kind: FromPath[str]) -> Page:
        """Fails as asked; a number is one of Litestar's own refusals."""
        if kind.isdigit():
            raise HTTPException(SECRET, status_code=int(kind))
        raise REFUSALS[kind]

    @post("/form/{kind:str}", permission=PUBLIC, csrf_exempt=True)
    async def fail_a_form(self, kind: FromPath[str]) -> Page:
        """An address that takes forms alone, and none that it likes."""
        raise REFUSALS[kind]


@pytest.fixture
def broken(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> Litestar:
    monkeypatch.setattr(main, "PAGES", [*main.PAGES, FaultPages])
    return main.create_app()


@pytest.fixture
async def no_database() -> AsyncIterator[None]:
    """A port where nobody listens."""
    before, db.engine.pool = db.engine.pool, None
    configured(database_url="postgresql://portico@127.0.0.1:9/portico")
    yield
    await db.close_pool()
    db.engine.pool = before
