"""Owns the damage deposit in the hands of staff: received, returned, kept with a reason, on the booking and on its task (R54)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, deciding, prompts
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import actor_of, leader, name_of
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.domain.money import parse_amount
from housebot.errors import Refusal
from housebot.services import bookings, damage, ports, staff_notices, tasks
from housebot.services.bookings import Booking
from housebot.services.damage import Purse
from housebot.services.ports import Button, Tx
from housebot.words import Html, join

# A reason that begins with a figure could be the rest of the sum: `5 2 стакана` is asked about, not guessed.
_SUM_AND_WHY = re.compile(r"\s*(?P<sum>[0-9][0-9.,]*)(?:\s+(?P<why>[^\s0-9].*))?\s*", re.DOTALL)

router = Router(name="staff.deposits")
texts = Texts()


@router.callback_query(Acted("si"))
async def pressed(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """`ask` how it came; `cash` or `bank`: it came; `back`: the guest has it again; `keep`: how much, and why."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        verb, _, rest = act.arg.partition(":")
        facts: dict[str, Any] = {"actor": actor, "now": turn.now}
        match verb:
            case "ask":
                cards.show(tx, turn, booking, {"ask": "deposit"})
            case "cash" | "bank":
                amount = _number(rest)
                _do(
                    tx,
                    turn,
                    booking,
                    "taken",
                    lambda: damage.take(tx, booking.id, amount, method=verb, **facts),
                    amount,
                )
            case "back":
                amount = _number(rest)
                _do(tx, turn, booking, "returned", lambda: damage.give_back(tx, booking.id, amount, **facts), amount)
            case "keep":
                _ask_how_much(tx, turn, booking)
            case _:
                raise Refusal("stale")

    await turn.write(piece)


def _do(tx: Tx, turn: Turn, booking: Booking, kind: str, work: Callable[[], Purse], amount: int) -> None:
    """Do it and say what changed; who comes second learns who was first, and the card and the task are true again."""
    try:
        with tx.attempt():
            work()
    except Refusal as refusal:
        drawn_before = refusal.facts.get("ask_again") or refusal.facts.get("reason") in {"above_deposit", "no_deposit"}
        deciding.tell_why_not(tx, turn, booking, Refusal("stale") if drawn_before else refusal)
        _mend_task(tx, turn, booking)
        return
    money = turn.words.money(amount, booking.currency)
    key = "damage.toast.taken" if kind == "taken" else "damage.toast.returned"
    turn.toast(turn.words.plain(key, amount=money, code=booking.code))
    cards.show(tx, turn, booking)


def _mend_task(tx: Tx, turn: Turn, booking: Booking) -> None:
    if (task := tasks.find_open(tx, damage.TASK, booking.id)) is not None:
        staff_notices.task_changed(tx, task.id, booking, now=turn.now)


def _ask_how_much(tx: Tx, turn: Turn, booking: Booking) -> None:
    left = damage.purse(tx, booking).left
    if not left:
        deciding.tell_why_not(tx, turn, booking, Refusal("stale"))
        return
    show = {"code": booking.code, "left": turn.words.money(left, booking.currency)}
    prompts.ask(tx, turn, "keep", {"booking": booking.id}, show=show)


@router.message(Answered("keep", loose=True))
async def kept(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """`50 разбита ваза`: what cannot be read, or is more than there is, is asked for again."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, asked["booking"])
        try:
            with tx.attempt():
                amount, why = _read(message.text or "", booking.currency)
                damage.keep(tx, booking.id, amount, reason=why, actor=actor, now=turn.now)
        except Refusal as refusal:
            if refusal.code == "already_decided":
                prompts.close(turn)
                turn.say(tx, "staff.deposit_settled", {"booking": booking.id})
            else:
                turn.explain(tx, refusal)
                _ask_how_much(tx, turn, booking)
            return
        prompts.close(turn)
        turn.say(tx, "staff.deposit_kept", {"booking": booking.id, "amount": amount, "reason": why})

    await turn.write(piece)


def _read(text: str, currency: str) -> tuple[int, str]:
    found = _SUM_AND_WHY.fullmatch(text)
    if found is None:
        raise Refusal("amount_invalid", value=text[:40])
    amount, why = parse_amount(found["sum"].rstrip(".,"), currency), (found["why"] or "").strip(" \n—–-:")
    if not why:
        raise Refusal("invalid", reason="reason_missing")
    return amount, why


@texts.renders("staff.deposit_kept")
def deposit_kept(scene: Scene) -> ports.Message:
    """What was kept, as the guest was told, and what is still to be returned."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    facts = {"amount": lines.money(int(scene.facts["amount"])), "reason": scene.facts["reason"]}
    left = lines.money(damage.purse(scene.tx, lines.booking).left)
    text = lines.words.t("damage.staff_kept", code=lines.booking.code, left=left, **facts)
    return ports.Message(text, (*buttons(lines), *cards.talk_row(lines, opens=True)))


@texts.renders("staff.deposit_settled")
def deposit_settled(scene: Scene) -> ports.Message:
    """Nothing is left to keep: who was first, and what became of it."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    last = damage.entries(scene.tx, lines.booking.id)[-1]
    who = {"staff": name_of(scene.tx, last.actor), "time": lines.clock(last.at), "code": lines.booking.code}
    said = lines.words.t("damage.staff_settled", **who)
    return ports.Message(join("\n", [said, line(lines)]), cards.talk_row(lines, opens=True))


def line(lines: Lines) -> Html:
    """What is asked for, what came and where it is; nothing where there is none."""
    found, words = damage.purse(lines.tx, lines.booking), lines.words
    if not found.taken:
        return words.t("damage.staff_asked", amount=lines.money(found.asked)) if found.asked else Html()
    sums = {name: lines.amount(getattr(found, name)) for name in ("taken", "returned", "kept")}
    return words.t("damage.staff_sums", left=lines.money(found.left), **sums)


def buttons(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    """What may be done with it now."""
    booking, words, found = lines.booking, lines.words, damage.purse(lines.tx, lines.booking)

    def button(label: str, arg: str) -> Button:
        return Button(label, act("si", booking.code, booking.version, arg))

    rows: list[tuple[Button, ...]] = []
    if booking.status in {"confirmed", "in_house"} and found.missing:
        rows.append((button(words.plain("damage.button.taken", amount=lines.amount(found.missing)), "ask"),))
    if found.left:
        back = button(words.plain("damage.button.back", amount=lines.amount(found.left)), f"back:{found.left}")
        rows.append((back, button(words.plain("damage.button.keep"), "keep")))
    return tuple(rows)


def question(lines: Lines, facts: Mapping[str, Any]) -> tuple[Html, tuple[tuple[Button, ...], ...]] | None:
    """How the money came, asked on the card; not when nothing is missing any more."""
    booking, words, missing = lines.booking, lines.words, damage.purse(lines.tx, lines.booking).missing
    if facts.get("ask") != "deposit" or not missing or booking.status not in {"confirmed", "in_house"}:
        return None

    def way(label: str, method: str) -> Button:
        return Button(words.plain(label), act("si", booking.code, booking.version, f"{method}:{missing}"))

    back = Button(words.plain("button.back"), act("sb", booking.code, booking.version))
    ways = (way("damage.button.cash", "cash"), way("damage.button.bank", "bank"))
    return words.t("damage.staff_how", amount=lines.money(missing)), (ways, (back,))


def _number(text: str) -> int:
    if not text.isdigit():
        raise Refusal("stale")
    return int(text)
