"""Jinja environments, one for each language, made on first use.

Messages that are constant (`{{ _("Sign in") }}`) are translated while the template is compiled, so they cost nothing
per request; only messages with variables run at request time (decisions 16).
"""

from functools import lru_cache
from typing import Any, Self

import jinja2
import msgspec
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from app import i18n
from app.config import ROOT, Settings, settings
from app.web import assets

TEMPLATES = ROOT / "templates"


class Site(msgspec.Struct, frozen=True):
    """What templates may know of the settings; secrets are not among it."""

    name: str
    logo: str | None
    base_url: str
    environment: str
    signup: str
    terms_url: str | None
    terms_version: str | None
    privacy_url: str | None
    support_url: str | None
    password_min_length: int

    @classmethod
    def of(cls, chosen: Settings) -> Self:
        return cls(
            name=chosen.site_name,
            logo=chosen.site_logo,
            base_url=chosen.base_url,
            environment=chosen.environment,
            signup=chosen.signup,
            terms_url=chosen.terms_url,
            terms_version=chosen.terms_version,
            privacy_url=chosen.privacy_url,
            support_url=chosen.support_url,
            password_min_length=chosen.password_min_length,
        )


class _FoldMessages(NodeTransformer):
    def __init__(self, tag: str) -> None:
        self.translate = i18n.translations(tag).gettext

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name that Jinja's visitor looks for
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.node.name != "_" or node.kwargs:
            return node
        message = node.args[0]
        return (
            nodes.Const(self.translate(message.value), lineno=node.lineno) if isinstance(message, nodes.Const) else node
        )


class Environment(jinja2.Environment):
    """Jinja with the product's globals, for one language."""

    def __init__(self, tag: str) -> None:
        super().__init__(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
            auto_reload=settings().development,
            cache_size=-1,
        )
        self.tag = tag
        self.globals.update(
            _=_escaped(i18n.translations(tag).gettext),
            ngettext=_escaped_plural(i18n.translations(tag).ngettext),
            site=Site.of(settings()),
            static=assets.url,
            language=tag,
            direction=i18n.direction(tag),
        )
        self.globals["ui"] = _Components(self)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return nodes.Template(_FoldMessages(self.tag).visit(tree).body, lineno=1)


class _Components:
    """The macros of `components/ui.html`, read on first use so that the file may use the other globals."""

    def __init__(self, environment: jinja2.Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._environment.get_template("components/ui.html").module, name)
        if not settings().development:
            setattr(self, name, found)
        return found


def environment() -> Environment:
    """The templates in the current language."""
    return _environment(i18n.language())


@lru_cache(maxsize=len(i18n.LANGUAGES) + 1)
def _environment(tag: str) -> Environment:
    return Environment(tag)


def warm() -> None:
    """Compiles every template of the first language, so that no visitor waits for it and a broken one shows."""
    with i18n.use_language(i18n.LANGUAGES[0]):
        chosen = environment()
    for name in chosen.list_templates(extensions=["html", "txt"]):
        chosen.get_template(name)


def _escaped(gettext: Any) -> Any:
    """`_` at request time: the message is ours, the values may hold anything and are escaped."""

    def translate(message: str, **values: object) -> Markup:
        return Markup(gettext(message)) % values  # noqa: S704 - the message is a constant

    return translate


def _escaped_plural(ngettext: Any) -> Any:
    def translate(one: str, many: str, n: int, **values: object) -> Markup:
        text = Markup(ngettext(one, many, n))  # noqa: S704 - the message is a constant
        return text % {"n": n, **values}

    return translate
