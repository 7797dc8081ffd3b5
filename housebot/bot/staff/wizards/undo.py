"""Owns the answer of a wizard, with the way back on it, and `/undo`: the last thing this colleague did is taken back, or said why not."""

from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import NOBODY, Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.people import LEADERS, Works, actor_of
from housebot.bot.staff.wizards import answering, draft, inside, named
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.errors import Refusal
from housebot.services import audit, cards, catalogs, closing, outbox, ports, promos, undoing
from housebot.services.audit import Entry
from housebot.services.ports import Actor, Button, Tx
from housebot.words import Html, Words, join

MOST_SAMPLES = 8
KNOWN_SETTINGS = ("bank", "text", "photos")
OWN_WORDS = {"price.set": "undo.button.price", "block.add": "undo.button.block", closing.AROUND: "undo.button.block"}

router = Router(name="staff.wizards.undo")
texts = Texts()


def done(tx: Tx, turn: Turn, wizard: Wizard, actor: Actor, facts: dict[str, Any] | None = None) -> None:
    """What was done just now, in the wizard's message, and how to take it back."""
    deed = undoing.made(tx, actor=actor, now=turn.now)
    draft.finish(tx, turn, wizard, "staff.done", {"entry": deed.id, **(facts or {})})


@router.message(Commanded("undo"), Works(LEADERS))
async def undo(message: Message, turn: Turn) -> None:
    """The last thing; where it cannot be taken back that is said, and the one before it offered."""

    def piece(tx: Tx) -> None:
        if not answering.opens(tx, turn):
            return
        draft.close(turn)
        actor = actor_of(answering.may(tx, turn))
        deeds = undoing.latest(tx, actor=actor, now=turn.now)
        if not deeds:
            turn.say(tx, "staff.undo.nothing")
        elif undoing.is_undoable(deeds[0]):
            _take_back(tx, turn, deeds[0], actor)
        else:
            earlier = next((one.id for one in deeds if undoing.is_undoable(one)), None)
            turn.say(tx, "staff.undo.cannot", {"action": deeds[0].action, "entry": earlier})

    await turn.write(piece)


@router.callback_query(Acted("sq"))
async def pressed(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The button on the answer of a wizard; judged by how things stand now."""

    def piece(tx: Tx) -> None:
        actor = actor_of(answering.may(tx, turn))
        if not act.arg.isdigit():
            raise Refusal("stale")
        _take_back(tx, turn, undoing.of_id(tx, int(act.arg), actor=actor), actor)

    await turn.write(piece)


def _take_back(tx: Tx, turn: Turn, deed: Entry, actor: Actor) -> None:
    """The message that said it was done says that it is undone; a command is answered below."""
    assert turn.chat is not None
    undoing.take_back(tx, deed.id, actor=actor, now=turn.now)
    facts = {"entry": deed.id, "undone": True}
    key = cards.key_of(tx, turn.chat.id, turn.message_id) if turn.query_id is not None and turn.message_id else None
    if key is None:
        turn.say(tx, "staff.done", facts)
        return
    outbox.put(
        tx,
        kind="staff.done",
        facts=facts,
        chat_id=turn.chat.id,
        priority=outbox.SCREEN,
        language=turn.language,
        card=key,
        now=turn.now,
    )


@texts.renders("staff.done")
def answer(scene: Scene) -> ports.Message:
    """What was done, what it means for prices, and the way back."""
    words, catalog = scene.words, catalogs.current(scene.tx, now=scene.now)
    entry = audit.entry(scene.tx, int(scene.facts["entry"]))
    if entry is None:
        raise Refusal("stale")
    said = did(scene.tx, words, catalog, entry)
    if scene.facts.get("undone"):
        return ports.Message(words.t("undo.undone", what=said))
    lines = [said, *samples(words, catalog, scene.facts), *kept(words, scene.facts)]
    return ports.Message(
        join("\n", lines), (back(words, entry), *inside.buttons(scene, scene.facts.get("stays") or ()))
    )


def samples(words: Words, catalog: Catalog, facts: dict[str, Any]) -> list[Html]:
    """What usual stays cost before and after."""
    found = facts.get("samples") or []
    return [words.t("price.sample", sample=named.sample(words, catalog, one)) for one in found[:MOST_SAMPLES]]


def kept(words: Words, facts: dict[str, Any]) -> list[Html]:
    """Open holds that keep the price they were made at."""
    found = facts.get("kept") or []
    if not found:
        return []
    return [words.n("price.kept", len(found), codes=", ".join(one["code"] for one in found))]


def back(words: Words, entry: Entry) -> tuple[Button, ...]:
    label = OWN_WORDS.get(entry.action, "undo.button.undo")
    return (Button(words.plain(label), act("sq", NOBODY, 0, str(entry.id))),)


def did(tx: Tx, words: Words, catalog: Catalog, entry: Entry) -> Html:
    """What was done, in one line; each block around stays has its own."""
    subject, _, number = entry.subject.partition(":")
    match subject:
        case "price":
            what = named.price(words, catalog, entry.after or entry.before)
        case "block" if entry.action == closing.AROUND:
            what = join("\n", [words.t("block.gap", time=named.block(words, catalog, one)) for one in entry.after])
        case "block":
            what = named.block(words, catalog, entry.after or entry.before)
        case "promo":
            promo = promos.as_json(tx, catalog, promos.of_id(tx, int(number)))
            what = join(" · ", [str(promo["code"]), named.gives(words, catalog, promo)])
        case _:
            what = _setting(words, number)
    return words.t(f"did.{entry.action.replace('.', '_')}", what=what)


def _setting(words: Words, key: str) -> Html:
    kind = key.partition(".")[0]
    return words.t(f"settings.what.{kind if kind in KNOWN_SETTINGS else 'text'}")


@texts.renders("staff.undo.nothing")
def nothing(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("undo.nothing"))


@texts.renders("staff.undo.cannot")
def cannot(scene: Scene) -> ports.Message:
    """Which kind of thing it was, and the one before it that can be taken back."""
    words, catalog = scene.words, catalogs.current(scene.tx, now=scene.now)
    subject = str(scene.facts["action"]).partition(".")[0]
    name = f"undo.kind.{subject}"
    text = words.t("undo.cannot", what=words.t(name) if words.has(name) else words.t("undo.kind.other"))
    earlier = scene.facts["entry"]
    entry = None if earlier is None else audit.entry(scene.tx, int(earlier))
    if entry is None:
        return ports.Message(text)
    before = words.t("undo.before", what=did(scene.tx, words, catalog, entry))
    button = Button(words.plain("undo.button.undo"), act("sq", NOBODY, 0, str(entry.id)))
    return ports.Message(join("\n", [text, before]), ((button,),))
