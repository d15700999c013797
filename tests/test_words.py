"""Texts in the source: whatever people read stands in `_()`, in every branch of every template and verb.

The pages of test_i18n.py show what they are asked for; here also the pages that only faults and rare cases show.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from app.config import ROOT
from app.web import templating
from tests.spoken import Spoken, escaped

CODE = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted(path for path in templating.TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})

# What speaks to people, and which of its arguments are words: a place or a name.
SPEAKERS: dict[str, set[int | str]] = {
    "Rejected": {1, "message"},
    "Limited": {1, "message"},
    "Forbidden": {0, "missing"},
    "StopValidation": {0},
    "Go": {"say"},
    "Flash": {1, "text"},
    "Text": {0, "missing"},
    "Secret": {0, "missing"},
    "Code": {0},
    "Tick": {0, "missing"},
}
# The reference's default for the name of a passkey, and what a parser calls a system; and what a template of addresses
# and times is made of.
DATA = {"Primary Authenticator", "Mac OS X"}
ADDRESSES = re.compile(r"/[a-z]+\b|\bUTC\b|\?next=")
# Attributes that a macro writes into the tag of another one.
ATTRIBUTES = re.compile(r"\b(id|name|maxlength|aria-invalid|aria-describedby)=\"[^\"]*\"|\brequired\b|\bautofocus\b")
# They speak to operators and programmers, at a console or in a log, and English is what these are in.
CONSOLES = ("cli.py", "columns.py", "config.py", "dev.py", "operator/", "migrations.py", "postgres.py")

SENTENCE = re.compile(r"[A-Z][a-z’]+[ ,].*\w", re.DOTALL)
WORDS = re.compile(r"\w{2,} \w|^[A-Z]\w")
STYLES = re.compile(r"font-family:|%[HYd]|^username webauthn$")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def translations(tree: ast.AST) -> Iterator[ast.Call]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", "_l", "ngettext"}:
            yield call


def translated(tree: ast.AST) -> set[ast.AST]:
    """Everything that stands in a call of `_` and its kind, if a translator can find the message there."""
    whole = (call for call in translations(tree) if isinstance(call.args[0], ast.Constant))
    return {part for call in whole for part in ast.walk(call)}


def docstrings(tree: ast.AST) -> set[ast.AST]:
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def spoken(tree: ast.AST) -> Iterator[ast.expr]:
    """The arguments that people read."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            words = SPEAKERS.get(function, set())
            yield from (argument for place, argument in enumerate(call.args) if place in words)
            yield from (pair.value for pair in call.keywords if pair.arg in words)


def unspoken_for(source: str) -> list[str]:
    """What a file says to people without `_`."""
    tree = ast.parse(source)
    fine = translated(tree)
    said = [
        ast.unparse(part)
        for argument in spoken(tree)
        for part in ast.walk(argument)
        if part not in fine
        and (isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str)))
    ]
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    sentences = [
        str(text.value) for text in texts if SENTENCE.match(str(text.value)) and text not in fine | docstrings(tree)
    ]
    return [text for text in said if text != "''"] + [text for text in sentences if text not in DATA]


def template_texts(source: str) -> Iterator[str]:
    """What a template says outside `_()`: its own text, and words that it hands to components."""
    environment = jinja2.Environment(autoescape=True)
    kinds = {"data": None, "variable_begin": "\0"}
    markup = "".join(kinds[kind] or text for _line, kind, text in environment.lex(source) if kind in kinds)
    yield from (ATTRIBUTES.sub(" ", ADDRESSES.sub(" ", text)) for text in Spoken(markup).texts)
    tree = environment.parse(source)
    inside = {
        id(word)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "ngettext"}
        for word in call.find_all(nodes.Const)
    }
    for word in tree.find_all(nodes.Const):
        if isinstance(word.value, str) and id(word) not in inside and WORDS.search(word.value):
            yield "" if STYLES.search(word.value) else word.value


@pytest.mark.parametrize("path", CODE, ids=name)
def test_what_code_says_to_people_is_translated(path: Path) -> None:
    if not name(path).removeprefix("app/").startswith(CONSOLES):
        assert not unspoken_for(path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_what_a_template_says_is_translated(path: Path) -> None:
    assert not [word for text in template_texts(path.read_text()) for word in escaped(text)]


@pytest.mark.parametrize(
    "source",
    [
        'raise Rejected("email", "Enter an address.")',
        'raise Limited(3, f"Wait {wait} seconds")',
        'return Go("/", say="Done")',
        'flash.put(caller, Flash("info", "Done"))',
        'name = Text("Name", most=100, missing=_l("Enter your name."))',
        'name = Text(_l("Name"), most=100, missing="empty")',
        'said = "Your account is ready."\nreturn Go("/", say=said)',
        'raise Rejected(None, _("One.") if one else "two")',
        'raise Rejected(None, _(f"Wait {wait} seconds."))',
    ],
)
def test_a_text_in_code_that_escaped_is_found(source: str) -> None:
    assert unspoken_for(source)


@pytest.mark.parametrize(
    "source",
    [
        "<p>Sign in</p>",
        '{{ ui.heading("Sign in") }}',
        '{% if never %}<p title="Look here"></p>{% endif %}',
        '<p>{{ _("Hello") }} there</p>',
        '{{ ui.button("Go" if x else _("Stay")) }}',
        "{% block subject %}Your code{% endblock %}",
    ],
)
def test_a_text_in_a_template_that_escaped_is_found(source: str) -> None:
    assert [word for text in template_texts(source) for word in escaped(text)]


def test_what_is_translated_is_left_alone() -> None:
    assert not unspoken_for('raise Rejected("email", _("Enter an address."))\nGo("/", say=error.message)')
    assert not list(filter(escaped, template_texts('<p class="wide">{{ _("Sign in") }}</p>{{ ui.icon("mail") }}')))
