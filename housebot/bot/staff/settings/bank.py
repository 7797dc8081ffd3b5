"""Owns the bank data, asked one by one, shown as the guest will see them, then saved; for owners alone."""

from collections.abc import Callable
from dataclasses import asdict, replace

from aiogram import Router
from aiogram.types import Message

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import prompts
from housebot.bot.staff.people import actor_of
from housebot.bot.staff.prompts import Answered
from housebot.bot.staff.settings import saved, shared
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import ports, settings
from housebot.services.ports import Button, Tx
from housebot.services.settings import BankData, Reference
from housebot.words import Html, Words, join

STEPS = ("bank", "number", "holder")
REFERENCES: tuple[Reference, ...] = ("required", "optional", "forbidden")
FEWEST_DIGITS = 4

router = Router(name="staff.settings.bank")
texts = Texts()


def _page(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn, shared.OWNERS)
    shared.show(tx, turn, "bank")


def _change(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn, shared.OWNERS)
    prompts.ask(tx, turn, "bank_bank", {})


def _reference(tx: Tx, turn: Turn, argument: str) -> None:
    """What to write as the purpose of payment: chosen on the preview."""
    shared.may(tx, turn, shared.OWNERS)
    chosen = next((one for one in REFERENCES if one == argument), None)
    draft = _draft(turn)
    if chosen is None or draft is None:
        raise Refusal("stale")
    _preview(tx, turn, replace(draft, reference=chosen), ring=False)


def _save(tx: Tx, turn: Turn, argument: str) -> None:
    person = shared.may(tx, turn, shared.OWNERS)
    draft = _draft(turn)
    if draft is None:
        raise Refusal("stale")
    before = settings.get(tx, settings.BANK)
    settings.set_bank(tx, draft, actor=actor_of(person), now=turn.now)
    shared.show(tx, turn, "bank")
    saved.remember(tx, turn, settings.BANK, before, what="bank")


PAGES: dict[str, Callable[[Tx, Turn, str], None]] = {
    "bank": _page,
    "bank-new": _change,
    "bank-ref": _reference,
    "bank-save": _save,
}


@router.message(Answered("bank_bank", "bank_number", "bank_holder", loose=True))
async def typed(message: Message, turn: Turn, purpose: str, asked: dict[str, str]) -> None:
    """One thing a message, or all three at once, each on its own line."""

    def piece(tx: Tx) -> None:
        shared.may(tx, turn, shared.OWNERS)
        lines = [line.strip() for line in (message.text or "").splitlines() if line.strip()]
        known = dict(asked)
        for step in STEPS[STEPS.index(purpose.removeprefix("bank_")) :]:
            if not lines:
                break
            known[step] = _checked(step, lines.pop(0))
        missing = [step for step in STEPS if step not in known]
        if missing:
            prompts.ask(tx, turn, f"bank_{missing[0]}", known)
            return
        prompts.close(turn)
        before = settings.bank(tx)
        reference: Reference = before.reference if before else "optional"
        data = BankData(known["bank"], known["number"], known["holder"], reference)
        _preview(tx, turn, data, ring=True)

    await turn.write(piece)


def _checked(step: str, value: str) -> str:
    if len(value) > settings.MAX_COPY:
        raise Refusal("invalid", reason="too_long", longest=settings.MAX_COPY)
    if step == "number" and sum(sign.isdigit() for sign in value) < FEWEST_DIGITS:
        raise Refusal("invalid", reason="bank_number", longest=settings.MAX_COPY)
    return value


def _preview(tx: Tx, turn: Turn, data: BankData, *, ring: bool) -> None:
    shared.show(tx, turn, "bank_preview", asdict(data), ring=ring)
    turn.set_data(turn.data | {"draft": asdict(data)})


def _draft(turn: Turn) -> BankData | None:
    kept = turn.data.get("draft")
    return BankData(**kept) if kept and "holder" in kept else None


def shown(words: Words, data: BankData) -> Html:
    reference = words.t(f"settings.reference.{data.reference}")
    return words.t("settings.bank", bank=data.bank, number=data.number, name=data.holder, reference=reference)


@texts.renders("staff.settings.bank")
def page(scene: Scene) -> ports.Message:
    words, data = scene.words, settings.bank(scene.tx)
    change = (shared.to(words.plain("settings.button.change"), "bank-new"),)
    if data is None:
        return ports.Message(words.t("settings.bank_none"), (change, shared.back(words)))
    example = words.t("settings.bank_example") if data.example else Html()
    return ports.Message(join("\n", [shown(words, data), example]), (change, shared.back(words)))


@texts.renders("staff.settings.bank_preview")
def preview(scene: Scene) -> ports.Message:
    """With the very button by which the guest will copy the number."""
    words = scene.words
    data = BankData(**{name: value for name, value in scene.facts.items() if name != "ring"})
    copy = Button(words.plain("hold.button.copy_number"), copy=data.number)
    references = tuple(
        shared.to(
            ("✓ " if one == data.reference else "") + words.plain(f"settings.button.reference_{one}"), f"bank-ref:{one}"
        )
        for one in REFERENCES
    )
    save = shared.to(words.plain("settings.button.save"), "bank-save")
    text = words.t("settings.text_preview", text=shown(words, data))
    return ports.Message(text, ((copy,), references, (save,), shared.back(words, "bank")))
