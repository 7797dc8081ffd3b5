"""Owns what happens in groups: an anonymous administrator is asked to speak as themselves, a group that moves keeps its desk (T6)."""

from aiogram import F, Router
from aiogram.types import ChatMemberUpdated, Message

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.people import ANONYMOUS
from housebot.bot.turn import Turn
from housebot.services import chats, lost_groups, outbox, ports, staff
from housebot.services.ports import Tx

COMMANDS = ("today", "bookings", "new", "settings", "price", "block", "promo", "undo", "guest")

router = Router(name="staff.groups")
last = Router(name="staff.groups.last")  # asked last of all: what is left in a group is not for us
texts = Texts()


@router.message(F.migrate_to_chat_id)
async def moved_to(message: Message, turn: Turn) -> None:
    """The last message of the old group."""
    new = message.migrate_to_chat_id
    assert new is not None
    await turn.write(lambda tx: chats.migrated(tx, message.chat.id, new, now=turn.now))


@router.message(F.migrate_from_chat_id)
async def moved_from(message: Message, turn: Turn) -> None:
    """The first message of the new one; whichever is heard first does it."""
    old = message.migrate_from_chat_id
    assert old is not None
    await turn.write(lambda tx: chats.migrated(tx, old, message.chat.id, now=turn.now))


@router.my_chat_member(F.chat.type != "private", F.new_chat_member.status == "kicked")
async def thrown_out(update: ChatMemberUpdated, turn: Turn) -> None:
    """Known at once. A bot that merely left may be in a group that moves: that is found out by the next message to it."""
    await turn.write(lambda tx: lost_groups.group_lost(tx, update.chat.id, now=turn.now))


@router.message(F.from_user.id == ANONYMOUS, Commanded(*COMMANDS, "start"))
async def anonymous(message: Message, turn: Turn, command: str, argument: str) -> None:
    """Nobody knows who this is, so nothing is shown; buttons carry the real person."""

    def piece(tx: Tx) -> None:
        owners = staff.owners(tx)
        outbox.put(
            tx,
            kind="staff.anonymous",
            chat_id=message.chat.id,
            thread_id=turn.thread_id,
            language=owners[0].language if owners else turn.language,  # the desk's: Telegram does not say whose it is
            now=turn.now,
        )

    await turn.write(piece)


@last.message(F.chat.type != "private")
async def not_for_us(message: Message, turn: Turn) -> None:
    """Talk among people, and commands of people who do not work here: nothing is answered."""
    await turn.write(_nothing)


def _nothing(tx: Tx) -> None:
    """The update is done."""


@texts.renders("staff.anonymous")
def anonymous_hint(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("today.anonymous"))
