"""Owns cancelling by staff: the reason, what goes back with its sum before the button, and yes (R38, R53)."""

from collections.abc import Iterator
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, deciding, prompts
from housebot.bot.staff.lines import CAME, Lines, lines_of
from housebot.bot.staff.people import actor_of, leader
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.domain.money import parse_amount
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import bookings, outbox, ports, refunds
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.services.refunds import Choice, Refund
from housebot.words import Html, join

LONGEST_REASON = 500
OFFERED: tuple[Choice, ...] = ("all", "policy", "none")

router = Router(name="staff.cancelling")
texts = Texts()


@router.callback_query(Acted("sk"))
async def ask_cancel(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The reason first, then what it means, then yes."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, act.code)
        if booking.status != "confirmed":
            deciding.tell_why_not(tx, turn, booking, _decided(booking))
            return
        facts = {"booking": booking.id, "version": booking.version}
        prompts.ask(tx, turn, "cancel", facts, show={"code": booking.code})

    await turn.write(piece)


@router.message(Answered("cancel", loose=True))
async def cancel_typed(message: Message, turn: Turn, asked: dict[str, Any]) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        reason = (message.text or "").strip()
        if not reason:
            raise Refusal("invalid", reason="reason_missing")
        if len(reason) > LONGEST_REASON:
            raise Refusal("invalid", reason="too_long", most=LONGEST_REASON)
        prompts.close(turn)
        turn.set_data(turn.data | {"reason": {"booking": asked["booking"], "text": reason}})
        question = {"booking": asked["booking"], "reason": reason, "choice": "all"}
        _say(tx, turn, question, f"cancel:{asked['booking']}:{turn.message_id}")

    await turn.write(piece)


@router.callback_query(Acted("sz"))
async def cancel(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """`as` shows another refund, `sum` asks for one, `yes` does what the button said; else all stays as it is."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        verb, _, rest = act.arg.partition(":")
        reason = _reason(turn, booking)
        if verb in {"as", "sum", "yes"} and (booking.status != "confirmed" or reason is None):
            _too_late(tx, turn, booking)
        elif verb == "as":
            _again(tx, turn, booking, _choice(rest))
        elif verb == "sum":
            _ask_sum(tx, turn, booking)
        elif verb == "yes":
            word, _, shown = rest.partition(":")
            choice = _choice(word)
            if act.version != booking.version or refunds.terms(tx, booking, choice, now=turn.now).refund != _number(
                shown
            ):
                turn.toast(turn.words.plain("toast.stale"))
                _again(tx, turn, booking, choice)
                return
            facts = {"reason": reason or "", "refund": choice, "version": act.version}
            bookings.cancel(tx, booking.id, by="owner", actor=actor, now=turn.now, **facts)  # type: ignore[arg-type]
            _answered(tx, turn, booking)
        else:
            _answered(tx, turn, booking)

    await turn.write(piece)


@router.message(Answered("refund_sum", loose=True))
async def sum_typed(message: Message, turn: Turn, asked: dict[str, Any]) -> None:
    """What is no sum, or more than was paid, is asked for again; the question stands below it with the sum."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, asked["booking"])
        reason = _reason(turn, booking)
        if booking.status != "confirmed" or reason is None:
            prompts.close(turn)
            raise _decided(booking)
        try:
            choice = parse_amount(message.text or "", booking.currency)
            refunds.terms(tx, booking, choice, now=turn.now)
        except Refusal as refusal:
            turn.explain(tx, refusal)
            _ask_sum(tx, turn, booking, card=asked["card"])
            return
        prompts.close(turn)
        question = {"booking": booking.id, "reason": reason, "choice": choice, "ring": True, "alone": True}
        _say(tx, turn, question, asked["card"])

    await turn.write(piece)


def _say(tx: Tx, turn: Turn, facts: dict[str, Any], card: str | None) -> None:
    """The question, and later in its place what was answered: its buttons must not outlive it."""
    assert turn.chat is not None
    outbox.put(
        tx,
        kind="staff.cancel_sure",
        facts=facts,
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        language=turn.language,
        card=card,
        now=turn.now,
    )


def _again(tx: Tx, turn: Turn, booking: Booking, choice: Choice) -> None:
    """The same question with another refund."""
    question = {"booking": booking.id, "reason": _reason(turn, booking), "choice": choice}
    _say(tx, turn, question, cards.card_pressed(tx, turn))


def _ask_sum(tx: Tx, turn: Turn, booking: Booking, *, card: str | None = None) -> None:
    lines = Lines(tx, turn.words, booking, bookings.catalog_of(tx, booking), turn.now)
    paid = refunds.terms(tx, booking, "all", now=turn.now).paid
    facts = {"booking": booking.id, "card": card or cards.card_pressed(tx, turn)}
    prompts.ask(tx, turn, "refund_sum", facts, show={"code": booking.code, "paid": lines.money(paid)})


def _too_late(tx: Tx, turn: Turn, booking: Booking) -> None:
    """Somebody was first, or the question is of another conversation."""
    if booking.status == "confirmed":
        turn.toast(turn.words.plain("toast.stale"))
    else:
        deciding.tell_why_not(tx, turn, booking, _decided(booking))
    _answered(tx, turn, booking)


def _answered(tx: Tx, turn: Turn, booking: Booking) -> None:
    turn.set_data({name: value for name, value in turn.data.items() if name != "reason"})
    _say(tx, turn, {"booking": booking.id, "answered": True}, cards.card_pressed(tx, turn))


def _decided(booking: Booking) -> Refusal:
    at = utc_text(booking.decided_at) if booking.decided_at else None
    return Refusal("already_decided", booking=booking.code, status=booking.status, by=booking.decided_by, at=at)


def _reason(turn: Turn, booking: Booking) -> str | None:
    """What this person wrote about this booking."""
    kept = turn.data.get("reason") or {}
    return str(kept["text"]) if kept.get("booking") == booking.id else None


def _choice(text: str) -> Choice:
    for one in OFFERED:
        if text == one:
            return one
    return _number(text)


def _number(text: str) -> int:
    if not text.isdigit():
        raise Refusal("stale")
    return int(text)


@texts.renders("staff.cancel_sure")
def cancel_sure(scene: Scene) -> ports.Message:
    """What it means, before it is done; then what became of it."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    booking, words = lines.booking, lines.words
    if booking.status not in CAME:
        return ports.Message(cards.decision(lines), cards.talk_row(lines, opens=True))
    if scene.facts.get("answered"):
        return ports.Message(words.t("owner.cancel_kept", code=booking.code), cards.talk_row(lines, opens=True))
    if scene.facts.get("older"):
        return ports.Message(words.t("owner.cancel_below", code=booking.code))
    terms = _terms(scene, booking)
    facts = {"code": booking.code, "span": lines.span, "reason": scene.facts["reason"], "guest": lines.guest}
    text = words.t("owner.cancel_sure", amount=lines.money(terms.refund), **facts)
    keep = Button(words.plain("owner.button.keep"), act("sz", booking.code, booking.version, "no"))
    return ports.Message(join("\n", [text, _sums(lines, terms)]), (*_buttons(lines, terms), (keep,)))


def _terms(scene: Scene, booking: Booking) -> Refund:
    """By the choice asked about; all of it where the ledger has moved under a sum somebody typed."""
    try:
        return refunds.terms(scene.tx, booking, scene.facts["choice"], now=scene.now)
    except Refusal:
        return refunds.terms(scene.tx, booking, "all", now=scene.now)


def _sums(lines: Lines, terms: Refund) -> Html:
    """What was paid and is kept, and what of the refund is on a gift."""
    if not terms.paid:
        return Html()
    words = lines.words
    kept = words.t("owner.cancel_sums", paid=lines.money(terms.paid), kept=lines.money(terms.fee))
    to_gift = terms.refund - terms.money
    if not to_gift:
        return kept
    return join(" ", [kept, words.t("why.shares", to_gift=lines.money(to_gift), money=lines.money(terms.money))])


def _buttons(lines: Lines, terms: Refund) -> tuple[tuple[Button, ...], ...]:
    booking, words = lines.booking, lines.words

    def button(label: str, arg: str) -> Button:
        return Button(label, act("sz", booking.code, booking.version, arg))

    done = f"yes:{terms.choice}:{terms.refund}"
    if not terms.paid:
        return ((button(words.plain("owner.button.cancel_yes"), done),),)
    yes = words.plain("owner.button.cancel_yes_sum", amount=lines.amount(terms.refund))
    labels = {
        "all": "owner.button.refund_all",
        "policy": "owner.button.refund_policy",
        "none": "owner.button.refund_none",
    }
    others = []
    offered = [refunds.terms(lines.tx, booking, one, now=lines.now) for one in OFFERED if one != terms.choice]
    for found in _told_apart(terms, offered):
        label = words.plain(labels[str(found.choice)], amount=lines.amount(found.refund))
        others.append((button(label, f"as:{found.choice}"),))
    why = Button(words.plain("why.button.refund"), act("sv", booking.code, booking.version, f"refund:{terms.choice}"))
    return (button(yes, done),), *others, (button(words.plain("owner.button.refund_sum"), "sum"), why)


def _told_apart(terms: Refund, offered: list[Refund]) -> Iterator[Refund]:
    """The other choices; of those that give nothing back one is enough, and none where that is the one asked about."""
    gives_nothing = not (terms.refund or terms.certificate)
    for found in offered:
        nothing = not (found.refund or found.certificate)
        if not (nothing and gives_nothing):
            yield found
        gives_nothing = gives_nothing or nothing
