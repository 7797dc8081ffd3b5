"""Owns what staff see of a change that waits: the guest's answer, and the card on which a receipt for it is judged."""

from collections.abc import Callable, Mapping
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest import proposal as guest_card
from housebot.bot.guest.telling import Told
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, prompts
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import actor_of, leader, name_of
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.domain.money import parse_amount
from housebot.errors import Refusal
from housebot.services import (
    addressing,
    bookings,
    change_money,
    outbox,
    ports,
    proposal_differences,
    proposal_notices,
    proposed,
    receipts,
)
from housebot.services.ports import Button, Tx
from housebot.services.proposed import Proposal
from housebot.words import CAPTION_LIMIT, Html, clock_time, join, translator, units

REASONS = ("money_not_seen", "unreadable", "wrong_sum")
LONGEST_REASON = 500
ANSWERS = {
    "accepted": "owner.proposal.accepted",
    "open": "owner.proposal.agreed",
    "refused": "owner.proposal.refused",
    "expired": "owner.proposal.expired",
}
UNPAID = "owner.proposal.unpaid"

router = Router(name="staff.changing")
texts = Texts()

Rows = tuple[tuple[Button, ...], ...]


# The guest's answer


@texts.renders("staff.proposal")
def answered(scene: Scene) -> ports.Message:
    """Yes, no, or nothing in time; what it means for the stay."""
    one = proposed.by_id(scene.tx, int(scene.facts["proposal"]))
    lines = lines_of(scene, bookings.get(scene.tx, one.booking_id))
    state = str(scene.facts["state"])
    key = UNPAID if state == "expired" and one.awaits == "money" else ANSWERS[state]
    facts = {
        "code": lines.booking.code,
        "guest": lines.guest,
        "span": lines.span,
        "total": lines.money(lines.booking.total),
    }
    owed, until = lines.money(one.amount), lines.clock(one.expires_at)
    text = scene.words.t(key, amount=owed, until=until, **facts)
    return ports.Message(text, cards.talk_row(lines, opens=True))


# The receipt


@texts.renders("staff.change")
def card(scene: Scene) -> ports.Message:
    """The receipt is its picture; the sum that should have come stands on the button."""
    one = proposed.by_id(scene.tx, int(scene.facts["proposal"]))
    lines = lines_of(scene, bookings.get(scene.tx, one.booking_id))
    files = receipts.of_proposal(scene.tx, one.id)
    pictures = cards.pictures_of(files)
    waiting = [file for file in files if file.state == "open"]
    if not waiting:
        return ports.Message(_judged(lines, one), cards.talk_row(lines, opens=True), pictures=pictures)
    words = scene.words
    received = clock_time(lines.local(waiting[-1].sent_at))
    head = words.t("owner.change_card", code=lines.booking.code, received=received, ahead=lines.ahead)
    told = Told(scene.tx, words, scene.now, lines.booking)
    changed = guest_card.changes(told, proposal_differences.of(scene.tx, one))
    over = words.t("owner.change_over") if not one.is_open else Html()
    question = _asked(lines, one, scene.facts)
    said, buttons = question or (join("\n", cards.warnings(lines)), _decision(lines, one))
    text = join("\n", [head, *changed, lines.who(), over, said])
    if units(text) > CAPTION_LIMIT:
        text = join("\n", [head, lines.who(), over, said])
    return ports.Message(text, buttons, pictures=pictures)


def _judged(lines: Lines, one: Proposal) -> Html:
    by = {"staff": name_of(lines.tx, one.decided_by or ""), "code": lines.booking.code}
    if one.state == "accepted":
        return lines.words.t("owner.change_made", span=lines.span, total=lines.money(lines.booking.total), **by)
    if one.is_open:
        return lines.words.t("owner.change_unpaid_card", code=lines.booking.code, until=lines.clock(one.expires_at))
    return lines.words.t("owner.change_closed", code=lines.booking.code, paid=lines.money(lines.paid))


def _decision(lines: Lines, one: Proposal) -> Rows:
    words, due = lines.words, change_money.expected(lines.tx, one)
    confirm = _button(one, words.plain("owner.button.confirm", amount=lines.amount(due)), f"c{due}")
    other = _button(one, words.plain("owner.button.other_sum"), "o")
    decline = _button(one, words.plain("owner.button.decline"), "d")
    first = ((confirm,),) if due else ()
    return (*first, (other, decline), *cards.talk_row(lines, opens=True))


def _asked(lines: Lines, one: Proposal, facts: Mapping[str, Any]) -> tuple[Html, Rows] | None:
    """The question a press has put onto the card of one chat."""
    words = lines.words
    back = (_button(one, words.plain("button.back"), "b"),)
    match facts.get("ask"):
        case "sure":
            received = int(facts["received"])
            due = change_money.expected(lines.tx, one)
            over = {"amount": lines.money(received), "deposit": lines.amount(due)}
            much = words.t("owner.change_overpaid", **over) if received > due else Html()
            yes = words.plain("owner.button.confirm_sure", amount=lines.amount(received))
            return join("\n", [*cards.warnings(lines), much]), ((_button(one, yes, f"y{received}"),), back)
        case "decline":
            rows = [(_button(one, words.plain(f"owner.button.{kind}"), f"r{kind}"),) for kind in REASONS]
            typed = _button(one, words.plain("owner.button.other_reason"), "t")
            return words.t("owner.decline_why", code=lines.booking.code), (*rows, (typed,), back)
        case "preview":
            kind = str(facts["kind"])
            text = words.t("proposal.receipt_refused", reason=_reason(lines, kind))
            send = _button(one, words.plain("owner.button.send"), f"x{kind}")
            return words.t("owner.decline_preview", text=text), ((send,), back)
        case _:
            return None


def _reason(lines: Lines, kind: str) -> str:
    return lines.words.plain(f"declined.reason.{kind}")


def _button(one: Proposal, label: str, arg: str) -> Button:
    return Button(label, act("ss", one.code, one.version, arg))


@router.callback_query(Acted("ss"))
async def judge(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Everything on that card: `c` confirm, `y` although it is odd, `o` another sum, `d` `r` `t` `x` decline, `b` back."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        one = proposed.get(tx, act.code)
        step, arg = act.arg[:1], act.arg[1:]
        if act.version != one.version and step not in {"c", "y", "x"}:
            turn.toast(turn.words.plain("toast.stale"))
            _show(tx, turn, one)
            return
        if step in {"c", "y"} and arg.isdigit():
            _confirm(tx, turn, one, int(arg), version=act.version, twice=step == "y")
        elif step == "o":
            lines = _lines(tx, turn, one)
            show = {"code": lines.booking.code, "amount": lines.amount(change_money.expected(tx, one))}
            prompts.ask(tx, turn, "change_sum", {"proposal": one.id, "version": act.version}, show=show)
        elif step == "t":
            show = {"code": _lines(tx, turn, one).booking.code}
            prompts.ask(tx, turn, "change_decline", {"proposal": one.id, "version": act.version}, show=show)
        elif step == "d":
            _show(tx, turn, one, {"ask": "decline"})
        elif step == "r" and arg in REASONS:
            _show(tx, turn, one, {"ask": "preview", "kind": arg})
        elif step == "x" and arg in REASONS:
            reason = _reason(_guests_lines(tx, turn, one), arg)
            _do(tx, turn, one, lambda: change_money.reject(
                tx, one.code, reason, version=act.version, actor=actor, now=turn.now
            ))  # fmt: skip
        else:
            _show(tx, turn, one)

    await turn.write(piece)


def _confirm(tx: Tx, turn: Turn, one: Proposal, received: int, *, version: int, twice: bool) -> None:
    actor = actor_of(leader(tx, turn))
    _do(tx, turn, one, lambda: change_money.confirm(
        tx, one.code, received, version=version, twice=twice, actor=actor, now=turn.now
    ), received=received)  # fmt: skip


def _do(tx: Tx, turn: Turn, one: Proposal, work: Callable[[], object], *, received: int = 0) -> None:
    """Do it, and answer every way it can end; the card of this chat is true again in each of them."""
    try:
        with tx.attempt():
            work()
    except Refusal as refusal:
        if refusal.facts.get("ask_again"):
            _show(tx, turn, one, {"ask": "sure", "received": received})
            return
        if refusal.code == "already_decided":
            turn.toast(turn.words.plain("owner.toast.judged"), alert=True)
        elif refusal.code == "stale":
            turn.toast(turn.words.plain("toast.stale"))
        else:
            turn.explain(tx, refusal)
    _show(tx, turn, one)


@router.message(Answered("change_sum", loose=True))
async def sum_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """What is no sum is asked for again; more than was asked for, or an odd receipt, is asked once more."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        one = proposed.by_id(tx, asked["proposal"])
        lines = _lines(tx, turn, one)
        try:
            received = parse_amount(message.text or "", lines.booking.currency)
            if received <= 0:
                raise Refusal("amount_invalid", reason="nothing")
        except Refusal as refusal:
            turn.explain(tx, refusal)
            show = {"code": lines.booking.code, "amount": lines.amount(change_money.expected(tx, one))}
            prompts.ask(tx, turn, "change_sum", asked, show=show)
            return
        prompts.close(turn)
        _confirm(tx, turn, one, received, version=asked["version"], twice=False)

    await turn.write(piece)


@router.message(Answered("change_decline", loose=True))
async def reason_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        one = proposed.by_id(tx, asked["proposal"])
        reason = (message.text or "").strip()
        if not reason:
            raise Refusal("invalid", reason="reason_missing")
        if len(reason) > LONGEST_REASON:
            raise Refusal("invalid", reason="too_long", most=LONGEST_REASON)
        prompts.close(turn)
        _do(tx, turn, one, lambda: change_money.reject(
            tx, one.code, reason, version=asked["version"], actor=actor, now=turn.now
        ))  # fmt: skip

    await turn.write(piece)


def _show(tx: Tx, turn: Turn, one: Proposal, facts: Mapping[str, Any] | None = None) -> None:
    """The card of this chat as things stand now, or asking something; nothing rings."""
    assert turn.chat is not None
    outbox.put(
        tx,
        kind="staff.change",
        facts={"booking": one.booking_id, "proposal": one.id, **(facts or {})},
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        delivery="latest",
        priority=outbox.ALERT,
        language=turn.language,
        silent=True,
        card=proposal_notices.money_card(one),
        booking_id=one.booking_id,
        now=turn.now,
    )


def _lines(tx: Tx, turn: Turn, one: Proposal) -> Lines:
    booking = bookings.get(tx, one.booking_id)
    return Lines(tx, turn.words, booking, bookings.catalog_of(tx, booking), turn.now)


def _guests_lines(tx: Tx, turn: Turn, one: Proposal) -> Lines:
    """In the guest's language: a usual reason is kept as the guest reads it."""
    booking = bookings.get(tx, one.booking_id)
    chat = addressing.guest_chat(tx, booking)
    words = translator(chat[1] if chat else booking.language)
    return Lines(tx, words, booking, bookings.catalog_of(tx, booking), turn.now)
