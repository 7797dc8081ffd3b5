"""Owns the card on which staff decide (M9): what it says while it waits, when it asks once more, and after the decision."""

from collections.abc import Mapping
from typing import Any

from housebot.bot.actions import act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import preview, waiting
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import name_of
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import addressing, audit, bookings, cards, outbox, payments, receipts, staff_notices
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Message, Picture, Tx
from housebot.services.receipts import Receipt
from housebot.words import CAPTION_LIMIT, MESSAGE_LIMIT, Html, clock_time, join, units

REASONS = ("money_not_seen", "unreadable", "wrong_sum", "dates_taken")
COMMENT_ON_CARD = 200  # more follows whole, as a reply

texts = Texts()


def view_card(booking: Booking) -> str:
    """The key of a booking that staff have opened."""
    return f"view:{booking.id}"


def card_pressed(tx: Tx, turn: Turn) -> str | None:
    """The key of the message whose button was pressed; None for one that is no longer live."""
    assert turn.chat is not None
    assert turn.message_id is not None
    return cards.key_of(tx, turn.chat.id, turn.message_id)


def show(tx: Tx, turn: Turn, booking: Booking, facts: Mapping[str, Any] | None = None) -> None:
    """The card that was pressed as things stand now, or asking something; nothing rings."""
    assert turn.chat is not None
    opened = card_pressed(tx, turn) == view_card(booking)
    card = view_card(booking) if opened else staff_notices.approval_card(booking)
    if cards.message_id(tx, card, turn.chat.id) is None:
        return  # pressed on something that is no card, such as a preview: there is none here to mend
    outbox.put(
        tx,
        kind="staff.booking" if opened else "staff.approval",
        facts={"booking": booking.id, **(facts or {})},
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        delivery="latest",
        priority=outbox.ALERT,
        language=turn.language,
        silent=True,
        card=card,
        booking_id=booking.id,
        now=turn.now,
    )


def refresh(tx: Tx, turn: Turn, booking: Booking) -> None:
    """The opened booking in this chat, where it stands, as it is now; cards to decide on are redrawn with the change itself."""
    assert turn.chat is not None
    if cards.message_id(tx, view_card(booking), turn.chat.id) is None:
        return
    outbox.put(
        tx,
        kind="staff.booking",
        facts={"booking": booking.id},
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        delivery="latest",
        priority=outbox.ALERT,
        language=turn.language,
        silent=True,
        card=view_card(booking),
        booking_id=booking.id,
        now=turn.now,
    )


def expected(lines: Lines) -> int:
    """What should have come by now: the prepayment, or all of it where there is none."""
    return payments.expected(lines.tx, lines.booking)


@texts.renders("staff.approval")
def approval(scene: Scene) -> Message:
    """The receipt is its picture, so all of it is a caption."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    files = receipts.of_booking(scene.tx, lines.booking.id)
    pictures = pictures_of(files)
    follows = lines.words.t("owner.comment_follows", comment=lines.booking.comment) if _cut(lines) else None
    limit = CAPTION_LIMIT if pictures else MESSAGE_LIMIT
    if lines.booking.status != "awaiting_owner":
        return Message(_within(limit, [decision(lines)], lines), _decided_buttons(lines), pictures=pictures)
    head = _head(lines, files)
    question = asked(lines, scene.facts)
    if question is not None:
        said, buttons = question
        return Message(_within(limit, [head], lines, said), buttons, pictures=pictures)
    warned = [*warnings(lines), waiting.waiting_line(lines)]
    return Message(
        _within(limit, [head], lines, *warned),
        (*decision_buttons(lines), *talk_row(lines, offers=True)),
        pictures=pictures,
        followed_by=first(scene, follows),
    )


def first(scene: Scene, follows: str | None) -> str | None:
    """What did not fit follows the card once, not every edit of it."""
    return follows if scene.row.message_id is None else None


def pictures_of(files: list[Receipt]) -> tuple[Picture, ...]:
    """The first file that waits to be looked at, else the last that did; each further one came in a message of its own."""
    shown = next((one for one in files if one.state == "open"), files[-1] if files else None)
    return () if shown is None else (picture_of(shown),)


def picture_of(receipt: Receipt) -> Picture:
    """The file as it was handed in: Telegram has it already."""
    return Picture(file_id=receipt.file_id, document=receipt.kind == "document", stays=True)


def warnings(lines: Lines) -> list[Html]:
    """What is odd about the receipt, only when it is."""
    found = receipts.flags(lines.tx, lines.booking)
    said = []
    if "late_minutes" in found:
        said.append(lines.words.t("owner.warn_late", minutes=found["late_minutes"]))
    if "same_receipt" in found:
        said.append(lines.words.t("owner.warn_same", code=", ".join(found["same_receipt"])))
    return said


def decision(lines: Lines) -> Html:
    """What became of it, by whom and when."""
    booking, words = lines.booking, lines.words
    by = {"staff": name_of(lines.tx, booking.decided_by or ""), "code": booking.code}
    at = {"time": lines.clock(booking.decided_at or booking.updated_at)}
    match booking.status:
        case "confirmed" | "in_house" | "completed" | "no_show":
            if lines.paid:
                return words.t("owner.confirmed", amount=lines.amount(lines.paid), **by, **at)
            return words.t("owner.confirmed_unpaid", **by, **at)
        case "declined":
            return words.t("owner.declined", reason=reason(lines, booking.reason), **by, **at)
        case "cancelled_by_guest":
            return words.t("owner.withdrawn", code=booking.code, span=lines.span)
        case "cancelled_by_owner":
            return words.t("owner.cancelled_by_us", reason=reason(lines, booking.reason), **by, **at)
        case "expired":
            return words.t("owner.expired", code=booking.code, span=lines.span)
        case _:
            return _back_to_guest(lines)


def _back_to_guest(lines: Lines) -> Html:
    """A hold again: a receipt was sent back, or a yes came before the money."""
    entry = next(
        (
            one
            for one in reversed(audit.history(lines.tx, lines.booking.subject))
            if one.action in {"booking.refuse_receipt", "booking.approve"}
        ),
        None,
    )
    if entry is None:
        return lines.words.t("owner.waits_for_money", code=lines.booking.code)
    facts = {"staff": name_of(lines.tx, entry.actor), "time": lines.clock(entry.at), "code": lines.booking.code}
    if entry.action == "booking.approve":
        return lines.words.t("owner.approved", **facts)
    return lines.words.t("owner.resend", reason=reason(lines, entry.reason), **facts)


def reason(lines: Lines, said: str | None) -> str:
    """One of the usual reasons in words, or what somebody wrote."""
    if said in bookings.DECLINE_KINDS:
        return lines.words.t(f"declined.reason.{said}")
    return said if said and said != "other" else lines.words.t("declined.reason.other")


def _head(lines: Lines, files: list[Receipt]) -> Html:
    words, booking = lines.words, lines.booking
    waiting = [one for one in files if one.state == "open"]
    if not waiting:
        return words.t("owner.card_no_receipt", code=booking.code, ahead=lines.ahead)
    received = clock_time(lines.local(waiting[-1].sent_at))
    head = words.t("owner.card", code=booking.code, received=received, ahead=lines.ahead)
    return join(" · ", [head, words.n("owner.files", len(waiting)) if len(waiting) > 1 else ""])


def _cut(lines: Lines) -> bool:
    return units(lines.booking.comment) > COMMENT_ON_CARD


def body(lines: Lines, *, comment: int = COMMENT_ON_CARD) -> list[Html]:
    """The stay, the money, the guest: enough to write it down anew from an old card."""
    return [
        lines.stay(),
        lines.sums(),
        lines.who(),
        *lines.answers(),
        comment_of(lines, longest=comment),
        lines.words.t("owner.test") if lines.booking.test else Html(),
    ]


def comment_of(lines: Lines, *, longest: int) -> Html:
    """The guest's comment, cut to so many signs; nothing where there is none, or no room."""
    comment = lines.booking.comment
    kept = comment if units(comment) <= longest else comment[: max(longest - 1, 0)] + "…"
    return lines.words.t("owner.comment", comment=kept) if comment and longest else Html()


def _within(limit: int, head: list[Html], lines: Lines, *tail: Html) -> Html:
    """The whole card where it fits; else without answers and comment, which are the longest. What is asked is never cut."""
    full = join("\n", [*head, *body(lines), *tail])
    if units(full) <= limit:
        return full
    return join("\n", [*head, lines.stay(), lines.sums(), lines.who(), *tail])


def asked(lines: Lines, facts: Mapping[str, Any]) -> tuple[Html, tuple[tuple[Button, ...], ...]] | None:
    """The question a press has put onto the card of one chat."""
    words = lines.words
    match facts.get("ask"):
        case "sure":
            return sure(lines, int(facts["received"]))
        case "decline":
            return words.t("owner.decline_why", code=lines.booking.code), _reason_buttons(lines)
        case "preview":
            kind = str(facts["kind"])
            text = preview.of_decline(lines, kind=kind, reason=kind)
            return words.t("owner.decline_preview", text=text), send_buttons(lines, kind)
        case _:
            return None


def sure(lines: Lines, received: int) -> tuple[Html, tuple[tuple[Button, ...], ...]]:
    """Once more: the sum is larger than it should be, or the receipt is odd."""
    words, said = lines.words, warnings(lines)
    over = _too_much(lines, received)
    odd = (
        words.t("owner.confirm_sure", warning=join(", ", [Html(one.removeprefix("⚠️ ")) for one in said]))
        if said
        else ""
    )
    yes = (
        words.plain("owner.button.confirm_sure", amount=lines.amount(received))
        if received
        else words.plain("owner.button.confirm_sure_unpaid")
    )
    return join("\n", [over, odd]), (
        (Button(yes, act("sy", lines.booking.code, lines.booking.version, str(received))),),
        (_back(lines),),
    )


def _too_much(lines: Lines, received: int) -> Html:
    """More than was asked for by now, or than all of it costs."""
    due, total, together = expected(lines), lines.booking.total, lines.paid + received
    if together > total:
        facts = {"amount": lines.money(together), "total": lines.amount(total), "extra": lines.amount(together - total)}
        return lines.words.t("owner.overpaid_total", **facts)
    if received > due:
        return lines.words.t("owner.overpaid", amount=lines.money(received), deposit=lines.amount(due))
    return Html()


def decision_buttons(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    """Yes with the sum, another sum, no. Money that was seen without a receipt is as good."""
    words, booking, due = lines.words, lines.booking, expected(lines)
    by_money = due > 0 and (booking.under_review or booking.status != "awaiting_owner")
    label = (
        words.plain("owner.button.confirm", amount=lines.amount(due))
        if by_money
        else words.plain("owner.button.confirm_unpaid")
    )
    confirm = Button(label, act("sc", booking.code, booking.version, str(due if by_money else 0)))
    other = Button(words.plain("owner.button.other_sum"), act("so", booking.code, booking.version))
    decline = Button(words.plain("owner.button.decline"), act("sd", booking.code, booking.version))
    second = [*([other] if by_money else []), *([decline] if booking.is_hold else [])]
    return ((confirm,), tuple(second)) if second else ((confirm,),)


def talk_row(lines: Lines, *, opens: bool = False, offers: bool = False) -> tuple[tuple[Button, ...], ...]:
    """`💬 Гостю`, where somebody can be written to, with what can be offered them, and `Открыть`."""
    booking = lines.booking
    row = []
    if addressing.guest_chat(lines.tx, booking) is not None:
        row.append(Button(lines.words.plain("owner.button.guest"), act("sg", booking.code, booking.version)))
    if offers:
        row += waiting.offer_buttons(lines)
    if opens:
        row.append(Button(lines.words.plain("button.open"), act("sv", booking.code, booking.version)))
    return (tuple(row),) if row else ()


def _decided_buttons(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    return talk_row(lines, opens=True)


def _reason_buttons(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    booking = lines.booking
    kinds = [kind for kind in REASONS if booking.under_review or kind == "dates_taken"]
    rows = [(_reason_button(lines, kind),) for kind in [*kinds, "other"]]
    return (*rows, (_back(lines),))


def _reason_button(lines: Lines, kind: str) -> Button:
    label = lines.words.plain(f"owner.button.{'other_reason' if kind == 'other' else kind}")
    return Button(label, act("sr", lines.booking.code, lines.booking.version, kind))


def send_buttons(lines: Lines, kind: str) -> tuple[tuple[Button, ...], ...]:
    """Under a preview: send it, or not."""
    send = act("sx", lines.booking.code, lines.booking.version, kind)
    return ((Button(lines.words.plain("owner.button.send"), send),), (_back(lines),))


def _back(lines: Lines) -> Button:
    return Button(lines.words.plain("button.back"), act("sb", lines.booking.code, lines.booking.version))


@texts.renders("staff.receipt_added")
def receipt_added(scene: Scene) -> Message:
    """One more file, on its own."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    number = int(scene.facts["receipt"])
    found = [one for one in receipts.of_booking(scene.tx, lines.booking.id) if one.id == number]
    if not found:
        raise Refusal("stale", receipt=number)
    text = scene.words.t("owner.receipt_added", code=lines.booking.code)
    return Message(text, talk_row(lines, opens=True), pictures=(picture_of(found[0]),))
