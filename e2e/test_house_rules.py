"""What journeys may not do. Each rule names the reason, so that whoever breaks one knows the way out."""

import re
from pathlib import Path

import pytest

FILES = sorted(Path(__file__).parent.glob("*.py"))
OWN = Path(__file__).name

SLEEPS = re.compile(r"\bsleep\(|wait_for_timeout")
SELECTORS = re.compile(r"\.locator\(|query_selector|eval_on_selector|wait_for_selector|get_by_test_id|xpath=|css=")
SHORTHAND = re.compile(r"\bpage\.(click|fill|type|press|check|inner_text|text_content|is_visible)\(")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_journey_sleeps(file: Path) -> None:
    """A pause is too long on a quick machine and too short on a slow one: expect what shall be seen instead."""
    assert not _lines(file, SLEEPS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_things_are_found_by_role_and_label(file: Path) -> None:
    """Class names and ids are the style's own business; what has no role or label cannot be used by ear."""
    assert not _lines(file, SELECTORS) + _lines(file, SHORTHAND)


def test_the_demo_people_are_left_alone() -> None:
    """Their sessions and limits would be shared by all who run at once: make a person of your own."""
    cast = re.compile(r"@(acme|beta|platform|nowhere)\.test")

    assert not [line for file in FILES for line in _lines(file, cast)]


def _lines(file: Path, pattern: re.Pattern[str]) -> list[str]:
    if file.name == OWN:
        return []
    lines = file.read_text().splitlines()
    return [f"{file.name}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if pattern.search(line)]
