"""Components that stand in the place of their call show what the call would show."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jinja2
import pytest

from app import i18n
from app.moments import Moment
from app.web import templating
from app.web.visitor import Person
from tests.test_moments import AT

HOSTILE = """"><script>alert('1')</script>&amp;"""
PERSON = Person(
    id=UUID(int=1),
    email="mia@acme.test",
    name=HOSTILE,
    avatar=None,
    language="en",
    timezone="UTC",
    session_id=UUID(int=2),
    signed_in_at=AT,
    methods=("password",),
    proven_by=("password",),
    proof_age=0.0,
    factors=frozenset({"password"}),
    two_step=False,
    idle_seconds=43200,
    idle_left=43200,
)
MOMENT = Moment("2026-11-22T13:05:33Z", "just now", "22 November 2026")

CALLS: list[tuple[str, Mapping[str, Any]]] = [
    ("ui.badge('neutral', text)", {"text": HOSTILE}),
    ("ui.badge(kind, text=text)", {"text": "x", "kind": HOSTILE}),
    ("ui.badge('neutral', 'constant & plain')", {}),
    ("ui.plate(text)", {"text": HOSTILE}),
    ("ui.plate(text, logo)", {"text": "x", "logo": HOSTILE}),
    ("ui.time(moment)", {"moment": MOMENT}),
    ("ui.time(moment)", {"moment": AT}),
    ("ui.time(text, words, exact)", {"text": "x", "words": HOSTILE, "exact": None}),
    ("ui.avatar(person)", {"person": PERSON}),
    ("ui.flashes(text)", {"text": [("danger", HOSTILE), ("info", "two")]}),
    ("ui.alert('success', text)", {"text": HOSTILE}),
    ("ui.heading(_('Hello, %(name)s', name=text))", {"text": HOSTILE}),
    ("ui.heading(text, over=text)", {"text": HOSTILE}),
    ("ui.button(text, icon_name='mail')", {"text": HOSTILE}),
    ("ui.button(text, icon_name=icon_name)", {"text": "x", "icon_name": "mail"}),
    ("ui.empty(text, text, 'building')", {"text": HOSTILE}),
]


@pytest.mark.parametrize(("call", "context"), CALLS)
@pytest.mark.parametrize("tag", [i18n.LANGUAGES[0], i18n.PSEUDO])
def test_a_component_shows_the_same_in_its_place(call: str, context: Mapping[str, Any], tag: str) -> None:
    with i18n.use_language(tag):
        pages = templating.environment()
    called = pages.from_string(f"{{% set shown = {call} %}}<p>{{{{ shown }}}}</p>")
    in_place = pages.from_string(f"<p>{{{{ {call} }}}}</p>")

    assert in_place.render(context) == called.render(context)
    assert "<script>" not in in_place.render(context)


def test_its_names_and_the_pages_are_kept_apart() -> None:
    """`text` is the component's parameter and the page's variable; `kind` and `words` are the page's alone."""
    page = templating.environment().from_string(
        "{% set text = 'mine' %}{% set kind = 'mine too' %}"
        "{{ ui.badge('neutral', other) }}{{ ui.flashes([('info', other)]) }}{{ ui.time(moment) }}{{ text }}, {{ kind }}"
    )

    shown = page.render(other="theirs", moment=MOMENT, words="leaked", caller="leaked")

    assert shown.endswith("mine, mine too")
    assert "theirs" in shown
    assert "leaked" not in shown


def test_a_page_names_what_it_forgot() -> None:
    page = templating.environment().from_string("{{ ui.badge('neutral', forgotten) }}")

    with pytest.raises(jinja2.UndefinedError, match="forgotten"):
        page.render()


def test_a_page_calls_no_component_that_can_stand_in_its_place() -> None:
    """What the signed-in home needs to be quick (docs/performance.md)."""
    pages = templating.environment()
    code = pages.compile(templating.sources()["account/home.html"][0], "account/home.html", raw=True)

    assert "'heading'" not in code
    assert "'badge'" not in code
