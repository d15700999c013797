"""What all tests share: settings, the app, and the fixtures of `tests/database.py`."""

from collections.abc import Iterator

import msgspec
import pytest
from litestar import Litestar

from app import config
from app.config import PasswordCost, Settings
from app.main import create_app

pytest_plugins = ["tests.database"]

CHEAP = PasswordCost(memory=64, passes=1, lanes=1)
"""Hashing that costs nothing: the real cost is tested where it matters."""

SETTINGS = Settings(
    secret_keys=("tests-tests-tests-tests-tests-tests",),
    base_url="http://localhost:8000",
    password_cost=CHEAP,
)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    """Each test starts from the same settings; `configured()` changes them for one test."""
    before = config.use(SETTINGS)
    yield
    config.use(before)


@pytest.fixture(scope="session")
def app() -> Litestar:
    config.use(SETTINGS)
    return create_app()


@pytest.fixture
def production() -> Iterator[None]:
    config.use(
        msgspec.structs.replace(
            SETTINGS, environment="production", base_url="https://portal.example", smtp_url="smtp://localhost"
        )
    )
    yield
    config.use(SETTINGS)


def configured(**changes: object) -> None:
    """Other settings for the rest of this test."""
    config.use(msgspec.structs.replace(config.settings(), **changes))
