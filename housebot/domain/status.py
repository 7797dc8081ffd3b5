"""Owns the names of the states a booking may be in, and which of them take dates (R35)."""

from enum import StrEnum


class Status(StrEnum):
    """Where a booking stands; none is ever deleted (R35)."""

    HELD = "held"
    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_OWNER = "awaiting_owner"
    CONFIRMED = "confirmed"
    IN_HOUSE = "in_house"
    COMPLETED = "completed"
    EXPIRED = "expired"
    DECLINED = "declined"
    CANCELLED_BY_GUEST = "cancelled_by_guest"
    CANCELLED_BY_OWNER = "cancelled_by_owner"
    NO_SHOW = "no_show"


HOLDING = frozenset({Status.HELD, Status.AWAITING_PAYMENT, Status.AWAITING_OWNER})
# A completed stay blocks too: the cleaning after it is still ahead when the guest has left.
BLOCKING = HOLDING | {Status.CONFIRMED, Status.IN_HOUSE, Status.COMPLETED}
