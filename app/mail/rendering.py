"""From a kind and its parameters to a subject and two bodies of equal worth, text and HTML.

The subject is the block `subject` of the text template. Both templates see: the parameters, the secret values, `to`,
`site`, `lifetime` (how long the secret holds, in words, or None) and, in HTML, `subject`.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from babel.dates import format_datetime

from app import i18n
from app.i18n import ngettext
from app.web import templating

TIMES = frozenset({"when", "ready", "expires"})
"""Parameters that are times: UTC in ISO form."""

PASSAGES = frozenset({"note"})
"""Parameters in which a person wrote more than a name."""

LONGEST_WORD = 80
LONGEST_PASSAGE = 1000
LONGEST_SUBJECT = 150

# Cf also holds the joiners that some scripts and emoji need; the others turn text around or hide in it.
_JOINERS = "\u200c\u200d"
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
# What mail programs take for an address is broken up by a character of no width.
_LINKING = re.compile("(?<=[.:/@\\\\\u3002\uff0e\uff61])(?=\\S)")  # the last three are dots of East Asian keyboards
_WORD_JOINER = "\u2060"


class Letter(NamedTuple):
    """A mail in words."""

    language: str
    subject: str
    text: str
    html: str


def render(
    kind: str,
    *,
    to: str,
    language: str,
    parameters: Mapping[str, Any],
    secret: Mapping[str, str],
    life: timedelta | None,
) -> Letter:
    """Renders in `language`, or in the product's own where it is not known. Raises what Jinja raises."""
    tag = language if language in (*i18n.LANGUAGES, i18n.PSEUDO) else i18n.LANGUAGES[0]
    with i18n.use_language(tag):
        words = {name: _word(name, value) for name, value in parameters.items()}
        context = words | _said(parameters, words) | dict(secret) | {"to": to, "lifetime": _lifetime(life)}
        pages = templating.environment()
        plain = _texts(pages).get_template(f"emails/{kind}.txt")
        subject = _one_line("".join(plain.blocks["subject"](plain.new_context(context))))
        html = pages.get_template(f"emails/{kind}.html")
        return Letter(tag, subject, _tidy(plain.render(context)), html.render(context | {"subject": subject}))


def calm(text: str, longest: int = LONGEST_WORD) -> str:
    """What a person typed as it may stand in a mail: one short line, nothing hidden, and no link by accident.

    A name like `evil.example` would otherwise become a link in most mail programs (security 7.14).
    """
    seen = "".join(
        character if character in _JOINERS or unicodedata.category(character) not in _HIDDEN else " "
        for character in text
    )
    line = " ".join(seen.split())
    short = line if len(line) <= longest else f"{line[: longest - 1]}…"
    return _LINKING.sub(_WORD_JOINER, short)


def _word(name: str, value: object) -> object:
    if name in TIMES and isinstance(value, str):
        return _moment(datetime.fromisoformat(value))
    longest = LONGEST_PASSAGE if name in PASSAGES else LONGEST_WORD
    return calm(value, longest) if isinstance(value, str) else value


def _said(parameters: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """`words` are messages of the catalogue by name: translated now, their own values filled in."""
    return {name: i18n._(message) % values for name, message in (parameters.get("words") or {}).items()}


def _moment(when: datetime) -> str:
    locale = "en" if i18n.language() == i18n.PSEUDO else i18n.language().replace("-", "_")
    return f"{format_datetime(when, 'd MMM y, HH:mm', locale=locale)} UTC"


def _lifetime(life: timedelta | None) -> str | None:
    if life is None:
        return None
    minutes = max(1, round(life.total_seconds() / 60))
    if minutes % 60 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes)


def _one_line(text: str) -> str:
    """A line end in a header would start a new one; no template's subject may smuggle one in."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


class _Texts(templating.Environment):
    """The same templates without the escaping of HTML."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.autoescape = False
        self.globals["_"] = i18n._
        self.globals["ngettext"] = ngettext


@lru_cache(maxsize=len(i18n.LANGUAGES) + 1)
def _texts(pages: templating.Environment) -> _Texts:
    """One beside each environment of the pages, so that both have the same settings compiled in."""
    return _Texts(pages.tag)
