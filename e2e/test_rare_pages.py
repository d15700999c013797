"""The pages that people seldom meet are as accessible as the others."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from e2e.database import Database
from e2e.mailbox import Mailbox
from e2e.people import Person
from e2e.rare import RARE, Scene
from e2e.test_every_page import check  # noqa: F401 - a fixture


@pytest.mark.parametrize("way", RARE, ids=lambda way: way.__name__.replace("_", " "))
def test_a_rare_page_is_judged_like_the_others(
    page: Page,
    person: Person,
    mailbox: Mailbox,
    database: Database,
    variant: Callable[..., str],
    check: Callable[[], None],  # noqa: F811 - the fixture
    way: Callable[[Scene], None],
) -> None:
    way(Scene(page, person, mailbox, database, variant))

    check()
