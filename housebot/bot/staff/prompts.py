"""Owns questions to a colleague that are answered by writing: a forced reply, which message answers which, and the way out.

A forced reply leaves no room for buttons, so the way out of every question is a command that its text names (T7).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import Message

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.commands import Commanded
from housebot.bot.turn import Turn
from housebot.services import cards, outbox, ports
from housebot.services.ports import Tx
from housebot.words import Html, escape, join

_KEPT = "prompt"
LOOSE_FOR = timedelta(minutes=10)

router = Router(name="staff.prompts")
texts = Texts()


def ask(tx: Tx, turn: Turn, purpose: str, facts: Mapping[str, Any], *, show: Mapping[str, Any] | None = None) -> None:
    """Ask this person in this chat; `facts` come back with the answer. An older question is forgotten.

    The words are `prompt.<purpose>` with `show`.
    """
    assert turn.user is not None
    assert turn.chat is not None
    turn.set_data(turn.data | {_KEPT: {"purpose": purpose, "facts": dict(facts), "at": turn.now.isoformat()}})
    mention = None if turn.chat.is_private else {"id": turn.user.id, "name": turn.user.name}
    outbox.put(
        tx,
        kind="staff.prompt",
        facts={"purpose": purpose, "show": dict(show or {}), "mention": mention, "ring": True},
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        priority=outbox.SCREEN,
        language=turn.language,
        card=_card(turn),
        now=turn.now,
    )


def close(turn: Turn) -> None:
    """It has been answered."""
    turn.set_data({name: value for name, value in turn.data.items() if name != _KEPT})


class Open(BaseFilter):
    """Lets a message through while this person has a question to answer here."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        return turn.user is not None and turn.chat is not None and _KEPT in turn.data


@router.message(Commanded("cancel"), Open())
async def drop(message: Message, turn: Turn) -> None:
    """The question is as if it had not been asked."""

    def piece(tx: Tx) -> None:
        close(turn)
        turn.say(tx, "staff.dropped")

    await turn.write(piece)


class Answered(BaseFilter):
    """Lets the answer to an open question of these purposes through, with its facts as `asked`.

    An answer is a reply to the question. With `loose` any text counts for ten minutes in a private chat, as phones lose the
    reply easily; words for a guest are never loose.
    """

    def __init__(self, *purposes: str, loose: bool = False) -> None:
        self.purposes = frozenset(purposes)
        self.loose = loose

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, Any]:
        if turn.user is None or turn.chat is None:
            return False
        kept = turn.data.get(_KEPT)
        if not kept or kept["purpose"] not in self.purposes or (message.text or "").startswith("/"):
            return False
        replied = message.reply_to_message
        if replied is None:
            fits = self.loose and turn.chat.is_private and _is_fresh(turn, kept["at"])
        else:
            chat_id, card, number = turn.chat.id, _card(turn), replied.message_id
            known = turn.read(lambda tx: cards.key_of(tx, chat_id, number))
            # A quick answer may overtake the note of where the question stands; only words for a guest insist on it.
            fits = known == card or (known is None and self.loose and turn.chat.is_private)
        return {"asked": kept["facts"], "purpose": kept["purpose"]} if fits else False


def _is_fresh(turn: Turn, asked_at: str) -> bool:
    """A question that was walked away from does not catch what is written later."""
    return turn.now - datetime.fromisoformat(asked_at) < LOOSE_FOR


def _card(turn: Turn) -> str:
    assert turn.user is not None
    return f"prompt:{turn.user.id}"


@texts.renders("staff.prompt")
def prompt(scene: Scene) -> ports.Message:
    """In a group the person is named: a forced reply opens for those alone who are."""
    said = scene.words.t(f"prompt.{scene.facts['purpose']}", **scene.facts["show"])
    mention = scene.facts["mention"]
    name = Html(f'<a href="tg://user?id={mention["id"]}">{escape(mention["name"])}</a>') if mention else ""
    text = join("\n", [join(", ", [name, said]), scene.words.t("prompt.way_out")])
    return ports.Message(text, force_reply=scene.words.plain("prompt.button.placeholder"))


@texts.renders("staff.dropped")
def dropped(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("prompt.dropped"))
