"""Jinja environments, one for each language, made on first use.

What is constant is computed while a template is compiled (decisions 16): messages (`{{ _("Sign in") }}`), icons and
components of constants cost nothing per request.
"""

from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, Self, cast

import jinja2
import msgspec
from jinja2 import nodes
from markupsafe import Markup

from app import i18n
from app.config import ROOT, Settings, settings
from app.web import assets, folding
from app.web.inlining import Components, copied

TEMPLATES = ROOT / "templates"
COMPONENTS = "components/ui.html"
ICONS = "components/icons.html"


class Site(msgspec.Struct, frozen=True):
    """What templates may know of the settings; secrets are not among it."""

    name: str
    logo: str | None
    base_url: str
    environment: str
    signup: str
    google: bool
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
            google=bool(chosen.google_client_id),
            terms_url=chosen.terms_url,
            terms_version=chosen.terms_version,
            privacy_url=chosen.privacy_url,
            support_url=chosen.support_url,
            password_min_length=chosen.password_min_length,
        )


class Environment(jinja2.Environment):
    """Jinja with the product's globals, for one language."""

    def __init__(self, tag: str) -> None:
        super().__init__(
            loader=jinja2.FileSystemLoader(TEMPLATES) if settings().development else jinja2.FunctionLoader(_kept),
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

        self._pieces: Components | None = None
        self._shared: dict[str, nodes.Template] = {}
        self._regions: dict[tuple[str, str], jinja2.Template | None] = {}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One plain mapping: Jinja's chain of two is looked through for each page anew (10 µs)."""
        return {**self.globals, **(d or {})}

    def region(self, name: str, block: str) -> jinja2.Template | None:
        """One block of a page as a template of its own, or None if the page has no such block."""
        if (name, block) not in self._regions or self.auto_reload:
            body = folding.block(self._resolved(self._source_of(name), name, None), block)
            made = self.from_string(cast("Any", nodes.Template(body, lineno=1))) if body is not None else None
            self._regions[name, block] = made
        return self._regions[name, block]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if (name or "").startswith("emails/"):  # the blocks of a mail are asked for by name, such as its subject
            return self._folded(source, name, filename)
        return folding.flat(self._resolved(source, name, filename))

    def _resolved(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """The template within the layout it extends, what is constant computed, its blocks still there."""
        return folding.within_layout(self._folded(source, name, filename), self._included)

    def _folded(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        pieces = None if name in (COMPONENTS, ICONS) else self._components()
        return cast("nodes.Template", folding.Fold(self, name, self._pure, self._included, pieces).visit(tree))

    def _components(self) -> Components:
        if self._pieces is None:
            tree = self._folded(self._source_of(COMPONENTS), COMPONENTS, None)
            self._pieces = Components(tree, self.globals.keys())
        return self._pieces

    def _included(self, name: str) -> nodes.Template:
        """A layout or a part of a page; many pages share it, so a change to it shows after a restart."""
        if name not in self._shared:
            self._shared[name] = self._resolved(self._source_of(name), name, None)
        return copied(self._shared[name])

    def _source_of(self, name: str) -> str:
        if self.loader is None:
            raise jinja2.TemplateNotFound(name)
        return self.loader.get_source(self, name)[0]

    def _pure(self, call: nodes.Call, template: str | None) -> folding.Pure | None:
        """The function that a call names, if its result depends on its arguments alone."""
        called = call.node
        if isinstance(called, nodes.Name):
            if called.name == "_":
                # With values it gives markup; without, a text that is escaped wherever it stands.
                return cast("folding.Pure", self.globals["_"]) if call.kwargs else i18n.translations(self.tag).gettext
            if called.name == "static":
                return assets.url
            if called.name == "icon" and template != ICONS:
                return cast("folding.Pure", cast("_Components", self.globals["ui"]).icon)
        elif isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name) and called.node.name == "ui":
            return cast("folding.Pure", getattr(self.globals["ui"], called.attr))
        return None


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


@lru_cache(maxsize=1)
def sources() -> dict[str, tuple[str, str]]:
    """Every template with its path, as the files were when the server started.

    Each is compiled when it is first shown: a start would wait for all of them. New files of a later release must
    not reach a process that still runs the old code.
    """
    paths = (path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})
    return {path.relative_to(TEMPLATES).as_posix(): (path.read_text(), str(path)) for path in paths}


def _kept(name: str) -> tuple[str, str, None] | None:
    found = sources().get(name)
    return (*found, None) if found else None


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
