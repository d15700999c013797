"""Jinja environments, one for each language, made on first use.

What is constant is computed while a template is compiled (decisions 16): messages (`{{ _("Sign in") }}`), icons and
components of constants cost nothing per request.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self, cast

import jinja2
import msgspec
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from app import i18n
from app.config import ROOT, Settings, settings
from app.web import assets

TEMPLATES = ROOT / "templates"
Pure = Callable[..., Any]
COMPONENTS = "components/ui.html"
ICONS = "components/icons.html"


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


class _Fold(NodeTransformer):
    """Computes while a template is compiled whatever cannot change from one request to the next.

    That is: constant messages, settings (`site.name`), addresses of static files, `include`s, and components
    called with constants only, such as icons and most buttons. A component is a pure function of its arguments.
    """

    def __init__(self, environment: "Environment", template: str | None) -> None:
        self.environment = environment
        self.template = template

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name that Jinja's visitor looks for
        self.generic_visit(node)
        call = self._pure(node)
        if call is None or node.dyn_args or node.dyn_kwargs or not all(map(_constant, (*node.args, *_values(node)))):
            return node
        arguments = [argument.as_const() for argument in node.args]
        named = {pair.key: pair.value.as_const() for pair in node.kwargs}
        return nodes.Const(call(*arguments, **named), lineno=node.lineno)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - as above
        self.generic_visit(node)
        if isinstance(node.node, nodes.Name) and node.node.name == "site":
            return nodes.Const(getattr(self.environment.globals["site"], node.attr), lineno=node.lineno)
        return node

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - as above
        if not isinstance(node.template, nodes.Const):
            return node
        source, _path, _fresh = self.environment.source_of(node.template.value)
        return nodes.Scope(self.environment._parse(source, node.template.value, None).body, lineno=node.lineno)  # noqa: SLF001 - our own

    def _pure(self, call: nodes.Call) -> Pure | None:
        called = call.node
        if isinstance(called, nodes.Name):
            if called.name == "_":
                # With values it gives markup; without, a text that is escaped wherever it stands.
                plain = i18n.translations(self.environment.tag).gettext
                return cast("Pure", self.environment.globals["_"]) if call.kwargs else plain
            if called.name == "static":
                return assets.url
            if called.name == "icon" and self.template != ICONS:
                return cast("Pure", cast("_Components", self.environment.globals["ui"]).icon)
        elif isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name) and called.node.name == "ui":
            return cast("Pure", getattr(self.environment.globals["ui"], called.attr))
        return None


def _values(node: nodes.Call) -> list[nodes.Node]:
    return [pair.value for pair in node.kwargs]


def _constant(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const | nodes.TemplateData)


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
        return cast("nodes.Template", _Fold(self, name).visit(tree))

    def source_of(self, name: str) -> tuple[str, str | None, Any]:
        """The text of a template. Raises TemplateNotFound."""
        if self.loader is None:
            raise jinja2.TemplateNotFound(name)
        return self.loader.get_source(self, name)


class _Components:
    """The macros of `components/ui.html`, read on first use so that the file may use the other globals."""

    def __init__(self, environment: jinja2.Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._environment.get_template(ICONS if name == "icon" else COMPONENTS).module, name)
        if not settings().development:
            setattr(self, name, found)
        return found


def environment() -> Environment:
    """The templates in the current language."""
    return _environment(i18n.language())


@lru_cache(maxsize=len(i18n.LANGUAGES) + 1)
def _environment(tag: str) -> Environment:
    return Environment(tag)


def forget() -> None:
    """Compiles anew on next use: the settings are compiled in."""
    _environment.cache_clear()


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
