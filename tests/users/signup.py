"""Signing up in tests: a stranger's browser, and the mail that it asks for."""

import pytest
from litestar import Litestar

from tests.database import TestDatabase
from tests.visitor import Browser

ZOE = "zoe@zebra.test"


@pytest.fixture
async def visitor(app: Litestar, database: TestDatabase) -> Browser:
    return Browser(app)


async def start(visitor: Browser, email: str = ZOE, name: str = "Zoe Zander") -> None:
    await visitor.open("/signup")
    await visitor.submit("/signup", name=name, email=email)
