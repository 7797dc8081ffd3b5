"""Owns until when a proposed change waits: for money, or for the guest's answer to what the desk offers instead (UX 6)."""

from datetime import datetime, timedelta
from typing import Literal

from housebot.domain.catalog import Holds
from housebot.domain.period import utc_text
from housebot.errors import Refusal

Awaits = Literal["money", "guest"]

_BEFORE_CHECK_IN = timedelta(hours=3)  # an answer that comes later than this helps nobody (UX 6)


def waits_until(holds: Holds, *, awaits: Awaits, check_in: datetime, now: datetime) -> datetime:
    """The end of a proposal: an offer a day, not past three hours before check-in; money two hours, not past check-in.

    `check_in` is the earlier of what is and what would be. `too_soon` where no time is left.
    """
    if awaits == "guest":
        until = min(now + timedelta(minutes=holds.counter_offer), check_in - _BEFORE_CHECK_IN)
    else:
        until = min(now + timedelta(minutes=holds.change), check_in)
    if until <= now:
        raise Refusal("too_soon", start=utc_text(check_in), booked_before=utc_text(until))
    return until


def after_refused_receipt(holds: Holds, until: datetime, *, check_in: datetime, now: datetime) -> datetime:
    """The end of a change whose receipt was sent back: at least as long again as a hold has then, never past check-in."""
    return min(max(until, now + timedelta(minutes=holds.after_refused_receipt)), check_in)
