"""CSV as spreadsheets read it (RFC 4180), with cells that stay text: no name in a list is a formula."""

import re
from collections.abc import Iterable

BOM = "\ufeff"
"""Without it, spreadsheets read UTF-8 as something else."""

# What begins a formula, its full-width twins too, also behind blanks and characters that nobody sees: programs drop
# these before they look (security.md, 84). TAB and CR themselves begin one in some.
_FORMULA = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]"
)


def line(cells: Iterable[str]) -> str:
    """One record, its end included."""
    return ",".join(cell(each) for each in cells) + "\r\n"


def cell(text: str) -> str:
    """A leading apostrophe makes text of what a program would reckon out; quotes keep it one cell, also where programs
    part cells at semicolons or tabs.
    """
    safe = f"'{text}" if _FORMULA.match(text) else text
    return '"' + safe.replace('"', '""') + '"' if re.search('[",;\t\r\n]|^\\s|\\s$', safe) else safe
