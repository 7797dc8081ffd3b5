"""Owns one booking opened by staff: everything known about it, and what may be done with it in its present state."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, coming, deposits, handed, lists, prompts, reasons, waiting
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import actor_of, leader, name_of
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import bookings, deciding, outbox, ports, receipts, staff_notices
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.words import CAPTION_LIMIT, MESSAGE_LIMIT, Html, bold, join, units

NOTES_SHOWN = 5

router = Router(name="staff.opened")
texts = Texts()


@router.callback_query(Acted("sv"))
async def open_one(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """A new message below, or the answer to why; what waits for a decision opens as its card."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, act.code)
        if act.arg:
            reasons.tell(tx, turn, booking, act.arg)
        else:
            show(tx, turn, booking, ring=True)

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
        card=staff_notices.approval_card(booking) if waits else cards.view_card(booking),
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
    asked = cards.asked(lines, scene.facts) if lines.booking.is_hold else coming.question(lines, scene.facts)
    question, buttons = (
        asked
        or deposits.question(lines, scene.facts)
        or handed.question(lines, scene.facts)
        or (Html(), _buttons(lines))
    )
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
    paid = lines.words.t("owner.paid_rest", paid=lines.amount(lines.paid), rest=lines.amount(rest))
    return join("\n", [paid, deposits.line(lines)])


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
        rows.append((button("sk", "owner.button.cancel"), *coming.buttons(lines)))
    if booking.status == "in_house":
        rows.append(coming.buttons(lines))
    rows += handed.buttons(lines)
    rows += deposits.buttons(lines)
    rows += cards.talk_row(lines, offers=True)
    if booking.test and booking.blocks:
        rows.append((button("sf", "guest_view.button.free"),))
    rows += reasons.buttons(lines)
    rows.append((button("sn", "owner.button.note"),))
    return tuple(rows)
