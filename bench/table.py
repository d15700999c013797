"""Rows of goal and measurement, printed as the table that docs/performance.md shows."""

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One line. `ok` is None where nothing is demanded."""

    what: str
    goal: str
    measured: str
    ok: bool | None = None


def at_least(what: str, goal: float, measured: float, aside: str) -> Row:
    return Row(what, f">= {goal:g}", f"{measured:.2f} ({aside})", measured >= goal)


def at_most(what: str, goal: float, measured: float, aside: str = "", *, unit: str = "") -> Row:
    words = f" ({aside})" if aside else ""
    return Row(what, f"<= {goal:g}{unit}", f"{measured:.3g}{unit}{words}", measured <= goal)


def for_information(what: str, measured: str) -> Row:
    return Row(what, "", measured)


def spread(ratios: Sequence[float]) -> str:
    return f"{min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds"


def printed(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [(row.what, row.goal, row.measured, {True: "yes", False: "NO", None: ""}[row.ok]) for row in rows]
    lines = [("what", "goal", "measured", "ok"), ("---", "---", "---", "---"), *lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(f"| {' | '.join(map(str.ljust, line, widths))} |" for line in lines)
