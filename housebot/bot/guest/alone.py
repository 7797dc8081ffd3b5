"""Owns what a guest may still do alone with a booking that stands: change it, move its dates, stay longer; else why not (UX c)."""

from datetime import datetime

from housebot.bot.guest.telling import Told
from housebot.domain.changes import check_moves
from housebot.errors import Refusal
from housebot.services import change_rules, quotes
from housebot.services.bookings import Booking

STANDING = frozenset({"confirmed", "in_house"})


def stands(booking: Booking, now: datetime) -> bool:
    """Whether there is a stay ahead or under way."""
    return booking.status in STANDING and booking.end > now


def closed(told: Told) -> Refusal | None:
    """Why the guest can change nothing alone any more; None: something can be. A stay under way may still be prolonged."""
    if not stands(told.booking, told.now):
        return Refusal("already_decided")
    if told.booking.status == "in_house":
        return None
    try:
        change_rules.check_cutoff(told.stay, told.now)
    except Refusal as refusal:
        return refusal
    return None


def no_move(told: Told) -> Refusal | None:
    """Why the dates cannot be moved by the guest; None: they can."""
    if told.booking.status == "in_house":
        return Refusal("forbidden", reason="under_way")
    policy = quotes.load(told.tx, told.booking.quote_id).cancellation
    try:
        check_moves(policy, made=told.booking.moves)
    except Refusal as refusal:
        return refusal
    return closed(told)


def moves_left(told: Told) -> int:
    """How often the guest may still move the dates."""
    allowed = quotes.load(told.tx, told.booking.quote_id).cancellation.moves_allowed
    return max(allowed - told.booking.moves, 0)
