"""Owns how dates are kept for somebody: judged and taken in one step, and once for longer (R31, R32)."""

from datetime import datetime, timedelta

from housebot.domain import booking as rules
from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog
from housebot.domain.period import utc_text
from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import (
    audit,
    catalogs,
    choosing,
    deadlines,
    guests,
    limits,
    notices,
    payments,
    quotes,
    releasing,
    taking,
    transitions,
)
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage.bookings import Booking
from housebot.storage.guests import Guest

# Here the same dates again are the same hold; elsewhere they are taken (R40).
CONVERSATIONS = frozenset({"telegram", "web"})
EXTENSION_OPENS = timedelta(minutes=15)


def hold(
    tx: Tx,
    wish: Quote | StayRequest,
    *,
    guest_id: int | None,
    contact: str | None = None,
    name: str = "",
    answers: dict[str, str] | None = None,
    comment: str = "",
    source: str,
    actor: Actor,
    method: str | None = None,
    test: bool = False,
    funded: bool = False,
    as_guest: bool = False,
    now: datetime,
) -> Booking:
    """Keep the dates for a guest: everything is judged now, in the transaction that takes them (R8, R31).

    A quote whose time is over and whose price moved is `stale` with the new one in the facts (R23); dates that are gone
    are `dates_taken` with alternatives (R13); too many holds are `holds_limit` (R40); a gift that somebody was faster to
    is `gift_insufficient` (R48). Nothing to pay, or a desk without approval, confirms at once (R29). With `method` the way to pay is chosen in the same breath. `funded`: the money is
    already here, so the cap on holds does not count this one. `as_guest`: what staff ask for is judged as if a guest did (R13).
    """
    guest = guests.get(tx, guest_id) if guest_id is not None else None
    if guest is not None and guest.banned and not actor.is_staff:
        raise Refusal("forbidden", reason="banned")
    contact = guests.normalised(contact) if contact else (guest.contact if guest else None)
    staff = actor.is_staff and not as_guest
    quote = _honoured(tx, wish, guest_id=guest_id, staff=staff, now=now)
    catalog, stay = catalogs.version(tx, quote.catalog_version), quote.stay
    if source in CONVERSATIONS and (
        kept := _same_hold(tx, quote, guest_id, said=(answers or {}, _cut(comment)), actor=actor, now=now)
    ):
        if method is not None and kept.status == "held":
            return choosing.choose_payment(tx, kept.id, method, actor=actor, now=now)
        return kept
    limits.check_answers(catalog, stay.tariff, answers or {}, staff=actor.is_staff)
    if quote is wish:  # one that was drawn up here and now has just been judged
        stay_rules.check(catalog, stay, now=now, staff=staff, busy=quotes.around(tx, catalog, stay, now=now))
    if not funded:
        # Somebody without Telegram is their contact, whichever door they came through (R40).
        counted = None if guest is not None and guest.telegram_id is None and contact else guest_id
        limits.check_guest(tx, catalog, guest_id=counted, contact=contact, zone=stay.unit.zone, actor=actor, now=now)
    limits.check_stock(tx, catalog, stay, now=now)
    draft = _draft(
        tx,
        catalog,
        quote,
        guest,
        guest_id=guest_id,
        contact=contact,
        name=name,
        answers=answers or {},
        comment=comment,
        source=source,
        test=test,
        actor=actor,
        now=now,
    )
    booking = taking.dates(tx, catalog, stay, draft, now=now)
    taking.promo(tx, booking, quote.price, now=now)
    taking.gift(tx, booking, quote.price, stay=stay, actor=actor, now=now)
    audit.write(tx, actor, "booking.hold", booking.subject, None, transitions.snapshot(booking), now=now)
    return _begin(tx, catalog, booking, method=method, actor=actor, now=now)


def extend(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> Booking:
    """ "I am paying now": half an hour more, once, in the last quarter of an hour; never past check-in (UX 6).

    A second press, or one that comes too early, is `stale` with the reason and changes nothing.
    """
    booking = transitions.get(tx, booking_id)
    transitions.must_be_open(booking, now)
    if booking.status == "awaiting_owner" or booking.hold_expires_at is None:
        raise Refusal("stale", booking=booking.code, reason="not_waiting_for_money")
    ends = utc_text(booking.hold_expires_at)
    if booking.hold_extended:
        raise Refusal("stale", booking=booking.code, reason="extended_once", hold_expires_at=ends)
    if booking.hold_expires_at - now > EXTENSION_OPENS:
        raise Refusal("stale", booking=booking.code, reason="too_early", hold_expires_at=ends)
    catalog = transitions.catalog_of(tx, booking)
    until = rules.extended(catalog, transitions.stay_of(tx, booking), booking.hold_expires_at, now=now)
    booking = transitions.change(
        tx, booking, "booking.extend", actor=actor, now=now, hold_expires_at=until, hold_extended=True
    )
    deadlines.plan_hold(tx, booking, call=False, now=now)
    notices.hold_changed(tx, booking, now=now)
    return booking


def _honoured(tx: Tx, wish: Quote | StayRequest, *, guest_id: int | None, staff: bool, now: datetime) -> Quote:
    if isinstance(wish, StayRequest):
        return quotes.draw_up(tx, wish, now=now, staff=staff, guest_id=guest_id)
    if wish.guest_id is not None and wish.guest_id != guest_id and not staff:
        raise Refusal("not_found", what="quote")
    quote, _ = quotes.honoured(tx, wish, now=now, staff=staff)
    if quote is wish or _terms(quote) == _terms(wish):
        return quote
    # The price or what a cancellation costs moved: it is shown before anything is taken. A refusal undoes what was stored, so the new one travels as it is.
    raise Refusal(
        "stale",
        what="quote",
        was=wish.price.total,
        total=quote.price.total,
        currency=quote.price.currency,
        quote=quotes.as_json(quote),
    )


def _terms(quote: Quote) -> tuple[object, ...]:
    """What a guest agrees to."""
    return quote.price.lines, quote.price.deposit, quote.price.by_gift, quote.policy


def _same_hold(
    tx: Tx, quote: Quote, guest_id: int | None, *, said: tuple[dict[str, str], str], actor: Actor, now: datetime
) -> Booking | None:
    """The open hold of this guest on these very dates: the same one when nothing else changed, else it makes place (R40).

    By a typed contact nobody is known: whoever types another guest's phone gets nothing of theirs (T4).
    """
    for booking in limits.open_holds(tx, guest_id=guest_id, contact=None, now=now):
        stay = quote.stay
        if (booking.unit, booking.start, booking.end) != (stay.unit.id, stay.start, stay.end):
            continue
        gift = _gift(quotes.load(tx, booking.quote_id))
        same = (booking.tariff, booking.party, booking.extras, booking.total, gift, (booking.answers, booking.comment))
        if same == (stay.tariff.id, dict(stay.party), stay.all_extras(), quote.price.total, _gift(quote), said):
            return booking
        paid = (
            payments.money_paid(tx, booking.id) > 0
        )  # what somebody has written down already is not let go in silence
        if not booking.under_review and booking.status != "awaiting_owner" and not paid:
            releasing.let_go(tx, booking, reason="replaced by the same guest", actor=actor, quietly=True, now=now)
    return None


def _gift(quote: Quote) -> int | None:
    return None if quote.price.gift is None else quote.price.gift.gift_id


def _draft(
    tx: Tx,
    catalog: Catalog,
    quote: Quote,
    guest: Guest | None,
    *,
    guest_id: int | None,
    contact: str | None,
    name: str,
    answers: dict[str, str],
    comment: str,
    source: str,
    test: bool,
    actor: Actor,
    now: datetime,
) -> Booking:
    """The booking as it begins, not yet written down; its quote is."""
    stay = quote.stay
    status, way = _first_status(catalog, quote, actor=actor)
    by_itself = status == "confirmed"
    until = rules.hold_until(catalog, stay, method=way, now=now) if not by_itself else None
    return Booking(
        id=0,
        code=transitions.new_code(tx),
        **transitions.sold(quotes.keep(tx, quote), stay),
        currency=quote.price.currency,
        status=status,
        answers=answers,
        guest_id=guest_id,
        guest_name=name.strip()[:128] or (guest.name if guest else ""),
        contact=contact,
        language=guest.language if guest else "en",
        comment=_cut(comment),
        source=source,
        test=test,
        payment_method=None,
        hold_expires_at=until,
        hold_extended=False,
        under_review=False,
        kept_until=None,
        promised_by=None,
        before=stay.unit.before,
        after=stay.unit.cleaning,
        decided_by=str(SYSTEM) if by_itself else None,
        decided_at=now if by_itself else None,
        reason=None,
        moves=0,
        created_at=now,
        updated_at=now,
        version=1,
    )


def _first_status(catalog: Catalog, quote: Quote, *, actor: Actor) -> tuple[str, rules.Method | None]:
    if quote.price.rest == 0 or (catalog.desk.approval == "none" and quote.price.due_now == 0):
        return "confirmed", None
    if actor.is_staff:
        return "held", "staff"
    if catalog.desk.approval == "before_payment":
        return "awaiting_owner", "approval"
    return "held", None


def _begin(tx: Tx, catalog: Catalog, booking: Booking, *, method: str | None, actor: Actor, now: datetime) -> Booking:
    """What follows from the first status: deadlines, and who is told."""
    if booking.status == "confirmed":
        deadlines.plan_stay(tx, booking, now=now)
        by, silent = actor if actor.is_staff else SYSTEM, not deadlines.may_ring(catalog, booking, now)
        notices.confirmed(tx, booking, by=by.name, was="held", unseen=by is SYSTEM, silent=silent, now=now)
        return booking
    if booking.status == "awaiting_owner":
        return choosing.wait_for_owner(tx, booking, now=now)
    if method is not None:
        choosing.must_be_offered(tx, catalog, method)
        return choosing.choose(tx, catalog, booking, method, actor=actor, now=now, first=True)
    deadlines.plan_hold(tx, booking, first=True, now=now)
    notices.held(tx, booking, now=now)
    return booking


def _cut(comment: str) -> str:
    return comment.strip()[:2000]
