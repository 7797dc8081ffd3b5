"""Owns what the bot draws: the picture of a month with all five states as half-filled cells, and QR codes. Slow: call it in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Literal

import segno
from PIL import Image, ImageDraw

from housebot.bot.canvas import CARD, INK, MARGIN, PADDING, QUIET, SHARP, STRONG, WIDTH, Canvas
from housebot.domain.availability import Day, State
from housebot.words import Words

Fill = Literal["free", "taken", "closed", "none"]
Split = Literal["whole", "diagonal", "level"]

_COLOURS: dict[Fill, str] = {"free": "#BDE5CB", "taken": "#D5705F", "closed": "#DDE0DC", "none": "#FFFFFF"}
_NUMBERS: dict[Fill, str] = {"free": "#0F4A31", "taken": "#FFFFFF", "closed": "#7C8A83", "none": "#B4BDB7"}

_GAP, _ROUND = 12, 20
_CELL = (WIDTH - 2 * (MARGIN + PADDING) - 6 * _GAP) // 7
_TALL = 116

# Which half of a day is which: before the diagonal is the morning, after it the evening; a level cut is "some hours".
_HALVES: dict[State, tuple[Split, Fill, Fill]] = {
    "free": ("whole", "free", "free"),
    "full": ("whole", "taken", "taken"),
    "closed": ("whole", "closed", "closed"),
    "past": ("whole", "none", "none"),
    "arrive_only": ("diagonal", "taken", "free"),
    "leave_only": ("diagonal", "free", "taken"),
    "partial": ("level", "free", "taken"),
}
_LEGEND: tuple[State, ...] = ("free", "partial", "arrive_only", "leave_only", "full", "closed")


@dataclass(frozen=True, slots=True)
class DrawnDay:
    """One cell as it will be drawn: where it stands and what its halves show."""

    day: date
    row: int
    column: int
    split: Split
    first: Fill  # the upper left half, or the upper one
    second: Fill
    today: bool


def drawing(days: Sequence[Day], today: date | None = None) -> list[DrawnDay]:
    """The cells of a month, Monday first; this is all the picture knows about states."""
    before = days[0].date.weekday()
    cells = []
    for place, day in enumerate(days, before):
        split, first, second = _HALVES[day.state]
        cells.append(DrawnDay(day.date, place // 7, place % 7, split, first, second, day.date == today))
    return cells


def legend_of(days: Sequence[Day], words: Words) -> list[tuple[State, str]]:
    """The states of this month with their words, in a fixed order."""
    shown = {day.state for day in days}
    return [(state, words.t(f"dates.legend.{state}")) for state in _LEGEND if state in shown]


def month_picture(
    title: str,
    days: Sequence[Day],
    legend: Sequence[tuple[State, str]],
    *,
    weekdays: Sequence[str],
    subtitle: str = "",
    today: date | None = None,
) -> bytes:
    """A PNG of the month: 1080 wide, light, readable on a phone; the same data give the same bytes."""
    cells = drawing(days, today)
    weeks = cells[-1].row + 1
    legend_rows = -(-len(legend) // 2)
    grid = MARGIN + PADDING + (150 if subtitle else 104) + 56
    height = grid + weeks * (_TALL + _GAP) + 20 + legend_rows * 60 + 12 + MARGIN
    canvas = _Canvas(height)
    canvas.card(MARGIN, MARGIN, WIDTH - MARGIN, height - MARGIN)
    left, right = MARGIN + PADDING, WIDTH - MARGIN - PADDING
    canvas.text(left, MARGIN + PADDING - 8, title, size=64, bold=True, colour=INK, room=right - left)
    canvas.text(left, MARGIN + PADDING + 76, subtitle, size=34, bold=False, colour=QUIET, room=right - left)
    for column, name in enumerate(weekdays):
        x = left + column * (_CELL + _GAP) + _CELL // 2
        canvas.centred(x, grid - 34, name, size=32, bold=column >= 5, colour=QUIET)
    for cell in cells:
        x, y = left + cell.column * (_CELL + _GAP), grid + cell.row * (_TALL + _GAP)
        canvas.cell(x, y, _CELL, _TALL, cell)
        canvas.number(x, y, cell)
    _draw_legend(canvas, legend, left, grid + weeks * (_TALL + _GAP) + 20)
    return canvas.png()


def _draw_legend(canvas: "_Canvas", legend: Sequence[tuple[State, str]], left: int, top: int) -> None:
    half = (WIDTH - 2 * (MARGIN + PADDING)) // 2
    for place, (state, words) in enumerate(legend):
        x, y = left + place % 2 * half, top + place // 2 * 60
        split, first, second = _HALVES[state]
        sample = DrawnDay(date.min, 0, 0, split, first, second, today=False)
        canvas.cell(x, y, 56, 40, sample, corner=10)
        canvas.text(x + 74, y - 1, words, size=32, bold=False, colour=INK, room=half - 84)


def qr(text: str) -> bytes:
    """A PNG of the QR code of a link, with its quiet border."""
    target = BytesIO()
    segno.make(text, error="m", micro=False).save(target, kind="png", scale=12, border=4, dark=INK, light="#FFFFFF")
    return target.getvalue()


class _Canvas(Canvas):
    """Paper with cells of a month on it."""

    def cell(self, x: int, y: int, wide: int, tall: int, cell: DrawnDay, *, corner: int = _ROUND) -> None:
        """A rounded cell, its halves cut by the diagonal or level line, with a white seam between them."""
        w, h = wide * SHARP, tall * SHARP
        tile = Image.new("RGB", (w, h), _COLOURS[cell.first])
        brush = ImageDraw.Draw(tile)
        second, seam = _COLOURS[cell.second], 3 * SHARP
        if cell.split == "diagonal":
            brush.polygon([(w, 0), (w, h), (0, h)], fill=second)
            brush.line([(w, 0), (0, h)], fill=CARD, width=seam)
        elif cell.split == "level":
            brush.rectangle([0, h * 2 // 3, w, h], fill=second)
            brush.line([(0, h * 2 // 3), (w, h * 2 // 3)], fill=CARD, width=seam)
        elif cell.first == "closed":
            for start in range(-h, w, 14 * SHARP):
                brush.line([(start, h), (start + h, 0)], fill="#CDD2CD", width=2 * SHARP)
        mask = Image.new("L", (w, h), 0)
        ImageDraw.Draw(mask).rounded_rectangle([0, 0, w - 1, h - 1], radius=corner * SHARP, fill=255)
        self.image.paste(tile, (x * SHARP, y * SHARP), mask)
        if cell.today:
            box = ((x - 6) * SHARP, (y - 6) * SHARP, (x + wide + 6) * SHARP, (y + tall + 6) * SHARP)
            self.draw.rounded_rectangle(box, radius=(corner + 6) * SHARP, outline=STRONG, width=4 * SHARP)

    def number(self, x: int, y: int, cell: DrawnDay) -> None:
        """The number stands in the middle, in a half-filled cell in its free half, so that it is always readable."""
        text, strong = str(cell.day.day), cell.first != "none"
        if cell.split == "whole":
            self.centred(x + _CELL // 2, y + _TALL // 2, text, size=46, bold=strong, colour=_NUMBERS[cell.first])
        elif cell.split == "level":
            self.centred(x + _CELL // 2, y + _TALL // 3, text, size=44, bold=True, colour=_NUMBERS["free"])
        else:
            side = -1 if cell.first == "free" else 1
            at = (x + _CELL // 2 + side * _CELL // 5, y + _TALL // 2 + side * _TALL // 5)
            self.centred(*at, text, size=36, bold=True, colour=_NUMBERS["free"])
