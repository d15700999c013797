"""Templates: all compile, none smuggles script or style, every page names itself."""

import re
from pathlib import Path

import pytest

from app import i18n
from app.web import templating

ALL = sorted(path for path in templating.TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})
PAGES = [
    path
    for path in ALL
    if path.suffix == ".html"
    and path.relative_to(templating.TEMPLATES).parts[0] not in {"layouts", "components", "emails"}
]


def name(path: Path) -> str:
    return path.relative_to(templating.TEMPLATES).as_posix()


@pytest.mark.parametrize("path", ALL, ids=name)
@pytest.mark.parametrize("tag", [*i18n.LANGUAGES, i18n.PSEUDO])
def test_every_template_compiles_in_every_language(path: Path, tag: str) -> None:
    with i18n.use_language(tag):
        templating.environment().get_template(name(path))


@pytest.mark.parametrize("path", [path for path in ALL if name(path).split("/")[0] != "emails"], ids=name)
def test_no_template_holds_inline_script_style_or_raw_text(path: Path) -> None:
    """The content security policy would refuse the first two, and the third is how scripts get in."""
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b", text), name(path)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), name(path)
    assert not re.search(r"hx-on|hx-vals=.js:", text), name(path)


@pytest.mark.parametrize("path", ALL, ids=name)
def test_no_template_asks_another_site(path: Path) -> None:
    text = path.read_text().replace("http://www.w3.org/", "")
    if path.suffix == ".html":
        assert not re.search(r"""(?:src|href|action)=["']https?://""", text), name(path)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_page_has_a_title_and_one_heading(path: Path) -> None:
    text = path.read_text()
    if "{% extends" not in text:
        return
    assert re.search(r"{% block (title|whole_title) %}", text), name(path)
    headings = len(re.findall(r"ui\.heading\(|<h1", text))
    assert headings == 1, f"{name(path)} has {headings} headings"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_form_that_posts_carries_the_token(path: Path) -> None:
    for form in re.findall(r"<form\b.*?</form>", path.read_text(), re.DOTALL):
        if re.search(r'method="post"', form, re.IGNORECASE):
            assert "ui.hidden(" in form or "ui.csrf(" in form, name(path)
            assert "action=" in form, f"{name(path)}: a form says where it goes"
