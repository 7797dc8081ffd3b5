"""Owns one booking opened by staff: everything known about it, and what may be done with it in its present state."""

from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, lists, prompts, waiting
from housebot.bot.staff.lines import CAME, Lines, lines_of
from housebot.bot.staff.people import actor_of, leader, name_of
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import bookings, deciding, notices, outbox, ports, receipts
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.words import CAPTION_LIMIT, MESSAGE_LIMIT, Html, bold, join, units

LONGEST_REASON = 500
NOTES_SHOWN = 5

router = Router(name="staff.opened")
texts = Texts()


@router.callback_query(Acted("sv"))
async def open_one(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """A new message below; what waits for a decision opens as its card."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        show(tx, turn, bookings.get(tx, act.code), ring=True)

    await turn.write(piece)


def show(tx: Tx, turn: Turn, booking: Booking, *, ring: bool = False) -> None:
    """The booking in this chat: sent anew, or edited where it stands."""
    assert turn.chat is not None
    waits = booking.status == "awaiting_owner"
    outbox.put(
        tx,
        kind="staff.approval" if waits else "staff.booking",
        facts={"booking": booking.id, **({"ring": True} if ring else {})},
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        priority=outbox.SCREEN,
        language=turn.language,
        silent=True,
        card=notices.approval_card(booking) if waits else cards.view_card(booking),
        booking_id=booking.id,
        now=turn.now,
    )


@router.callback_query(Acted("sn"))
async def ask_note(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, act.code)
        prompts.ask(tx, turn, "note", {"booking": booking.id}, show={"code": booking.code})

    await turn.write(piece)


@router.message(Answered("note", loose=True))
async def noted(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        bookings.note(tx, asked["booking"], message.text or "", actor=actor, now=turn.now)
        prompts.close(turn)
        show(tx, turn, bookings.get(tx, asked["booking"]), ring=True)

    await turn.write(piece)


@router.callback_query(Acted("sk"))
async def ask_cancel(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The reason first, then what it means, then yes."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, act.code)
        if booking.status != "confirmed":
            _as_it_is(tx, turn, booking)
            return
        facts = {"booking": booking.id, "version": booking.version}
        prompts.ask(tx, turn, "cancel", facts, show={"code": booking.code})

    await turn.write(piece)


@router.message(Answered("cancel", loose=True))
async def cancel_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        reason = (message.text or "").strip()
        if not reason:
            raise Refusal("invalid", reason="reason_missing")
        if len(reason) > LONGEST_REASON:
            raise Refusal("invalid", reason="too_long", most=LONGEST_REASON)
        prompts.close(turn)
        turn.set_data(turn.data | {"reason": {"booking": asked["booking"], "text": reason}})
        question = {"booking": asked["booking"], "reason": reason}
        _say_about_cancel(tx, turn, question, f"cancel:{asked['booking']}:{turn.message_id}")

    await turn.write(piece)


def _say_about_cancel(tx: Tx, turn: Turn, facts: dict[str, Any], card: str | None) -> None:
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


@router.callback_query(Acted("sz"))
async def cancel(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """With `yes` all that was paid goes back, as a task, and the guest is told; else all stays as it is."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        kept = turn.data.get("reason") or {}
        if act.arg == "yes" and kept.get("booking") == booking.id and booking.status == "confirmed":
            reason = str(kept["text"])
            bookings.cancel(tx, booking.id, by="owner", reason=reason, actor=actor, version=act.version, now=turn.now)
        elif act.arg == "yes":
            turn.toast(turn.words.plain("toast.stale"))
        turn.set_data({name: value for name, value in turn.data.items() if name != "reason"})
        asked = cards.card_pressed(tx, turn)
        _say_about_cancel(tx, turn, {"booking": booking.id, "answered": True}, asked)

    await turn.write(piece)


@router.callback_query(Acted("sh"))
async def no_show(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Asked once more on the card itself."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        if booking.status not in {"confirmed", "in_house"} or booking.version != act.version:
            _as_it_is(tx, turn, booking)
        elif act.arg != "yes":
            cards.show(tx, turn, booking, {"ask": "no_show"})
        else:
            bookings.no_show(tx, booking.id, actor=actor, now=turn.now)
            cards.show(tx, turn, booking)

    await turn.write(piece)


@router.callback_query(Acted("sf"))
async def free_test(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """A test booking goes in one tap, whatever its state, and nothing is owed for it."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        if not booking.test:
            raise Refusal("forbidden", reason="role")
        if not booking.blocks:
            _as_it_is(tx, turn, booking)
            return
        deciding.free_test(tx, booking.id, actor=actor, now=turn.now)
        turn.toast(turn.words.plain("guest_view.toast.freed", code=booking.code))
        cards.show(tx, turn, booking)

    await turn.write(piece)


def _as_it_is(tx: Tx, turn: Turn, booking: Booking) -> None:
    turn.toast(turn.words.plain("toast.stale"))
    cards.show(tx, turn, booking)


@texts.renders("staff.booking")
def opened(scene: Scene) -> ports.Message:
    """All of it, with the receipt; buttons by state. A question replaces the buttons until it is answered."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    asked = cards.asked(lines, scene.facts) if lines.booking.is_hold else None
    if scene.facts.get("ask") == "no_show" and lines.booking.status in {"confirmed", "in_house"}:
        asked = _no_show_question(lines)
    question, buttons = asked or (Html(), _buttons(lines))
    pictures = cards.pictures_of(receipts.of_booking(scene.tx, lines.booking.id))
    text = join(
        "\n",
        [
            _title(lines),
            *cards.body(lines, comment=1000),
            _money(lines),
            waiting.waiting_line(lines),
            *_notes(lines),
            question,
        ],
    )
    if units(text) <= (CAPTION_LIMIT if pictures else MESSAGE_LIMIT):
        return ports.Message(text, buttons, pictures=pictures)
    short = join(
        "\n",
        [_title(lines), lines.stay(), lines.sums(), lines.who(), _money(lines), waiting.waiting_line(lines), question],
    )
    rest = join("\n", [*lines.answers(), cards.comment_of(lines, longest=1000), *_notes(lines)])
    return ports.Message(short, buttons, pictures=pictures, followed_by=cards.first(scene, rest))


def _title(lines: Lines) -> Html:
    """The code and where it stands, who decided."""
    booking = lines.booking
    by = ""
    if booking.decided_by and booking.decided_at:
        by = f"{name_of(lines.tx, booking.decided_by)}, {lines.clock(booking.decided_at)}"
    return join(" · ", [bold(booking.code), lists.status(lines), by])


def _money(lines: Lines) -> Html:
    rest = max(lines.booking.total - lines.paid, 0)
    return lines.words.t("owner.paid_rest", paid=lines.amount(lines.paid), rest=lines.amount(rest))


def _notes(lines: Lines) -> list[Html]:
    found = bookings.notes(lines.tx, lines.booking.id)[-NOTES_SHOWN:]
    return [lines.words.t("owner.note", staff=name_of(lines.tx, one.actor), text=one.text) for one in found]


def _buttons(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    booking, words = lines.booking, lines.words

    def button(action: str, label: str, arg: str = "") -> Button:
        return Button(words.plain(label), act(action, booking.code, booking.version, arg))

    rows: list[tuple[Button, ...]] = []
    if booking.is_hold or booking.status == "expired":
        rows += cards.decision_buttons(lines)
    if booking.status == "confirmed":
        today = lines.local(lines.now).date() >= booking.arrival.date()
        come = (button("sh", "owner.button.no_show"),) if today else ()
        rows.append((button("sk", "owner.button.cancel"), *come))
    if booking.status == "in_house":  # by the clock: until check-out somebody may say that nobody came (R35)
        rows.append((button("sh", "owner.button.no_show"),))
    rows += cards.talk_row(lines, offers=True)
    if booking.test and booking.blocks:
        rows.append((button("sf", "guest_view.button.free"),))
    rows.append((button("sn", "owner.button.note"),))
    return tuple(rows)


def _no_show_question(lines: Lines) -> tuple[Html, tuple[tuple[Button, ...], ...]]:
    booking, words = lines.booking, lines.words
    yes = Button(words.plain("owner.button.no_show_yes"), act("sh", booking.code, booking.version, "yes"))
    back = Button(words.plain("button.back"), act("sb", booking.code, booking.version))
    return words.t("owner.no_show_sure"), ((yes,), (back,))


@texts.renders("staff.cancel_sure")
def cancel_sure(scene: Scene) -> ports.Message:
    """What it means, before it is done; then what became of it."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    booking, words = lines.booking, lines.words
    if booking.status not in CAME:
        return ports.Message(cards.decision(lines), cards.talk_row(lines, opens=True))
    if scene.facts.get("answered"):
        return ports.Message(words.t("owner.cancel_kept", code=booking.code), cards.talk_row(lines, opens=True))
    refund = bookings.refund_now(scene.tx, booking, by_owner=True, now=scene.now)
    text = words.t(
        "owner.cancel_sure",
        code=booking.code,
        span=lines.span,
        reason=scene.facts["reason"],
        amount=lines.money(refund),
        guest=lines.guest,
    )
    yes = Button(words.plain("owner.button.cancel_yes"), act("sz", booking.code, booking.version, "yes"))
    keep = Button(words.plain("owner.button.keep"), act("sz", booking.code, booking.version, "no"))
    return ports.Message(text, ((yes,), (keep,)))
