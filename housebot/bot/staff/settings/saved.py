"""Owns taking a setting back: the last change of each person, while nobody has changed it since."""

from collections.abc import Callable
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import NOBODY, Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.people import actor_of
from housebot.bot.staff.settings import shared
from housebot.bot.turn import Turn
from housebot.services import ports, settings
from housebot.services.ports import Button, Tx

router = Router(name="staff.settings.saved")
texts = Texts()
PAGES: dict[str, Callable[[Tx, Turn, str], None]] = {}


def remember(tx: Tx, turn: Turn, key: str, before: Any, *, what: str) -> None:
    """Say that it is saved, with the way back."""
    after = settings.get(tx, key)
    turn.set_data(turn.data | {"undo": {"key": key, "before": before, "after": after, "what": what}})
    turn.say(tx, "staff.settings.saved", {"what": what})


@router.callback_query(Acted("su"))
async def undo(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Back to what was; refused as old when it is not the last word any more."""

    def piece(tx: Tx) -> None:
        person = shared.may(tx, turn)
        kept = turn.data.get("undo")
        if not kept or settings.get(tx, kept["key"]) != kept["after"]:
            turn.toast(turn.words.plain("settings.toast.too_late"), alert=True)
            return
        if kept["key"] == settings.BANK:
            shared.may(tx, turn, shared.OWNERS)
        settings.put(tx, kept["key"], kept["before"], actor=actor_of(person), now=turn.now)
        turn.set_data({name: value for name, value in turn.data.items() if name != "undo"})
        turn.say(tx, "staff.settings.undone", {"what": kept["what"]})

    await turn.write(piece)


@texts.renders("staff.settings.saved")
def saved(scene: Scene) -> ports.Message:
    words = scene.words
    back = Button(words.plain("settings.button.undo"), act("su", NOBODY))
    text = words.t("settings.saved", what=words.t(f"settings.what.{scene.facts['what']}"))
    return ports.Message(text, ((back,),))


@texts.renders("staff.settings.undone")
def undone(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("settings.undone", what=scene.words.t(f"settings.what.{scene.facts['what']}")))
