"""Every sensitive change is told: a walk over all events, and over every place that records one (row 3.13)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from litestar import Litestar

from app import db, i18n
from app.actor import Actor
from app.audit.events import OWN_MAIL, TOLD, Event
from app.audit.log import record
from app.audit.notices import NOTICES
from app.config import ROOT
from tests.cast import Cast
from tests.mailbox import Mailbox

pytestmark = pytest.mark.anyio

TOLD_EVENTS = [event for event in Event if event.telling == TOLD]
OWN_WORDS = frozenset({"by", "about", "tenant_id", "undo"})
"""Arguments of record() that are no details."""


class Place(NamedTuple):
    """One call of record(): which event, with which details, and everything its function calls."""

    where: str
    event: Event
    details: set[str]
    calls: set[str]


def names_of(node: ast.expr) -> list[str]:
    """The members of Event that an expression may give: `Event.X`, or `Event.X if … else Event.Y`."""
    return [
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "Event"
    ]


def places() -> Iterator[Place]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_text())
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _places_in(path, function)


def _places_in(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Place]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    called = {ast.unparse(call.func) for call in calls}
    given = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in calls:
        if ast.unparse(call.func) != "record" or path.name == "log.py":
            continue
        where = f"{path.relative_to(ROOT)}:{call.lineno}"
        first = call.args[0]
        names = names_of(given.get(first.id, first) if isinstance(first, ast.Name) else first)
        if isinstance(first, ast.Name) and first.id in {argument.arg for argument in function.args.args}:
            names = sorted(_handed_to(function.name))
        assert names, f"{where} records an event that cannot be read here"
        assert all(word.arg for word in call.keywords), f"{where} passes details that cannot be read here"
        for name in names:
            yield Place(where, Event[name], {str(word.arg) for word in call.keywords} - OWN_WORDS, called)


@cache
def _handed_to(function: str) -> set[str]:
    """The events that callers anywhere hand to a function which records what it is given."""
    return {
        name
        for path in (ROOT / "app").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == function
        for argument in (*call.args, *(word.value for word in call.keywords))
        for name in names_of(argument)
    }


PLACES = list(places())


def test_the_walk_finds_the_places() -> None:
    found = {place.event for place in PLACES}
    assert {Event.DEVICE_SEEN, Event.NOT_ME_REPORTED, Event.OPERATOR_GRANTED, Event.USER_LOCKED} <= found


@pytest.mark.parametrize("event", Event, ids=lambda event: event.label)
def test_every_event_is_told_or_says_why_not(event: Event) -> None:
    if event.telling in (TOLD, OWN_MAIL):
        assert (event in NOTICES) is (event.telling == TOLD)
        return
    assert event not in NOTICES, "words that nobody is told"
    assert len(event.telling.split()) > 3, "a reason is a sentence"


@pytest.mark.parametrize("event", [event for event in Event if event.severity in ("high", "critical")])
def test_nothing_severe_is_passed_over_in_silence(event: Event) -> None:
    assert event.telling in (TOLD, OWN_MAIL)


@pytest.mark.parametrize("event", TOLD_EVENTS, ids=lambda event: event.label)
def test_every_place_gives_what_the_words_want(event: Event) -> None:
    notice = NOTICES[event]
    assert not re.search(r"%\((\w+)\)", notice.title), "a subject names no device or key"
    wanted = set(re.findall(r"%\((\w+)\)s", notice.text))
    for place in PLACES:
        if place.event is event:
            assert wanted <= place.details, f"{place.where} lacks {wanted - place.details}"


@pytest.mark.parametrize(
    "place", [place for place in PLACES if place.event.telling == OWN_MAIL], ids=lambda place: place.where
)
def test_an_event_with_a_mail_of_its_own_sends_it_where_it_is_recorded(place: Place) -> None:
    telling = re.compile(r"(^|\.)(send_\w+|tell_\w+|_mail_secrets|begin)$")
    assert any(telling.search(call) for call in place.calls), place.where


def test_no_two_notices_look_alike() -> None:
    titles = [notice.title for notice in NOTICES.values()]
    assert len(set(titles)) == len(titles)
    for notice in NOTICES.values():
        assert not notice.title.endswith((".", "!"))
        assert notice.text.endswith(".")
        assert "!" not in notice.text
        assert "please" not in notice.text.lower()


def details_of(event: Event) -> dict[str, Any]:
    return dict.fromkeys(re.findall(r"%\((\w+)\)s", NOTICES[event].text), "Pixel 9 <b>")


async def happen(event: Event, email: str, kind: str = "person") -> UUID:
    person: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', email)
    agent = "Mozilla/5.0 (X11; Linux) Firefox/140.0"
    by = Actor(kind="person", user_id=person, agent=agent) if kind == "person" else Actor.system("a console")
    async with db.transaction():
        await record(event, by=by, about=person, **details_of(event))
    return person


@pytest.mark.parametrize("event", TOLD_EVENTS, ids=lambda event: event.label)
async def test_each_is_told_by_mail_and_at_the_bell(cast: Cast, mailbox: Mailbox, event: Event) -> None:
    await happen(event, cast.mia)

    mail = await mailbox.newest(cast.mia)
    assert mail.subject == NOTICES[event].title
    assert NOTICES[event].text % details_of(event) in mail.text.replace("\u2060", "")
    assert "Firefox" in mail.text
    assert "Done by" not in mail.text
    assert mail.text.count("/links/") == 1
    assert "<b>" not in mail.html
    bell = await db.rows('SELECT * FROM "Notifications"')
    assert [(row["message"], row["read"]) for row in bell] == [(NOTICES[event].title, False)]


@pytest.mark.parametrize("event", TOLD_EVENTS, ids=lambda event: event.label)
async def test_each_is_told_in_the_readers_language(
    cast: Cast, mailbox: Mailbox, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "LANGUAGES", (i18n.PSEUDO,))
    await db.execute(
        'UPDATE "Users" SET "profile" = jsonb_set("profile", \'{language}\', to_jsonb($2::text)) WHERE "email" = $1',
        cast.mia,
        i18n.PSEUDO,
    )

    await happen(event, cast.mia)

    mail = await mailbox.newest(cast.mia)
    assert mail.subject == f"⟦{NOTICES[event].title}⟧"
    assert f"⟦{NOTICES[event].text % details_of(event)}⟧" in mail.text
    assert await db.value('SELECT "message" FROM "Notifications"') == f"⟦{NOTICES[event].title}⟧"


async def test_what_a_console_did_is_told_too_and_by_whom(cast: Cast, mailbox: Mailbox) -> None:
    await happen(Event.OPERATOR_GRANTED, cast.mia, "system")

    assert "Done by: the people who run Portico" in (await mailbox.newest(cast.mia)).text


async def test_preferences_silence_no_notice(cast: Cast, mailbox: Mailbox) -> None:
    await db.execute(
        'UPDATE "Users" SET "emailPreferences" = \'{"security": false, "updates": false}\' WHERE "email" = $1', cast.mia
    )

    await happen(Event.PASSWORD_CHANGED, cast.mia)

    assert await mailbox.count(cast.mia) == 1


async def test_what_was_rolled_back_is_not_told(app: Litestar, cast: Cast, mailbox: Mailbox) -> None:
    person: UUID = await db.value('SELECT "id" FROM "Users" WHERE "email" = $1', cast.mia)

    async def fail() -> None:
        async with db.transaction():
            await record(Event.PASSWORD_CHANGED, by=Actor.system("a test"), about=person)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert await mailbox.count(cast.mia) == 0
    assert await db.value('SELECT count(*) FROM "Notifications"') == 0
    assert await db.value('SELECT count(*) FROM "MailedLinks"') == 0


async def test_an_address_that_was_never_proven_is_told_nothing(cast: Cast, mailbox: Mailbox) -> None:
    await db.execute('UPDATE "Users" SET "emailVerified" = false WHERE "email" = $1', cast.mia)

    await happen(Event.PASSWORD_CHANGED, cast.mia)

    assert await mailbox.count(cast.mia) == 0
