"""Texts in the reader's language.

Messages without variables are folded into the templates when these are compiled (`web/templating.py`);
what runs through `_` at request time is what Python code says: refusals, flashes, labels.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations

from babel.support import LazyProxy, Translations

from app.config import ROOT

LANGUAGES = ("en",)
"""The languages people may choose, the first one being what texts are written in."""

PSEUDO = "en-XA"
"""A made-up language for tests: every translated text stands in brackets, so that one which escaped shows."""

RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})

_language: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """The language of what is being rendered now, as a BCP 47 tag."""
    return _language.get()


def set_language(tag: str) -> None:
    """Sets the language for the rest of this task (a request, a job)."""
    _language.set(tag)


@contextmanager
def use_language(tag: str) -> Iterator[None]:
    """Renders in `tag` for a while: mails go out in their reader's language."""
    token = _language.set(tag)
    try:
        yield
    finally:
        _language.reset(token)


def direction(tag: str) -> str:
    return "rtl" if tag.split("-", maxsplit=1)[0] in RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=1024)
def negotiate(accepted: str) -> str:
    """The best of LANGUAGES for an Accept-Language header (RFC 9110 section 12.5.4)."""
    wishes: list[tuple[float, str]] = []
    for part in accepted[:500].split(","):
        tag, _sep, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.strip().lower()))
        except ValueError:
            continue
    for _weight, tag in sorted(wishes, key=lambda wish: wish[0]):
        for known in LANGUAGES:
            if tag in (known.lower(), known.lower().split("-")[0]) or tag.split("-")[0] == known.lower():
                return known
    return LANGUAGES[0]


class _Pseudo(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@lru_cache(maxsize=32)
def translations(tag: str) -> NullTranslations | GNUTranslations:
    """The catalogue of a language; the written language needs none."""
    if tag == PSEUDO:
        return _Pseudo()
    return Translations.load(ROOT / "app" / "locale", [tag.replace("-", "_")])


def _(message: str, **values: object) -> str:
    """`message` in the current language, its `%(name)s` filled from `values`."""
    text = translations(language()).gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """The plural form that the current language uses for `n`, which is also `%(n)s`."""
    return translations(language()).ngettext(one, many, n) % {"n": n, **values}


def _l(message: str) -> str:
    """`message`, translated each time it is shown: for labels that are made at import."""
    return LazyProxy(_, message, enable_cache=False)  # type: ignore[return-value]
