"""Owns the choice of a language: it wins for ever over what Telegram says (UX 3)."""

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest.keyboard import menu_keyboard
from housebot.bot.guest.menu import opens
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.services import catalogs, guests, outbox, staff
from housebot.services.ports import Button, Message, Tx

router = Router(name="guest.language")
texts = Texts()

NAMES = {"ru": "language.button.ru", "en": "language.button.en"}  # each in its own words, in every language


@opens("language")
async def ask(turn: Turn) -> None:
    await turn.write(lambda tx: turn.screen(tx, "language", ring=turn.query_id is None))


@texts.renders("screen.language")
def question(scene: Scene) -> Message:
    row = tuple(Button(scene.words.plain(name), data=act("gl", arg=language)) for language, name in NAMES.items())
    return Message(scene.words.t("language.ask"), (row,))


@router.callback_query(Acted("gl"))
async def choose(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        guest = guests.set_language(tx, turn.guest(tx).id, act.arg)
        assert turn.user is not None
        staff.set_language(tx, turn.user.id, guest.language)
        outbox.put(tx, kind="guest.language", chat_id=turn.place.chat_id, language=guest.language, now=turn.now)

    await turn.write(piece)


@texts.renders("guest.language")
def done(scene: Scene) -> Message:
    """In the new language, and the menu with it."""
    catalog = catalogs.current(scene.tx, now=scene.now)
    return Message(scene.words.t("language.done"), reply_keyboard=menu_keyboard(catalog, scene.words))
