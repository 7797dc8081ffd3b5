"""Owns `/guest`: a colleague looks at the bot as a guest does; what they book is a test, freed in one tap (UX 2d)."""

from aiogram import Router
from aiogram.types import Message

from housebot.bot.actions import act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import prompts
from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.lines import lines_of
from housebot.bot.staff.people import LEADERS, Works, leader
from housebot.bot.turn import Turn
from housebot.services import bookings, guests, ports, staff
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.words import join

router = Router(name="staff.view")
texts = Texts()


@router.message(Commanded("guest"), Works(LEADERS))
async def toggle(message: Message, turn: Turn) -> None:
    def piece(tx: Tx) -> None:
        person = leader(tx, turn)
        assert turn.chat is not None
        if not turn.chat.is_private:
            turn.say(tx, "staff.in_private")
            return
        prompts.close(turn)
        now_on = staff.guest_view(tx, person.telegram_id, not person.guest_view).guest_view
        turn.say(tx, "staff.guest_view", {"on": now_on, "telegram": person.telegram_id})

    await turn.write(piece)


@texts.renders("staff.guest_view")
def view(scene: Scene) -> ports.Message:
    """With what is still booked as a test, each freed by its button."""
    if scene.facts["on"]:
        return ports.Message(scene.words.t("guest_view.on"))
    tests = _tests(scene)
    rows = [
        lines_of(scene, one).words.t("guest_view.line", code=one.code, span=lines_of(scene, one).span) for one in tests
    ]
    text = join("\n", [scene.words.t("guest_view.off"), *rows])
    label = scene.words.plain("guest_view.button.free")
    buttons = tuple(
        (Button(f"{label} {one.code}" if len(tests) > 1 else label, act("sf", one.code, one.version)),) for one in tests
    )
    return ports.Message(text, buttons)


def _tests(scene: Scene) -> list[Booking]:
    guest = guests.by_telegram(scene.tx, int(scene.facts["telegram"]))
    theirs = bookings.of_guest(scene.tx, guest.id) if guest else []
    return [one for one in theirs if one.test and one.blocks and one.status != "in_house"][:10]


@texts.renders("staff.in_private")
def in_private(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("staff_home.in_private"))
