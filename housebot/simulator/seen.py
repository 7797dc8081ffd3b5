"""What tests see through the client: messages on a screen, pressed buttons, and the error that says what was there instead."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
PATIENCE = 30.0


class SimError(AssertionError):
    """The simulator could not do what was wished, or what was waited for did not come."""


class Seen(Json):
    """A message as it stands on a screen; a dict with a few names for what tests ask most."""

    @property
    def id(self) -> int:
        return int(self["message_id"])

    @property
    def text(self) -> str:
        """The text, or the caption."""
        return str(self.get("text") or self.get("caption") or "")

    @property
    def buttons(self) -> list[str]:
        """Texts of the inline buttons, in reading order."""
        return [button["text"] for row in self["buttons"] for button in row]

    @property
    def rows(self) -> list[list[str]]:
        """Texts of the inline buttons by rows."""
        return [[button["text"] for button in row] for row in self["buttons"]]

    def button(self, text: str) -> Json:
        """The inline button whose text is this or begins with it."""
        all_buttons = [button for row in self["buttons"] for button in row]
        for button in [
            *(b for b in all_buttons if b["text"] == text),
            *(b for b in all_buttons if b["text"].startswith(text)),
        ]:
            return dict(button)
        raise SimError(f"no button {text!r} among {self.buttons}")


Wanted = str | Callable[[Seen], bool]


@dataclass(frozen=True, slots=True)
class Press:
    """What became of a pressed button: `toast` is the callback's answer, `value` what url or copy_text held."""

    kind: str
    message_id: int
    query_id: str = ""
    toast: str = ""
    alert: bool = False
    value: Any = None
