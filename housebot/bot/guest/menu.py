"""Owns the menu: its words in every language, the commands beside them, and one function that opens each of its screens.

A screen of the menu is opened by a command, by a word of the reply keyboard or by a button; all three do the same, keep the
draft, and are answered before any step of a journey looks at the text.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Picked
from housebot.bot.guest.draft import KEY
from housebot.bot.presses import Action, Press
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.words import LANGUAGES, translator

AWAY, SHOWN = (
    "away",
    "shown",
)  # in the conversation's data: the journey is not on the screen; what its last page looked like
TYPING = "typing"  # beside them: a screen that is no step of a journey waits for words

Opener = Callable[[Turn], Awaitable[None]]

# What stands on the reply keyboard: the screen's name and its words; a screen may have words for houses and for salons.
WORDS: dict[str, tuple[str, ...]] = {
    "choose": ("menu.button.help_choose",),
    "book": ("menu.button.book", "menu.button.visit"),
    "dates": ("menu.button.dates",),
    "prices": ("menu.button.prices",),
    "about": ("menu.button.about", "menu.button.about_desk"),
    "my": ("menu.button.my", "menu.button.my_visits"),
    "gift": ("menu.button.gift",),
    "ask": ("menu.button.ask",),
    "menu": ("button.menu",),
}

LONGEST = 100  # characters: a command with the longest payload of a link; no word of the menu is near it

router = Router(name="guest.menu")
openers: dict[str, Opener] = {}


def opens(*names: str) -> Callable[[Opener], Opener]:
    """The function opens these screens: `@opens("dates")` answers /dates, «🗓 Свободные даты» and its button."""

    def add(opener: Opener) -> Opener:
        for name in names:
            if name in openers:
                raise ValueError(f"{name} is opened twice")
            openers[name] = opener
        return opener

    return add


def _bare(text: str) -> str:
    """A word of the menu without its picture, as people type it."""
    return " ".join("".join(sign for sign in text if sign.isalnum() or sign.isspace()).split()).casefold()


def word_of(text: str) -> str | None:
    """The screen a word of the menu means, in any language, with or without its picture."""
    said = _bare(text)
    for name, message_ids in WORDS.items():
        for language in LANGUAGES:
            words = translator(language)
            if said and any(said == _bare(words.plain(message_id)) for message_id in message_ids):
                return name
    return None


class Named(BaseFilter):
    """A command or a word of the menu that somebody opens: hands over `opener`."""

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, Any]:
        text = (message.text or "").strip()
        if turn.chat is None or not turn.chat.is_private or not 0 < len(text) <= LONGEST:
            return False
        if text.startswith("/"):
            name: str | None = text[1:].split()[0].split("@")[0].casefold() if text[1:].split() else None
        else:
            name = word_of(text)
        opener = openers.get(name or "")
        return {"opener": opener} if opener else False


@router.message(Named())
async def by_word(message: Message, turn: Turn, opener: Opener) -> None:
    step_aside(turn, brings_keyboard=opener is openers.get("menu"))
    await opener(turn)


@router.callback_query(Picked(Action.MENU))
@router.callback_query(Picked(Action.MENU, drafted=False))
async def by_button(query: CallbackQuery, turn: Turn, press: Press) -> None:
    """The draft named in the button does not matter: the menu is open to everybody at any time."""
    opener = openers.get(press.arg)
    if opener is None:
        raise Refusal("stale")
    step_aside(turn)
    await opener(turn)


def step_aside(turn: Turn, *, brings_keyboard: bool = False) -> None:
    """A journey that was open stays as it is, but what is typed next is not meant for its step.

    The contact asks by a keyboard of its own: whoever leaves it gets the menu's back, unless the screen that opens brings it.
    """
    data = turn.data
    if (data.get(KEY) or {}).get("step") == "contact" and not data.get(AWAY) and not brings_keyboard:
        turn.first(lambda tx: turn.say(tx, "reply.keyboard"))
    data.pop(TYPING, None)
    turn.set_data({**data, AWAY: True, SHOWN: ""})
