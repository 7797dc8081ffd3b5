"""Owns how the demo draws: shapes with smooth edges, gradients, soft light, firs."""

import io
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1280, 853
FINER = 2  # drawn twice as large and reduced: smooth edges
QUALITY = 90
GLOW_COARSER = 4  # light has no edges, so it is blurred small

Colour = str
Point = tuple[float, float]
Box = tuple[float, float, float, float]
ALL: Box = (0, 0, WIDTH, HEIGHT)


class Soft:
    """Shapes before they are blurred, in the sheet's places, drawn small."""

    def __init__(self, corner: tuple[int, int], size: tuple[int, int]) -> None:
        self.size = size
        self._corner = corner
        self._mask = Image.new("L", (max(1, size[0] // GLOW_COARSER), max(1, size[1] // GLOW_COARSER)))
        self._pen = ImageDraw.Draw(self._mask)

    def disc(self, x: float, y: float, across: float, down: float | None = None, *, full: int = 255) -> None:
        tall = across if down is None else down
        self._pen.ellipse((*self._at(x - across, y - tall), *self._at(x + across, y + tall)), fill=full)

    def area(self, *points: Point) -> None:
        self._pen.polygon([self._at(x, y) for x, y in points], fill=255)

    def blurred(self, blur: float, strength: float) -> Image.Image:
        soft = self._mask.filter(ImageFilter.GaussianBlur(blur / GLOW_COARSER))
        return soft.point([round(value * strength) for value in range(256)])

    def _at(self, x: float, y: float) -> Point:
        return ((x - self._corner[0]) / GLOW_COARSER, (y - self._corner[1]) / GLOW_COARSER)


class Sheet:
    """A picture being drawn, in its final pixels."""

    def __init__(self, *sky: Colour, seed: int) -> None:
        self.image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER))
        self.chance = random.Random(seed)
        self.gradient((0, 0, WIDTH, HEIGHT), *sky)

    @property
    def pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def gradient(self, box: Box, *colours: Colour, shape: Sequence[Point] = ()) -> None:
        """Colours from top to bottom, in a box or in a shape within it."""
        left, top, right, bottom = (round(value * FINER) for value in box)
        strip = Image.new("RGB", (1, len(colours)))
        for row, colour in enumerate(colours):
            strip.paste(colour, (0, row, 1, row + 1))
        # The outer halves of the first and last pixel do not blend: they are left out.
        inner = (0.0, 0.5, 1.0, len(colours) - 0.5) if len(colours) > 1 else (0.0, 0.0, 1.0, 1.0)
        filled = strip.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=inner)
        mask = None
        if shape:
            mask = Image.new("L", filled.size)
            ImageDraw.Draw(mask).polygon([(x * FINER - left, y * FINER - top) for x, y in shape], fill=255)
        self.image.paste(filled, (left, top), mask)

    def area(self, colour: Colour, *points: Point) -> None:
        self.pen.polygon([(x * FINER, y * FINER) for x, y in points], fill=colour)

    def block(
        self, colour: Colour, left: float, top: float, right: float, bottom: float, *, round_by: float = 0
    ) -> None:
        box = (left * FINER, top * FINER, right * FINER, bottom * FINER)
        self.pen.rounded_rectangle(box, round_by * FINER, fill=colour)

    def disc(self, colour: Colour, x: float, y: float, across: float, down: float | None = None) -> None:
        tall = across if down is None else down
        self.pen.ellipse(
            ((x - across) * FINER, (y - tall) * FINER, (x + across) * FINER, (y + tall) * FINER), fill=colour
        )

    def line(self, colour: Colour, width: float, *points: Point) -> None:
        self.pen.line(
            [(x * FINER, y * FINER) for x, y in points], fill=colour, width=round(width * FINER), joint="curve"
        )

    def veil(
        self, colour: Colour, strength: float, blur: float, draw: Callable[["Soft"], None], *, within: Box = ALL
    ) -> None:
        """Light, steam or shade: soft shapes laid over what is there. `within` spares the rest of the sheet the work."""
        left, top, right, bottom = (
            max(0, round(within[0])),
            max(0, round(within[1])),
            round(within[2]),
            round(within[3]),
        )
        soft = Soft((left, top), (min(WIDTH, right) - left, min(HEIGHT, bottom) - top))
        draw(soft)
        size = (soft.size[0] * FINER, soft.size[1] * FINER)
        mask = soft.blurred(blur, strength).resize(size, Image.Resampling.BILINEAR)
        self.image.paste(colour, (left * FINER, top * FINER, left * FINER + size[0], top * FINER + size[1]), mask)

    def glow(
        self, colour: Colour, strength: float, x: float, y: float, across: float, down: float | None = None
    ) -> None:
        tall = across if down is None else down
        around = (x - across * 1.7, y - tall * 1.7, x + across * 1.7, y + tall * 1.7)
        half = 0.55  # the blur spreads the rest
        self.veil(
            colour,
            strength,
            min(across, tall) * 0.4,
            lambda soft: soft.disc(x, y, across * half, tall * half),
            within=around,
        )

    def crescent(self, colour: Colour, x: float, y: float, across: float) -> None:
        size = round(across * 2 * FINER)
        mask = Image.new("L", (size, size))
        pen = ImageDraw.Draw(mask)
        pen.ellipse((0, 0, size - 1, size - 1), fill=255)
        pen.ellipse((-size * 0.28, -size * 0.16, size * 0.72, size * 0.84), fill=0)
        self.image.paste(colour, (round((x - across) * FINER), round((y - across) * FINER)), mask)

    def stars(self, number: int, lowest: float) -> None:
        for _ in range(number):
            y = self.chance.uniform(12, lowest)
            size = self.chance.choice((0.9, 1.1, 1.5)) * (1 - 0.4 * y / lowest)
            self.disc("#e9e6f5", self.chance.uniform(0, WIDTH), y, size)

    def fir(self, colour: Colour, x: float, foot: float, tall: float, *, snow: Colour = "") -> None:
        """Four tiers; snow lies on their left shoulders."""
        self.block(colour, x - tall * 0.022, foot - tall * 0.1, x + tall * 0.022, foot + 2)
        for tier in range(4):
            low = foot - tall * (0.06 + 0.2 * tier)
            half, high = tall * (0.235 - 0.043 * tier), tall * (0.36 - 0.02 * tier)
            self.area(colour, (x - half, low), (x, low - high), (x + half, low), (x, low - tall * 0.035))
            if snow:
                self.area(snow, (x - half, low), (x, low - high), (x - half * 0.3, low - tall * 0.045))

    def forest(self, colour: Colour, foot: Callable[[float], float], tall: tuple[float, float], step: float) -> None:
        x = -20.0
        while x < WIDTH + 40:
            self.fir(colour, x, foot(x) + 6, self.chance.uniform(*tall))
            self.block(colour, x - step, foot(x) - tall[0] * 0.2, x + step, foot(x) + 6)  # undergrowth
            x += step * self.chance.uniform(0.6, 1.35)

    def jpeg(self) -> bytes:
        out = io.BytesIO()
        self.image.reduce(FINER).save(out, "JPEG", quality=QUALITY)
        return out.getvalue()
