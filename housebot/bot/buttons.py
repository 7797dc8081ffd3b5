"""Owns the button as a plain value, and the limits every keyboard has to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from housebot.words import units

Style = Literal["primary", "success", "danger"]

MOST_BUTTONS, MOST_IN_A_ROW, DATA_BYTES, COPY_CHARACTERS, LABEL_UNITS = 100, 8, 64, 256, 64


@dataclass(frozen=True, slots=True)
class Button:
    """One button: with data, a link or text to copy under a message; with none of them on the reply keyboard."""

    text: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None
    style: Style | None = None  # repeats what the text says, never replaces it (UX 5)


Keyboard = list[list[Button]]


def check_keyboard(rows: Sequence[Sequence[Button]]) -> None:
    """Raise a ValueError that names what Telegram, or a narrow phone, would refuse (UX 7.5)."""
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        raise ValueError(f"more than {MOST_BUTTONS} buttons")
    for row in rows:
        if not 0 < len(row) <= MOST_IN_A_ROW:
            raise ValueError(f"a row of {len(row)} buttons")
        for button in row:
            _check(button)


def _check(button: Button) -> None:
    if not button.text:
        raise ValueError("a button without text")
    if units(button.text) > LABEL_UNITS:
        raise ValueError(f"a label too long to read: {button.text!r}")
    if sum(given is not None for given in (button.data, button.url, button.copy)) > 1:
        raise ValueError(f"{button.text!r} does two things")
    if button.data is not None and not 0 < len(button.data.encode()) <= DATA_BYTES:
        raise ValueError(f"{button.text!r} carries {len(button.data.encode())} bytes")
    if button.copy is not None and not 0 < len(button.copy) <= COPY_CHARACTERS:
        raise ValueError(f"{button.text!r} copies {len(button.copy)} characters")
    if button.url is not None and not button.url.startswith(("https://", "http://", "tg://")):
        raise ValueError(f"{button.text!r} leads nowhere")
