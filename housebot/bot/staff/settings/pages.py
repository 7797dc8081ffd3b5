"""Owns the front page of the settings, the chats of the desk, and the link for guests."""

from collections.abc import Callable
from urllib.parse import quote

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot import pictures
from housebot.bot.actions import Act, Acted
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.people import LEADERS, Works, actor_of, leader
from housebot.bot.staff.settings import bank, people, photos, saved, shared
from housebot.bot.staff.settings import texts as words_page
from housebot.bot.turn import Turn
from housebot.domain.catalog import say
from housebot.errors import Refusal
from housebot.services import catalogs, chats, face, house_words, ports
from housebot.services.ports import Button, Picture, Tx
from housebot.words import Html, join

PURPOSES = ("approvals", "facts")

router = Router(name="staff.settings.pages")
texts = Texts()


@router.message(Commanded("settings"), Works(LEADERS))
async def settings(message: Message, turn: Turn) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        assert turn.chat is not None
        if turn.chat.is_private:
            shared.show(tx, turn, "home", ring=True)
        else:
            turn.say(tx, "staff.in_private")

    await turn.write(piece)


@router.callback_query(Acted("se"))
async def pressed(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """`page` or `page:argument`; each page knows its own arguments."""

    def piece(tx: Tx) -> None:
        page, _, argument = act.arg.partition(":")
        handler = PAGES.get(page)
        if handler is None:
            raise Refusal("stale")
        handler(tx, turn, argument)

    await turn.write(piece)


def _home(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn)
    shared.show(tx, turn, "home")


def _chats(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn)
    shared.show(tx, turn, "chats")


def _connect(tx: Tx, turn: Turn, argument: str) -> None:
    """A link that is good for an hour, for one group."""
    actor = actor_of(shared.may(tx, turn))
    if argument == "approvals":
        token = chats.invite(tx, "approvals", actor=actor, now=turn.now)
    elif argument == "facts":
        token = chats.invite(tx, "facts", actor=actor, now=turn.now)
    else:
        raise Refusal("stale")
    shared.show(tx, turn, "connect", {"purpose": argument, "token": token})


def _disconnect(tx: Tx, turn: Turn, argument: str) -> None:
    actor = actor_of(shared.may(tx, turn))
    if argument == "approvals":
        chats.disconnect(tx, "approvals", actor=actor, now=turn.now)
    elif argument == "facts":
        chats.disconnect(tx, "facts", actor=actor, now=turn.now)
    else:
        raise Refusal("stale")
    shared.show(tx, turn, "chats")


def _link(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn)
    turn.say(tx, "staff.settings.link")


PAGES: dict[str, Callable[[Tx, Turn, str], None]] = {
    "home": _home,
    "chats": _chats,
    "connect": _connect,
    "off": _disconnect,
    "link": _link,
    **people.PAGES,
    **bank.PAGES,
    **photos.PAGES,
    **words_page.PAGES,
    **saved.PAGES,
}


@texts.renders("staff.settings.home")
def home(scene: Scene) -> ports.Message:
    words = scene.words
    house = say(catalogs.current(scene.tx, now=scene.now).name, words.language)
    left = [words.t(f"settings.leftover.{one.code}") for one in house_words.leftovers(scene.tx, now=scene.now)]
    todo = words.t("first_run.todo", what=join(", ", list(dict.fromkeys(left)))) if left else Html()
    names = ("chats", "staff", "bank", "photos", "texts", "link")
    buttons = [shared.to(words.plain(f"settings.button.{name}"), name) for name in names]
    rows = tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))
    return ports.Message(join("\n", [words.t("settings.title", house=house), todo]), rows)


@texts.renders("staff.settings.chats")
def chats_page(scene: Scene) -> ports.Message:
    """Where cards and facts go, and how to change it."""
    words = scene.words
    connected = {chat.purpose: chat for chat in chats.connected(scene.tx)}
    shown = {
        purpose: connected[purpose].title or str(connected[purpose].chat_id)
        if purpose in connected
        else words.t("settings.chat_private" if purpose == "approvals" else "settings.chat_none")
        for purpose in PURPOSES
    }
    rows = []
    for purpose in PURPOSES:
        add = shared.to(words.plain(f"settings.button.add_{purpose}"), f"connect:{purpose}")
        off = shared.to(f"{words.plain('settings.button.disconnect')} · {shown[purpose]}"[:60], f"off:{purpose}")
        rows.append((off if purpose in connected else add,))
    return ports.Message(words.t("settings.chats", **shown), (*rows, shared.back(words)))


@texts.renders("staff.settings.connect")
def connect_page(scene: Scene) -> ports.Message:
    """One tap adds the bot to a group and connects it; for a topic the same code is pasted there."""
    words, name = scene.words, face.username(scene.tx)
    if name is None:
        raise Refusal("stale", reason="username")
    payload = f"chat_{scene.facts['token']}"
    add = Button(words.plain("settings.button.choose_group"), url=f"https://t.me/{name}?startgroup={payload}")
    copy = Button(words.plain("settings.button.topic"), copy=f"/start@{name} {payload}")
    return ports.Message(words.t("settings.connect"), ((add,), (copy,), shared.back(words, "chats")))


@texts.renders("staff.settings.link")
def link(scene: Scene) -> ports.Message:
    """The link for Instagram and cards, and its picture."""
    name = face.username(scene.tx)
    if name is None:
        raise Refusal("stale", reason="username")
    address = f"https://t.me/{name}?start=src_qr"
    picture = Picture(draw=lambda: pictures.qr(address), name="qr.png")
    share = Button(scene.words.plain("settings.button.share"), url=f"https://t.me/share/url?url={quote(address)}")
    return ports.Message(scene.words.t("settings.link", link=address), ((share,),), pictures=(picture,))
