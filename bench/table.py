"""Rows of goal and measurement, printed as the table that docs/performance.md shows."""

import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One line. `ok` is None where nothing is demanded."""

    what: str
    goal: str
    measured: str
    ok: bool | None = None


def at_least(what: str, goal: float, measured: float, words: str = "") -> Row:
    return Row(what, f">= {goal:g}", f"{measured:.2f}{_aside(words)}", measured >= goal)


def at_most(what: str, goal: float, measured: float, words: str = "", *, unit: str = "") -> Row:
    return Row(what, f"<= {goal:g}{unit}", f"{measured:.1f}{unit}{_aside(words)}", measured <= goal)


def for_information(what: str, measured: str) -> Row:
    return Row(what, "", measured)


def median_and_spread(ratios: Sequence[float]) -> tuple[float, str]:
    return statistics.median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds"


def printed(rows: Iterable[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [("what", "goal", "measured", "ok")]
    lines += [(row.what, row.goal, row.measured, {True: "yes", False: "NO", None: ""}[row.ok]) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    lines.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]
    return "\n".join(f"| {' | '.join(map(str.ljust, line, widths))} |" for line in lines)


def _aside(words: str) -> str:
    return f" ({words})" if words else ""
