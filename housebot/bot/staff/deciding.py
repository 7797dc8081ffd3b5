"""Owns the presses on the card: confirm with the sum that came, another sum, decline with a reason that is shown first (M9)."""

from collections.abc import Callable

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, preview, prompts
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import actor_of, leader, name_of
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.domain.money import parse_amount
from housebot.domain.period import from_utc_text
from housebot.errors import Refusal
from housebot.services import bookings, ports
from housebot.services.bookings import Booking
from housebot.services.ports import Tx

LONGEST_REASON = 500

router = Router(name="staff.deciding")
texts = Texts()


@router.callback_query(Acted("sc", "sy"))
async def confirm(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The sum stands on the button, so it comes from the button. `sy` is the answer to "really?"."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        received = _number(act.arg)
        _decide(
            tx,
            turn,
            booking,
            lambda: bookings.confirm(
                tx,
                booking.id,
                actor=actor,
                version=act.version,
                received=received or None,
                twice=act.action == "sy",
                now=turn.now,
            ),
            received=received,
        )

    await turn.write(piece)


@router.callback_query(Acted("so"))
async def other_sum(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, act.code)
        if _open(tx, turn, booking):
            _ask_sum(tx, turn, booking, act.version)

    await turn.write(piece)


def _ask_sum(tx: Tx, turn: Turn, booking: Booking, version: int) -> None:
    lines = _lines(tx, turn, booking)
    show = {"code": booking.code, "amount": lines.amount(cards.expected(lines))}
    prompts.ask(tx, turn, "sum", {"booking": booking.id, "version": version}, show=show)


def _read_sum(text: str, currency: str) -> int:
    received = parse_amount(text, currency)
    if received <= 0:
        raise Refusal("amount_invalid", reason="nothing")
    return received


@router.message(Answered("sum", loose=True))
async def sum_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """What is no sum is asked for again; more than was asked for, or an odd receipt, is asked once more."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, asked["booking"])
        try:
            received = _read_sum(message.text or "", booking.currency)
        except Refusal as refusal:
            turn.explain(tx, refusal)
            _ask_sum(tx, turn, booking, asked["version"])
            return
        prompts.close(turn)
        try:
            with tx.attempt():
                bookings.confirm(tx, booking.id, actor=actor, version=asked["version"], received=received, now=turn.now)
        except Refusal as refusal:
            if refusal.facts.get("ask_again"):
                turn.say(tx, "staff.sure", {"booking": booking.id, "received": received})
                return
            if refusal.code not in {"already_decided", "stale"}:
                raise
        turn.say(tx, "staff.decided", {"booking": booking.id})

    await turn.write(piece)


@router.callback_query(Acted("sb"))
async def back(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The card is itself again."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        cards.show(tx, turn, bookings.get(tx, act.code))

    await turn.write(piece)


@router.callback_query(Acted("sd"))
async def decline_why(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The card asks for the reason."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, act.code)
        if _open(tx, turn, booking):
            cards.show(tx, turn, booking, {"ask": "decline"})

    await turn.write(piece)


@router.callback_query(Acted("sr"))
async def decline_preview(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, act.code)
        if not _open(tx, turn, booking):
            return
        if act.arg == "other":
            cards.show(tx, turn, booking)
            prompts.ask(
                tx, turn, "decline", {"booking": booking.id, "version": act.version}, show={"code": booking.code}
            )
            return
        cards.show(tx, turn, booking, {"ask": "preview", "kind": _kind(act.arg)})

    await turn.write(piece)


@router.message(Answered("decline", loose=True))
async def decline_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """Own words are shown as the guest will read them, and wait in this conversation for the yes."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, asked["booking"])
        reason = (message.text or "").strip()
        if not reason:
            raise Refusal("invalid", reason="reason_missing")
        if len(reason) > LONGEST_REASON:
            raise Refusal("invalid", reason="too_long", most=LONGEST_REASON)
        prompts.close(turn)
        turn.set_data(turn.data | {"reason": {"booking": booking.id, "text": reason}})
        turn.say(tx, "staff.preview", {"booking": booking.id, "reason": reason})

    await turn.write(piece)


@router.callback_query(Acted("sx"))
async def decline(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        reason = _reason(turn, booking) if act.arg == "other" else _kind(act.arg)
        _decide(
            tx,
            turn,
            booking,
            lambda: bookings.decline(tx, booking.id, reason=reason, actor=actor, version=act.version, now=turn.now),
        )

    await turn.write(piece)


def _decide(tx: Tx, turn: Turn, booking: Booking, work: Callable[[], object], *, received: int = 0) -> None:
    """Do it, and answer every way it can end; the card in this chat is true again in each of them."""
    try:
        with tx.attempt():
            work()
    except Refusal as refusal:
        if refusal.facts.get("ask_again"):
            cards.show(tx, turn, booking, {"ask": "sure", "received": received})
            return
        tell_why_not(tx, turn, booking, refusal)


def tell_why_not(tx: Tx, turn: Turn, booking: Booking, refusal: Refusal) -> None:
    """Who was first, or that the card was old: in one line, and the card as it is."""
    if refusal.code == "already_decided":
        lines = _lines(tx, turn, booking)
        at = refusal.facts.get("at")
        who = name_of(tx, refusal.facts.get("by") or "") or lines.words.plain(f"staff_status.{booking.status}")
        time = lines.clock(from_utc_text(at)) if at else lines.clock(booking.updated_at)
        turn.toast(turn.words.plain("owner.toast.first", staff=who, time=time), alert=True)
    elif refusal.code == "stale":
        turn.toast(turn.words.plain("toast.stale"))
    else:
        turn.explain(tx, refusal)
    cards.show(tx, turn, booking)


def _open(tx: Tx, turn: Turn, booking: Booking) -> bool:
    """Whether a decision is still possible; else whoever asks is told who made it."""
    if booking.is_hold or booking.status == "expired":
        return True
    by, at = booking.decided_by, booking.decided_at
    decided = {"by": by, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None}
    tell_why_not(tx, turn, booking, Refusal("already_decided" if by else "stale", **decided))
    return False


def _lines(tx: Tx, turn: Turn, booking: Booking) -> Lines:
    return Lines(tx, turn.words, booking, bookings.catalog_of(tx, booking), turn.now)


def _number(arg: str) -> int:
    if not arg.isdigit():
        raise Refusal("stale")
    return int(arg)


def _kind(arg: str) -> str:
    if arg not in bookings.DECLINE_KINDS:
        raise Refusal("stale")
    return arg


def _reason(turn: Turn, booking: Booking) -> str:
    kept = turn.data.get("reason") or {}
    if kept.get("booking") != booking.id:
        raise Refusal("stale")
    return str(kept["text"])


@texts.renders("staff.sure")
def sure(scene: Scene) -> ports.Message:
    """Asked in a message of its own, under the sum that was typed."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    if not lines.booking.is_hold:
        return ports.Message(cards.decision(lines))
    return ports.Message(*cards.sure(lines, int(scene.facts["received"])))


@texts.renders("staff.decided")
def decided(scene: Scene) -> ports.Message:
    """The answer to something typed: what became of the booking."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    return ports.Message(cards.decision(lines), cards.talk_row(lines, opens=True))


@texts.renders("staff.preview")
def decline_shown(scene: Scene) -> ports.Message:
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    text = preview.of_decline(lines, kind="other", reason=str(scene.facts["reason"]))
    return ports.Message(scene.words.t("owner.decline_preview", text=text), cards.send_buttons(lines, "other"))
