"""What all tests share: settings, the app, and the fixtures of `tests/database.py`."""

from collections.abc import Iterator

import msgspec
import pytest
from litestar import Litestar

from app import config
from app.config import PasswordCost, Settings
from app.main import create_app
from app.web import templating

pytest_plugins = ["tests.database", "tests.cast", "tests.mailbox"]

CHEAP = PasswordCost(memory=64, passes=1, lanes=1)
"""Hashing that costs nothing: the real cost is tested where it matters."""

SETTINGS = Settings(
    secret_keys=("tests-tests-tests-tests-tests-tests",),
    base_url="http://localhost:8000",
    password_cost=CHEAP,
)


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    """Each test starts from the same settings; `configured()` changes them for one test."""
    config.use(SETTINGS)
    yield
    if config.settings() is not SETTINGS:
        _use(SETTINGS)


@pytest.fixture(scope="session")
def app() -> Litestar:
    config.use(SETTINGS)
    return create_app()


@pytest.fixture
def production() -> None:
    """The settings of a deployment."""
    configured(environment="production", base_url="https://portal.example", smtp_url="smtp://localhost")


def configured(**changes: object) -> None:
    """Other settings for the rest of this test."""
    _use(msgspec.structs.replace(config.settings(), **changes))


def _use(settings: Settings) -> None:
    """Templates have the settings compiled in."""
    config.use(settings)
    templating.forget()
