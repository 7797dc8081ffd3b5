"""Owns what people read on a terminal: a line stays a line whatever guests typed, and times are those of the house's own clock."""

import sys
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from housebot.domain.instants import from_utc_text, local


def one_line(text: str) -> str:
    """Somebody's words without anything that ends the line, moves the cursor or turns the direction."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def clock(instant: str | None, zone: ZoneInfo | str) -> str:
    """A stored instant as the clock of the house shows it, `2026-12-05 16:00`; empty for none."""
    if not instant:
        return ""
    shown = local(from_utc_text(instant), ZoneInfo(zone) if isinstance(zone, str) else zone)
    return shown.isoformat(sep=" ", timespec="minutes")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A rich table on a terminal; plain columns into a pipe or a file, which is also the quick way."""
    lines = [[one_line(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*columns, box=None, header_style="bold", pad_edge=False)
        for line in lines:
            table.add_row(*(cell.replace("[", "\\[") for cell in line))
        Console().print(table)
        return
    widths = [max(len(line[column]) for line in [list(columns), *lines]) for column in range(len(columns))]
    for line in [list(columns), *lines]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
