"""Owns /help: what may be said and pressed, and a phone for what neither does."""

from aiogram import Router

from housebot.bot.guest.journey import route
from housebot.bot.guest.keyboard import menu_keyboard
from housebot.bot.guest.menu import opens
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.services import catalogs
from housebot.services.ports import Message
from housebot.words import join

router = Router(name="guest.help")
texts = Texts()


@opens("help")
async def show(turn: Turn) -> None:
    await turn.write(lambda tx: turn.say(tx, "guest.help"))


@texts.renders("guest.help")
def text(scene: Scene) -> Message:
    """With the menu under the text field, in case it got lost."""
    catalog, words = catalogs.current(scene.tx, now=scene.now), scene.words
    if route.only_slots(catalog):
        said = words.t("help.text_slot", example=words.t("menu.example_slot"))
    else:
        said = words.t("help.text", example=words.t("menu.example"))
    phone = words.t("help.phone", phone=catalog.desk.phone) if catalog.desk.phone else ""
    return Message(join("\n\n", [said, phone]), reply_keyboard=menu_keyboard(catalog, words))
