"""Owns how a guest takes over a booking that staff made for them: by a one-time link, never by a typed phone (T4)."""

from datetime import datetime, timedelta

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import calling, deadlines, guests, links, notices, transitions
from housebot.services.ports import Actor, Tx
from housebot.storage.bookings import Booking

AFTER_THE_STAY = timedelta(days=1)


def invite(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> str:
    """A token for `claim_<token>`, good once and until a day after the stay; `stale` for a booking somebody in Telegram has."""
    booking = transitions.get(tx, booking_id)
    if not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    if notices.guest_chat(tx, booking) is not None:
        raise Refusal("stale", booking=booking.code, reason="claimed")
    ends = booking.end + AFTER_THE_STAY
    if ends <= now:
        raise Refusal("past", booking=booking.code, end=utc_text(booking.end))
    return links.issue(tx, "claim", {"booking": booking.id}, by=actor, now=now, ttl=ends - now)


def claim(tx: Tx, token: str, *, guest_id: int, actor: Actor, now: datetime) -> Booking:
    """The booking becomes this guest's; `not_found` for a used, foreign or unknown token, and for a booking somebody has."""
    guest = guests.get(tx, guest_id)
    if guest.telegram_id is None:
        raise Refusal("forbidden", reason="telegram")
    facts = links.use(tx, "claim", token, by=guest.telegram_id, now=now)
    booking = transitions.get(tx, int(facts["booking"]))
    if notices.guest_chat(tx, booking) is not None:
        raise Refusal("not_found", what="link")  # another link to it was used first
    booking = transitions.change(
        tx, booking, "booking.claim", actor=actor, now=now, silently=True, guest_id=guest_id, language=guest.language
    )
    if booking.is_hold:
        deadlines.plan_hold(tx, booking, now=now)  # somebody can be called in time now, and has a card
        notices.held(tx, booking, now=now)
    calling.claimed(tx, booking, now=now)
    return booking
