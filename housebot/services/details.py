"""Owns contact and comment of a booking: what may change of it without a price, told to staff each time."""

from datetime import datetime

from housebot.errors import Refusal
from housebot.services import chats, deadlines, guests, outbox, transitions
from housebot.services.ports import Actor, Tx
from housebot.storage.bookings import Booking

LONGEST_COMMENT = 500


def set_contact(tx: Tx, booking: Booking, contact: str, *, shared: bool, actor: Actor, now: datetime) -> Booking:
    """How the guest of this booking is reached from now on, and the guest too; `contact_invalid`, `already_decided`."""
    _must_be_ahead(booking, now)
    region = guests.region_of(transitions.catalog_of(tx, booking).zone)
    if booking.guest_id is not None:
        known = guests.set_contact(tx, booking.guest_id, contact, shared=shared, region=region, now=now).contact
    else:
        known = guests.normalised(contact, region=region)
    if known == booking.contact:
        return booking
    booking = transitions.change(tx, booking, "booking.contact", actor=actor, now=now, silently=True, contact=known)
    _tell(tx, booking, "contact", now=now)
    return booking


def set_comment(tx: Tx, booking: Booking, comment: str, *, actor: Actor, now: datetime) -> Booking:
    """A word for the house; an empty one takes it back. `invalid` for a novel, `already_decided` for a stay that is over."""
    _must_be_ahead(booking, now)
    text = comment.strip()
    if len(text) > LONGEST_COMMENT:
        raise Refusal("invalid", reason="too_long", longest=LONGEST_COMMENT)
    if text == booking.comment:
        return booking
    booking = transitions.change(tx, booking, "booking.comment", actor=actor, now=now, silently=True, comment=text)
    _tell(tx, booking, "comment", now=now)
    return booking


def _must_be_ahead(booking: Booking, now: datetime) -> None:
    transitions.must_stand(booking, "confirmed", "in_house", now=now)


def _tell(tx: Tx, booking: Booking, what: str, *, now: datetime) -> None:
    silent = not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
    for recipient in chats.approvals(tx):
        outbox.put(
            tx,
            kind="staff.details",
            facts={"booking": booking.id, "what": what},
            chat_id=recipient.chat_id,
            thread_id=recipient.thread_id,
            priority=outbox.ALERT,
            language=recipient.language,
            silent=silent,
            booking_id=booking.id,
            now=now,
        )
