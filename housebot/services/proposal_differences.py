"""Owns what a proposed change would change, and how much of its price has to come first (R36, R37)."""

from housebot.domain import changes
from housebot.services import change_rules, payments, quotes, transitions
from housebot.services.differences import Difference
from housebot.services.ports import Tx
from housebot.services.quotes import Quote
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal


def of(tx: Tx, one: Proposal) -> Difference:
    """What it would change, by the quotes kept with it: as it was shown, whatever prices are now (R23)."""
    booking = transitions.get(tx, one.booking_id)
    was, new = quotes.load(tx, one.was_quote_id), quotes.load(tx, one.quote_id)
    left = max(was.cancellation.moves_allowed - booking.moves - (one.spends_move and one.is_open), 0)
    return between(tx, booking, was, new, spends_move=one.spends_move, moves_left=left)


def between(tx: Tx, booking: Booking, was: Quote, new: Quote, *, spends_move: bool, moves_left: int) -> Difference:
    """From one quote of that booking to another, as its ledger stands."""
    paid = payments.money_paid(tx, booking.id)
    rest = new.price.rest - was.price.rest
    return Difference(
        was=was,
        now=new,
        lines=changes.line_changes(was.price.lines, new.price.lines),
        dates=changes.dates_of(was.stay.period, new.stay.period),
        spends_move=spends_move,
        moves_left=moves_left,
        paid=paid + new.price.by_gift,
        pays_first=change_rules.is_agreed(booking, paid)
        and changes.needs_prepayment(was.price.total, was.price.total + rest),
    )


def comes_first(tx: Tx, booking: Booking, found: Difference) -> int:
    """What has to come first: the difference itself, as far as the stay is not paid for already."""
    rest = found.now.price.rest - found.was.price.rest
    return max(min(rest, found.now.price.rest - payments.money_paid(tx, booking.id)), 0)
