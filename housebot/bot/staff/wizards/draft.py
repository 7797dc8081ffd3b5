"""Owns a wizard in the making: what a colleague has chosen so far, the one live message that shows it, and the buttons on it.

It stands in the conversation and changes nothing until its last button. Choosing raises the version, turning pages does not (T3).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from housebot.bot.actions import act
from housebot.bot.guest.draft import KEY as JOURNEY
from housebot.bot.guest.menu import AWAY
from housebot.bot.staff import prompts
from housebot.bot.turn import Turn
from housebot.services import outbox
from housebot.services.ports import Button, Tx
from housebot.words import Words

KEY = "wizard"  # where it stands in the conversation's data
LOOK = "look"  # what the choices would mean, computed when they were made
TYPED_FOR = timedelta(minutes=10)  # what is written later than this is no answer to an old question
_MOST_VERSIONS = 9999


@dataclass(frozen=True, slots=True)
class Wizard:
    """One of `promo`, `price`, `block`, on one of its steps, with what is chosen: JSON values only."""

    id: str
    name: str
    step: str
    version: int = 1
    chosen: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""  # when its last screen was shown
    beside: str = ""  # the guest's journey that stood there then: a newer one takes what is typed

    def get(self, name: str) -> Any:
        """What was chosen; None for nothing."""
        return self.chosen.get(name)

    @property
    def card(self) -> str:
        """The key of its live message."""
        return f"wizard:{self.id}"

    def data(self, page: str) -> str:
        """The data of one of its buttons: `page` or `page:argument`."""
        return act("sa", self.id, self.version, page)

    def button(self, label: str, page: str) -> Button:
        return Button(label, self.data(page))


def read(stored: Mapping[str, Any]) -> Wizard:
    """The wizard as a message or the conversation carries it."""
    return Wizard(**stored)


def begin(turn: Turn, name: str, step: str) -> Wizard:
    """A new one, known by the message that asked for it; an older one is forgotten."""
    return Wizard(str(turn.message_id or 0), name, step)


def chose(wizard: Wizard, step: str, **chosen: Any) -> Wizard:
    """The wizard after a choice, on its next step; None takes a choice back. What was looked at before is looked at anew."""
    known = {**wizard.chosen, LOOK: None, **chosen}
    kept = {name: value for name, value in known.items() if value is not None}
    return replace(wizard, version=wizard.version % _MOST_VERSIONS + 1, step=step, chosen=kept)


def present(turn: Turn) -> Wizard | None:
    """The one this person is in, in this chat."""
    stored = turn.data.get(KEY)
    return read(stored) if stored else None


def show(tx: Tx, turn: Turn, wizard: Wizard, *, ring: bool = False, **facts: Any) -> None:
    """Its step in the live message; anew below, where something was typed since."""
    prompts.close(turn)
    wizard = replace(wizard, at=turn.now.isoformat(), beside=_journey(turn))
    turn.set_data(turn.data | {KEY: asdict(wizard)})
    _put(tx, turn, f"staff.{wizard.name}.{wizard.step}", {"wizard": asdict(wizard), **facts}, wizard.card, ring=ring)


def finish(tx: Tx, turn: Turn, wizard: Wizard, kind: str, facts: Mapping[str, Any]) -> None:
    """It is over: its live message becomes the answer, and its buttons go."""
    close(turn)
    _put(tx, turn, kind, facts, wizard.card, ring=False)


def close(turn: Turn) -> None:
    """Whatever wizard was open is forgotten."""
    turn.set_data({name: value for name, value in turn.data.items() if name != KEY})


def awaits_text(turn: Turn, wizard: Wizard) -> bool:
    """Whether what is written now may be meant for it."""
    fresh = bool(wizard.at) and turn.now - datetime.fromisoformat(wizard.at) < TYPED_FOR
    return fresh and wizard.beside == _journey(turn)


def back(words: Words, wizard: Wizard, page: str) -> tuple[Button, Button]:
    """A step back, and out: every screen has both (T7)."""
    return wizard.button(words.plain("button.back"), page), out(words, wizard)


def out(words: Words, wizard: Wizard) -> Button:
    return wizard.button(words.plain("wizard.button.close"), "close")


def _put(tx: Tx, turn: Turn, kind: str, facts: Mapping[str, Any], card: str, *, ring: bool) -> None:
    assert turn.chat is not None
    outbox.put(
        tx,
        kind=kind,
        facts={**facts, **({"ring": True} if ring else {})},
        chat_id=turn.chat.id,
        priority=outbox.SCREEN,
        language=turn.language,
        card=card,
        replaces=None if ring else f"{card}:{turn.chat.id}",
        now=turn.now,
    )


def _journey(turn: Turn) -> str:
    data = turn.data
    kept = data.get(JOURNEY)
    return f"{kept.get('code')}.{kept.get('version')}.{kept.get('step')}.{data.get(AWAY, False)}" if kept else ""
