"""Owns what the cards of a booking say of a change that waits, and their ways to offer one (M9)."""

from housebot.bot.actions import act
from housebot.bot.staff.lines import Lines
from housebot.services import addressing, proposal_differences, proposed
from housebot.services.ports import Button
from housebot.words import Html


def waiting_line(lines: Lines) -> Html:
    """For the cards of the booking: what has been offered, or what waits for money, and until when."""
    one = proposed.open_of(lines.tx, lines.booking.id)
    if one is None or one.lapsed(lines.now):
        return Html()
    found = proposal_differences.of(lines.tx, one)
    stay, words = found.now.stay, lines.words
    span = (words.visit if lines.is_visit else words.span)(stay.arrival, stay.departure)
    facts = {"span": span, "total": lines.money(found.now.price.total), "until": lines.clock(one.expires_at)}
    if one.awaits == "guest":
        return words.t("owner.offered", **facts)
    if one.under_review:
        return words.t("owner.change_checked", span=span, amount=lines.money(one.amount))
    return words.t("owner.change_unpaid", amount=lines.money(proposed.missing(lines.tx, one)), **facts)


def may_offer(lines: Lines) -> bool:
    """Whether somebody is there to answer, and something to be changed."""
    booking = lines.booking
    if addressing.guest_chat(lines.tx, booking) is None or booking.start <= lines.now:
        return False
    return booking.status == "confirmed" or (booking.is_hold and not booking.lapsed(lines.now))


def offer_buttons(lines: Lines) -> tuple[Button, ...]:
    """`🗓 Другие даты` `💰 Цена`; while an offer is out, the way to take it back."""
    if not may_offer(lines):
        return ()
    one = proposed.open_of(lines.tx, lines.booking.id)
    if one is not None and not one.lapsed(lines.now):
        return () if one.under_review else (offer_button(lines, "offer.button.take_back", "back"),)
    return offer_button(lines, "offer.button.dates", "dates"), offer_button(lines, "offer.button.price", "price")


def offer_button(lines: Lines, label: str, arg: str) -> Button:
    """A step of an offer; a press is judged by the version it was drawn for."""
    return Button(lines.words.plain(label), offer_data(lines, arg))


def offer_data(lines: Lines, arg: str) -> str:
    """The data of such a button."""
    return act("sm", lines.booking.code, lines.booking.version, arg)
