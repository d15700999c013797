"""The cast: the demo people, as `portico seed` makes them."""

import pytest

from app.operator import seeding
from tests.database import TestDatabase

PASSWORD = seeding.PASSWORD


class Cast:
    """Addresses by name; all of them have the same password."""

    olga = "olga@acme.test"
    adam = "adam@acme.test"
    mia = "mia@acme.test"
    eve = "eve@beta.test"
    otto = "otto@platform.test"
    nora = "nora@nowhere.test"


@pytest.fixture
async def cast(database: TestDatabase) -> Cast:
    await seeding.seed()
    return Cast()
