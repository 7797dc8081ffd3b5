"""Owns how a guest takes over a booking made for them elsewhere: by a one-time link or a verified contact, never by a typed phone (T4)."""

from datetime import datetime, timedelta

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import addressing, calling, deadlines, guests, links, notices, transitions
from housebot.services.guests import Guest
from housebot.services.ports import Actor, Tx
from housebot.storage import bookings as rows
from housebot.storage import guests as guest_rows
from housebot.storage.bookings import Booking

AFTER_THE_STAY = timedelta(days=1)
ELSEWHERE = frozenset({"bukza"})  # booked by the guest themselves, under a contact they gave there
VERIFIED = "verified contact"


def invite(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> str:
    """A token for `claim_<token>`, good once and until a day after the stay; `stale` for a booking somebody in Telegram has."""
    booking = transitions.get(tx, booking_id)
    if not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    if addressing.guest_chat(tx, booking) is not None:
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
    if addressing.guest_chat(tx, booking) is not None:
        raise Refusal("not_found", what="link")  # another link to it was used first
    return _hand_over(tx, booking, guest, actor=actor, now=now)


def share_contact(tx: Tx, guest_id: int, phone: str, *, contact_user_id: int | None, now: datetime) -> Guest:
    """A contact card was sent, see `guests.share_contact`; what was booked elsewhere under that contact is theirs from now on."""
    guest = guests.share_contact(tx, guest_id, phone, contact_user_id=contact_user_id, now=now)
    of_contact(tx, guest.contact, guest=guest, now=now)
    return guest


def of_contact(tx: Tx, contact: str | None, *, guest: Guest | None = None, now: datetime) -> list[Booking]:
    """Stays ahead or under way, booked elsewhere under this contact and nobody's yet, become the guest's who has verified it.

    The guest is told of each, and the history says why. Nothing for a contact that was only typed, and nothing for who is banned.
    """
    if contact is None:
        return []
    known = [guest] if guest is not None else guest_rows.by_contact(tx, contact)
    verified = [one for one in known if one.contact_shared and one.contact == contact and one.telegram_id is not None]
    if not verified or verified[0].banned:
        return []
    them = verified[0]
    actor = Actor("guest", them.id, them.name, "telegram")
    return [
        _hand_over(tx, booking, them, reason=VERIFIED, actor=actor, now=now)
        for booking in rows.of_contact(tx, contact)
        if booking.source in ELSEWHERE and booking.guest_id is None and _is_ahead(booking, now)
    ]


def _is_ahead(booking: Booking, now: datetime) -> bool:
    return booking.blocks and not booking.lapsed(now) and booking.end > now


def _hand_over(
    tx: Tx, booking: Booking, guest: Guest, *, reason: str | None = None, actor: Actor, now: datetime
) -> Booking:
    booking = transitions.change(
        tx,
        booking,
        "booking.claim",
        actor=actor,
        now=now,
        reason=reason,
        silently=True,
        guest_id=guest.id,
        language=guest.language,
    )
    if booking.is_hold:
        deadlines.plan_hold(tx, booking, now=now)  # somebody can be called in time now, and has a card
        notices.held(tx, booking, now=now)
    elif reason is not None:  # who came by a link is told where they came in
        notices.recognised(tx, booking, now=now)
    calling.claimed(tx, booking, now=now)
    return booking
