"""The world of a journey: a running Portico, browsers, people, mailboxes.

One Portico serves the whole run: the first process starts it before the tests and stops it after them, whatever
happened, and tells the others its address. With BASE_URL (or --base-url) a running deployment is used instead.
"""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from pytest_playwright.pytest_playwright import CreateContextCallback

from e2e.database import Database
from e2e.kit import Kit
from e2e.mailbox import Mailbox
from e2e.people import Crew, People, Person, stranger
from e2e.server import SECRET, Portico, Variant
from e2e.watch import Watch
from tests.browser import find

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""The browser itself shall ask nobody anything."""

World = dict[str, str]
WORLD = pytest.StashKey[World]()
PORTICO = pytest.StashKey[Portico]()


def pytest_configure(config: pytest.Config) -> None:
    """What a failure leaves in test-results/, unless the command line says otherwise."""
    if config.option.tracing == "off":
        config.option.tracing = "retain-on-failure"
    if config.option.screenshot == "off":
        config.option.screenshot = "only-on-failure"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workerinput"):
        config.stash[WORLD] = config.workerinput["world"]
    elif not config.option.collectonly:
        signal.signal(signal.SIGTERM, _as_interrupt)
        config.stash[WORLD] = _start(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Each xdist process is told the same world."""
    node.workerinput["world"] = node.config.stash[WORLD]


def pytest_sessionfinish(session: pytest.Session) -> None:
    portico = session.config.stash.get(PORTICO, None)
    if portico is not None:
        portico.stop()


@pytest.fixture(scope="session")
def world(pytestconfig: pytest.Config) -> World:
    return pytestconfig.stash[WORLD]


@pytest.fixture(scope="session")
def base_url(world: World) -> str:
    return world["address"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], world: World) -> dict[str, Any]:
    args = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)
    return browser_type_launch_args | {"executable_path": world["browser"], "args": args}


@pytest.fixture
def script() -> bool:
    """Whether pages may run scripts; `@with_and_without_script` walks a journey both ways."""
    return True


@pytest.fixture
def watches(base_url: str) -> Iterator[Callable[[BrowserContext], None]]:
    """Every browser of a journey is watched, and the journey fails if a page did what no page may."""
    watching: list[Watch] = []

    def watch(context: BrowserContext) -> None:
        watching.append(Watch(context, base_url))

    yield watch
    complaints = [complaint for one in watching for complaint in one.complaints()]
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def new_page(
    watches: Callable[[BrowserContext], None], new_context: CreateContextCallback, script: bool
) -> Callable[..., Page]:
    """A page in a browser of its own: nothing remembered but the `storage_state=` of a made person, if one is given."""

    def open_one(**options: Any) -> Page:
        chosen: dict[str, Any] = {"java_script_enabled": script, "reduced_motion": "reduce"}
        context = new_context(**chosen | options)
        watches(context)
        return context.new_page()

    return open_one


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def mailbox(base_url: str, request: pytest.FixtureRequest, output_path: str) -> Iterator[Mailbox]:
    """The mails; those of a failed journey are kept beside its screenshot and trace."""
    reader = Mailbox(base_url)
    yield reader
    if getattr(request.node, "rep_call", None) is None or request.node.rep_call.failed:
        reader.keep(Path(output_path))
    reader.close()


@pytest.fixture
def person() -> Person:
    """Somebody without an account."""
    return stranger()


@pytest.fixture(scope="session")
def kit(base_url: str) -> Iterator[Kit]:
    """Makes people in a named state, and lets time pass for one of them."""
    asking = Kit(base_url)
    yield asking
    asking.close()


@pytest.fixture
def people(kit: Kit) -> People:
    return People(kit)


@pytest.fixture
def member(people: People) -> Person:
    """Somebody with an account who is signed in nowhere."""
    return people.member()


@pytest.fixture
def crew(people: People) -> Crew:
    """A team with an owner, an admin and a member, all signed in nowhere."""
    return people.crew()


@pytest.fixture(scope="session")
def database(world: World) -> Database:
    """For journeys in which time passes; a deployment's clock and database are its own."""
    if not world["database"]:
        pytest.skip("makes time pass in the database, which only a local run may do")
    return Database(world["database"], world["secret"])


@pytest.fixture(scope="session")
def variant(world: World) -> Iterator[Callable[..., str]]:
    """The same product with other settings: gives its address. Only where the run has a server of its own."""
    if not world["database"]:
        pytest.skip("needs a server with other settings, which only a local run can start")
    started: dict[str, Variant] = {}

    def start(**settings: str) -> str:
        key = repr(settings)
        if key not in started:
            started[key] = Variant(**{"database": world["database"], "SECRET_KEY": world["secret"]} | settings)
        return started[key].address

    yield start
    for one in started.values():
        one.stop()


def _start(config: pytest.Config) -> World:
    """The deployment that was named, or a Portico of our own."""
    world = {"address": config.option.base_url or os.environ.get("BASE_URL", ""), "database": "", "secret": ""}
    world["browser"] = str(find())
    if not world["address"]:
        portico = config.stash[PORTICO] = Portico().start()
        world |= {"address": portico.address, "database": portico.database, "secret": SECRET}
    world["address"] = world["address"].rstrip("/")
    return world


def _as_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
