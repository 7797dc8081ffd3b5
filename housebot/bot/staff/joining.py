"""Owns the one-time links of the staff: `staff_…` takes a person on, `owner_…` is the first of them, `chat_…` connects a group (T6)."""

from aiogram import Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import BaseFilter
from aiogram.types import Message

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.people import LEADERS, Works, actor_of, colleague, leader
from housebot.bot.turn import Turn
from housebot.domain.catalog import say
from housebot.errors import Refusal
from housebot.services import catalogs, chats, outbox, ports, staff
from housebot.services.ports import Tx
from housebot.services.staff import Staff
from housebot.words import join

router = Router(name="staff.joining")
texts = Texts()


class Linked(BaseFilter):
    """`/start <purpose>_<token>`: hands `token` over."""

    def __init__(self, purpose: str) -> None:
        self._command = Commanded("start")
        self._prefix = f"{purpose}_"

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, str]:
        found = await self._command(message, turn)
        if not isinstance(found, dict) or not found["argument"].startswith(self._prefix):
            return False
        return {"token": found["argument"].removeprefix(self._prefix)}


@router.message(Linked("staff"))
async def join_staff(message: Message, turn: Turn, token: str) -> None:
    def piece(tx: Tx) -> None:
        person = _joined(tx, turn, token, "staff")
        turn.say(tx, "staff.welcome", {"staff": person.telegram_id})
        for owner in staff.owners(tx):
            if owner.telegram_id != person.telegram_id:
                outbox.put(
                    tx,
                    kind="staff.joined",
                    facts={"staff": person.telegram_id},
                    chat_id=owner.telegram_id,
                    priority=outbox.ALERT,
                    language=owner.language,
                    now=turn.now,
                )

    if turn.chat is not None and turn.chat.is_private:
        await turn.write(piece)


@router.message(Linked("owner"))
async def join_owner(message: Message, turn: Turn, token: str) -> None:
    """The code `init` has printed."""

    def piece(tx: Tx) -> None:
        person = _joined(tx, turn, token, "owner")
        turn.say(tx, "staff.home", {"staff": person.telegram_id})

    if turn.chat is not None and turn.chat.is_private:
        await turn.write(piece)


def _joined(tx: Tx, turn: Turn, token: str, purpose: str) -> Staff:
    assert turn.user is not None
    return staff.join(
        tx,
        token,
        telegram_id=turn.user.id,
        name=turn.user.name,
        language=turn.language,
        purpose="owner" if purpose == "owner" else "staff",
        now=turn.now,
    )


@router.message(Linked("chat"), Works(LEADERS))
async def connect(message: Message, turn: Turn, token: str) -> None:
    """Used in the group, or the topic, that is to be connected; in private it is said where to."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        assert turn.chat is not None
        if turn.chat.is_private:
            turn.say(tx, "staff.connect_in_group")
            return
        chat = chats.join(
            tx,
            token,
            chat_id=turn.chat.id,
            thread_id=turn.thread_id,
            title=turn.chat.title,
            actor=actor,
            now=turn.now,
        )
        turn.say(tx, "staff.connected", {"purpose": chat.purpose})

    await turn.write(piece)


class AtWork(BaseFilter):
    """A colleague who does not look at the bot as a guest just now."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.user is None or turn.chat is None or not turn.chat.is_private:
            return False
        telegram_id = turn.user.id
        person = turn.read(lambda tx: staff.role_of(tx, telegram_id))
        return person is not None and not person.guest_view


@router.message(Commanded("start"), AtWork())
async def start(message: Message, turn: Turn, argument: str) -> None:
    """What can be done from here. Links for guests work for colleagues too."""
    if argument:
        raise SkipHandler
    await _home(turn)


@router.message(Commanded("help"), AtWork())
async def help_(message: Message, turn: Turn) -> None:
    await _home(turn)


async def _home(turn: Turn) -> None:
    def piece(tx: Tx) -> None:
        person = colleague(tx, turn)
        turn.say(tx, "staff.home", {"staff": person.telegram_id})

    await turn.write(piece)


@texts.renders("staff.home")
def home(scene: Scene) -> ports.Message:
    person = _person(scene)
    lead = person.role in LEADERS
    text = scene.words.t("first_run.hello" if lead else "staff_home.hello", name=person.name)
    return ports.Message(join("\n", [text, scene.words.t("staff_home.leaders") if lead else ""]))


@texts.renders("staff.welcome")
def welcome(scene: Scene) -> ports.Message:
    person = _person(scene)
    house = say(catalogs.current(scene.tx, now=scene.now).name, scene.words.language)
    role = scene.words.t(f"settings.role.{person.role}")
    lead = person.role in LEADERS
    said = scene.words.t("settings.staff_welcome", house=house, role=role)
    hint = scene.words.t("first_run.hello" if lead else "staff_home.hello", name=person.name)
    return ports.Message(f"{said}\n\n{hint}")


@texts.renders("staff.joined")
def joined(scene: Scene) -> ports.Message:
    person = _person(scene)
    role = scene.words.t(f"settings.role.{person.role}")
    return ports.Message(scene.words.t("settings.staff_joined", name=person.name, role=role))


@texts.renders("staff.connected")
def connected(scene: Scene) -> ports.Message:
    facts_chat = scene.facts["purpose"] == "facts"
    return ports.Message(scene.words.t("settings.chat_connected_facts" if facts_chat else "settings.chat_connected"))


@texts.renders("staff.connect_in_group")
def connect_in_group(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("settings.chat_in_group"))


def _person(scene: Scene) -> Staff:
    person = staff.role_of(scene.tx, int(scene.facts["staff"]))
    if person is None:
        raise Refusal("stale", reason="left")
    return person
