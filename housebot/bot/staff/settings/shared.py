"""Owns what every page of the settings shares: how it is opened, who may, and the buttons that lead on."""

from collections.abc import Mapping
from typing import Any

from housebot.bot.actions import NOBODY, act
from housebot.bot.staff.people import LEADERS, colleague
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog, Unit, say
from housebot.errors import Refusal
from housebot.services import outbox
from housebot.services.ports import Button, Tx
from housebot.services.staff import Staff
from housebot.words import Words

CARD = "settings"
OWNERS = frozenset({"owner"})  # where guests' money goes is for owners alone
_OPEN = ("photos", "draft")  # what a page remembers while it is open


def may(tx: Tx, turn: Turn, roles: frozenset[str] = LEADERS) -> Staff:
    """The colleague, in their private chat: settings are nobody else's to read."""
    person = colleague(tx, turn, roles)
    if turn.chat is None or not turn.chat.is_private:
        raise Refusal("forbidden", reason="private")
    return person


def show(tx: Tx, turn: Turn, page: str, facts: Mapping[str, Any] | None = None, *, ring: bool = False) -> None:
    """Open a page in the live message; whatever another page was waiting for is forgotten."""
    assert turn.chat is not None
    turn.set_data({name: value for name, value in turn.data.items() if name not in _OPEN})
    outbox.put(
        tx,
        kind=f"staff.settings.{page}",
        facts={**(facts or {}), **({"ring": True} if ring else {})},
        chat_id=turn.chat.id,
        priority=outbox.SCREEN,
        language=turn.language,
        card=CARD,
        now=turn.now,
    )


def to(label: str, page: str) -> Button:
    """A button that opens a page, or does something on it."""
    return Button(label, act("se", NOBODY, 0, page))


def back(words: Words, page: str = "home") -> tuple[Button, ...]:
    return (to(words.plain("button.back"), page),)


def unit_of(catalog: Catalog, unit_id: str) -> Unit:
    """The unit a button names, or `stale`: the catalog may have changed since."""
    unit = next((one for one in catalog.units if one.id == unit_id), None)
    if unit is None:
        raise Refusal("stale")
    return unit


def unit_name(unit: Unit, words: Words) -> str:
    return say(unit.name, words.language, unit.id)
