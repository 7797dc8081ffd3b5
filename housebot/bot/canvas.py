"""Owns the paper that pictures are drawn on: its sizes and colours, text that always has room, and the signs our fonts have."""

from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1080  # as wide as a phone shows a picture
MARGIN, PADDING = 36, 40
SHARP = 2  # drawn at twice the size and reduced, so that edges are smooth
PAPER, CARD, INK, QUIET, LINE, STRONG = "#EEF1EC", "#FFFFFF", "#1D2B26", "#7C8A83", "#E3E8E2", "#1F7A54"
LONGEST = 120  # characters of a line; shortening by width would take for ever with more
FONTS = Path(__file__).parent / "fonts"
SIGNS = frozenset("‐‑‒–—―‘’‚“”„•…\u202f‹›€₽№←↑→↓−◐●○×✓Ґґ")


class Canvas:
    """Paper that takes sizes of the finished picture and draws them larger."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH * SHARP, height * SHARP), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self._size = (WIDTH, height)

    def card(self, left: int, top: int, right: int, bottom: int) -> None:
        box = tuple(side * SHARP for side in (left, top, right, bottom))
        self.draw.rounded_rectangle(box, radius=36 * SHARP, fill=CARD, outline=LINE, width=2 * SHARP)

    def centred(self, x: int, y: int, text: str, *, size: int, bold: bool, colour: str) -> None:
        """Text around a point; capitals and digits stand optically in the middle."""
        self.draw.text((x * SHARP, y * SHARP), text, font=font(size * SHARP, bold=bold), fill=colour, anchor="mm")

    def text(self, x: int, y: int, text: str, *, size: int, bold: bool, colour: str, room: int) -> None:
        """A line of text, made smaller and then shortened until it has room."""
        text = drawable(text)
        while size > 24 and width(text, size, bold=bold) > room:
            size -= 2
        while len(text) > 1 and width(text, size, bold=bold) > room:
            text = text[:-2].rstrip() + "…"
        self.draw.text((x * SHARP, y * SHARP), text, font=font(size * SHARP, bold=bold), fill=colour)

    def png(self) -> bytes:
        target = BytesIO()
        self.image.resize(self._size, Image.Resampling.LANCZOS).save(target, "PNG")
        return target.getvalue()


@cache
def font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


def width(text: str, size: int, *, bold: bool) -> float:
    return font(size * SHARP, bold=bold).getlength(text) / SHARP


def drawable(text: str, *, longest: int = LONGEST) -> str:
    """Only what our fonts have: emoji and other scripts would be drawn as empty boxes."""
    kept = "".join(
        sign for sign in text if " " <= sign <= "~" or "\u00a0" <= sign <= "ſ" or "Ѐ" <= sign <= "џ" or sign in SIGNS
    )
    return " ".join(kept[:longest].split())


def wrapped(text: str, size: int, *, bold: bool, room: int, most: int) -> list[str]:
    """The text in lines that fit, words that are longer than a line broken; what does not fit into `most` ends in `…`."""
    lines: list[str] = []
    for word in text.split():
        parts = _broken(word, size, bold=bold, room=room)
        if lines and width(f"{lines[-1]} {parts[0]}", size, bold=bold) <= room:
            lines[-1] = f"{lines[-1]} {parts.pop(0)}"
        lines += parts
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width(f"{last}…", size, bold=bold) > room:
        last = last[:-1].rstrip()
    return [*lines[: most - 1], f"{last}…"]


def _broken(word: str, size: int, *, bold: bool, room: int) -> list[str]:
    parts = [""]
    for sign in word:
        if parts[-1] and width(parts[-1] + sign, size, bold=bold) > room:
            parts.append("")
        parts[-1] += sign
    return parts
