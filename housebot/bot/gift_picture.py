"""Owns how a gift looks: a card in light colours with its worth, words, code and a QR code of its link. Slow: call it in a thread."""

from dataclasses import dataclass
from io import BytesIO

import segno
from PIL import Image

from housebot.bot.canvas import INK, LINE, MARGIN, PADDING, QUIET, SHARP, STRONG, WIDTH, Canvas, drawable, wrapped

_LEFT, _RIGHT = MARGIN + PADDING + 16, WIDTH - MARGIN - PADDING - 16
_ROOM = _RIGHT - _LEFT
_QR = 264
_WISH_SIZE, _WISH_STEP, _WISH_MOST = 34, 48, 9
_WORTH_STEP, _WORTH_MOST = 84, 3
_RIBBON = "#DCEFE3"


@dataclass(frozen=True, slots=True)
class Face:
    """Everything that stands on the card, in words; what is empty takes no room."""

    house: str
    title: str
    worth: str
    recipient: str
    wish: str
    code: str
    until: str
    scan: str
    link: str


def draw(face: Face) -> bytes:
    """A PNG, 1080 wide, as high as the wish needs; the same words give the same bytes."""
    wish = wrapped(drawable(face.wish, longest=1000), _WISH_SIZE, bold=False, room=_ROOM - 40, most=_WISH_MOST)
    worth = wrapped(drawable(face.worth), 68, bold=True, room=_ROOM, most=_WORTH_MOST)
    recipient = bool(drawable(face.recipient))
    top = MARGIN + PADDING + 20
    height = top + 190 + len(worth) * _WORTH_STEP + (64 if recipient else 0) + _wish_height(wish) + _QR + 80 + MARGIN
    canvas = Canvas(height)
    canvas.card(MARGIN, MARGIN, WIDTH - MARGIN, height - MARGIN)
    _ribbon(canvas)
    canvas.text(_LEFT, top, face.house, size=38, bold=True, colour=INK, room=_ROOM)
    canvas.text(_LEFT, top + 108, face.title, size=34, bold=False, colour=STRONG, room=_ROOM)
    y = top + 158
    for line in worth:
        canvas.text(_LEFT, y, line, size=68, bold=True, colour=INK, room=_ROOM)
        y += _WORTH_STEP
    if recipient:
        canvas.text(_LEFT, y + 12, face.recipient, size=40, bold=False, colour=INK, room=_ROOM)
        y += 64
    y = _wish(canvas, wish, y + 24)
    _foot(canvas, face, y + 30)
    return canvas.png()


def _wish_height(wish: list[str]) -> int:
    return len(wish) * _WISH_STEP + 48 if wish else 0


def _ribbon(canvas: Canvas) -> None:
    """A band under the name of the house, and nothing more."""
    y = MARGIN + PADDING + 96
    canvas.draw.line([(_LEFT * SHARP, y * SHARP), (_RIGHT * SHARP, y * SHARP)], fill=_RIBBON, width=6 * SHARP)


def _wish(canvas: Canvas, wish: list[str], y: int) -> int:
    if not wish:
        return y
    bottom = y + len(wish) * _WISH_STEP + 10
    canvas.draw.line(
        [((_LEFT + 4) * SHARP, y * SHARP), ((_LEFT + 4) * SHARP, bottom * SHARP)], fill=_RIBBON, width=8 * SHARP
    )
    for number, line in enumerate(wish):
        canvas.text(
            _LEFT + 40, y + 4 + number * _WISH_STEP, line, size=_WISH_SIZE, bold=False, colour=INK, room=_ROOM - 40
        )
    return bottom + 14


def _foot(canvas: Canvas, face: Face, y: int) -> None:
    """The code and its last day, with the QR code beside them."""
    canvas.draw.line([(_LEFT * SHARP, y * SHARP), (_RIGHT * SHARP, y * SHARP)], fill=LINE, width=2 * SHARP)
    room = _ROOM - _QR - 40 if face.link else _ROOM
    canvas.text(_LEFT, y + 74, face.code, size=46, bold=True, colour=INK, room=room)
    canvas.text(_LEFT, y + 146, face.until, size=30, bold=False, colour=QUIET, room=room)
    canvas.text(_LEFT, y + 192, face.scan, size=30, bold=False, colour=QUIET, room=room)
    if face.link:
        found = Image.open(BytesIO(_qr(face.link))).convert("RGB")
        side = _QR * SHARP
        canvas.image.paste(
            found.resize((side, side), Image.Resampling.NEAREST), ((_RIGHT - _QR) * SHARP, (y + 26) * SHARP)
        )


def _qr(link: str) -> bytes:
    target = BytesIO()
    segno.make(link, error="m", micro=False).save(target, kind="png", scale=12, border=2, dark=INK, light="#FFFFFF")
    return target.getvalue()
