"""Owns the texts guests read: which one, in which language, what it is now, how the new one will look, save."""

from collections.abc import Callable

from aiogram import Router
from aiogram.types import Message

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import prompts
from housebot.bot.staff.people import actor_of
from housebot.bot.staff.prompts import Answered
from housebot.bot.staff.settings import saved, shared
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.errors import Refusal
from housebot.services import catalogs, house_words, ports, settings
from housebot.services.ports import Tx
from housebot.words import LANGUAGES, cut

KEYS = ("address", "welcome", "about", "rules", "arrival")
LONGEST = 3000  # a text stands in a message beside other words
SHOWN = 1500

router = Router(name="staff.settings.texts")
texts = Texts()


def _page(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn)
    shared.show(tx, turn, "texts")


def _which(tx: Tx, turn: Turn, argument: str) -> None:
    """An address belongs to a unit; everything is said in both languages."""
    shared.may(tx, turn)
    key, _, unit_id = argument.partition("-")
    catalog = catalogs.current(tx, now=turn.now)
    if key not in KEYS:
        raise Refusal("stale")
    if key == "address" and not unit_id and len(catalog.units) > 1:
        shared.show(tx, turn, "text_units")
        return
    if key == "address":
        argument = f"address-{shared.unit_of(catalog, unit_id or catalog.units[0].id).id}"
    shared.show(tx, turn, "text_language", {"text": argument})


def _edit(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn)
    name, _, language = argument.rpartition(":")
    _key(tx, turn, name)
    if language not in LANGUAGES:
        raise Refusal("stale")
    shared.show(tx, turn, "text", {"text": name, "language": language})
    prompts.ask(tx, turn, "text", {"text": name, "language": language}, show={"language": language.upper()})


def _save(tx: Tx, turn: Turn, argument: str) -> None:
    person = shared.may(tx, turn)
    draft = turn.data.get("draft")
    if not draft or "words" not in draft:
        raise Refusal("stale")
    key = _key(tx, turn, draft["text"])
    before = settings.text(tx, key) or None
    settings.set_text(tx, key, draft["language"], draft["words"], actor=actor_of(person), now=turn.now)
    shared.show(tx, turn, "texts")
    saved.remember(tx, turn, f"text.{key}", before, what="text")


PAGES: dict[str, Callable[[Tx, Turn, str], None]] = {
    "texts": _page,
    "text": _which,
    "text-in": _edit,
    "text-save": _save,
}


@router.message(Answered("text", loose=True))
async def typed(message: Message, turn: Turn, asked: dict[str, str]) -> None:
    def piece(tx: Tx) -> None:
        shared.may(tx, turn)
        said = (message.text or "").strip()
        if not said:
            turn.say(tx, "staff.text_wanted")
            return
        if len(said) > LONGEST:
            raise Refusal("invalid", reason="too_long", longest=LONGEST)
        prompts.close(turn)
        shared.show(tx, turn, "text_preview", {"words": said}, ring=True)
        turn.set_data(turn.data | {"draft": {**asked, "words": said}})

    await turn.write(piece)


def _key(tx: Tx, turn: Turn, name: str) -> str:
    """The key of the setting: `rules`, or `address.<unit>`."""
    key, _, unit_id = name.partition("-")
    if key == "address":
        return f"address.{shared.unit_of(catalogs.current(tx, now=turn.now), unit_id).id}"
    if key not in KEYS:
        raise Refusal("stale")
    return key


def _now(scene: Scene, catalog: Catalog, name: str, language: str) -> str:
    key, _, unit_id = name.partition("-")
    if key == "address":
        return house_words.address(scene.tx, shared.unit_of(catalog, unit_id), language, now=scene.now)
    return house_words.texts(scene.tx, key, language, now=scene.now)


@texts.renders("staff.settings.texts")
def page(scene: Scene) -> ports.Message:
    words = scene.words
    buttons = [shared.to(str(words.t(f"settings.text.{key}")), f"text:{key}") for key in KEYS]
    rows = tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))
    return ports.Message(words.t("settings.texts_which"), (*rows, shared.back(words)))


@texts.renders("staff.settings.text_units")
def units(scene: Scene) -> ports.Message:
    words, catalog = scene.words, catalogs.current(scene.tx, now=scene.now)
    buttons = [shared.to(shared.unit_name(unit, words)[:60], f"text:address-{unit.id}") for unit in catalog.units[:80]]
    rows = tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))
    return ports.Message(words.t("settings.address_of"), (*rows, shared.back(words, "texts")))


@texts.renders("staff.settings.text_language")
def language(scene: Scene) -> ports.Message:
    words, name = scene.words, str(scene.facts["text"])
    row = tuple(shared.to(words.plain(f"language.button.{one}"), f"text-in:{name}:{one}") for one in LANGUAGES)
    title = words.t(f"settings.text.{name.partition('-')[0]}")
    return ports.Message(words.t("settings.text_language", title=title), (row, shared.back(words, "texts")))


@texts.renders("staff.settings.text")
def present(scene: Scene) -> ports.Message:
    words, name = scene.words, str(scene.facts["text"])
    catalog = catalogs.current(scene.tx, now=scene.now)
    now = _now(scene, catalog, name, str(scene.facts["language"]))
    shown = cut(now, SHOWN) if now else words.t("settings.text_none")
    return ports.Message(words.t("settings.text_now", text=shown), (shared.back(words, "texts"),))


@texts.renders("staff.settings.text_preview")
def preview(scene: Scene) -> ports.Message:
    words = scene.words
    save = shared.to(words.plain("settings.button.save"), "text-save")
    return ports.Message(
        words.t("settings.text_preview", text=str(scene.facts["words"])), ((save,), shared.back(words, "texts"))
    )
