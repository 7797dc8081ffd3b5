"""Owns how dates are kept for somebody: taking them, choosing a way to pay, more time, letting go, and coming back (R31, R32)."""

from dataclasses import replace
from datetime import datetime, timedelta

from housebot.domain import booking as rules
from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog
from housebot.domain.period import utc_text
from housebot.domain.pricing import Price
from housebot.domain.stay import Stay, StayRequest
from housebot.errors import Refusal
from housebot.services import (
    approvals,
    asking,
    audit,
    availability,
    catalogs,
    checkouts,
    deadlines,
    due,
    events,
    gift_money,
    guests,
    invoices,
    lapsing,
    limits,
    notices,
    payments,
    promos,
    quotes,
    transitions,
    ways,
)
from housebot.services.checkouts import Checkout
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage import bookings as rows
from housebot.storage.bookings import Booking

CONVERSATIONS = frozenset(
    {"telegram", "web"}
)  # here the same dates again are the same hold; elsewhere they are taken (R40)
EXTENSION_OPENS = timedelta(minutes=15)
GONE = frozenset(
    {"dates_taken", "extra_sold_out", "promo_used_up", "gift_insufficient", "gift_invalid"}
)  # what somebody else may have got while a hold was not kept


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
            return choose_payment(tx, kept.id, method, actor=actor, now=now)
        return kept
    limits.check_answers(catalog, stay.tariff, answers or {}, staff=actor.is_staff)
    if quote is wish:  # one that was drawn up here and now has just been judged
        stay_rules.check(catalog, stay, now=now, staff=staff, busy=quotes.around(tx, catalog, stay, now=now))
    if not funded:
        # Somebody without Telegram is their contact, whichever door they came through (R40).
        counted = None if guest is not None and guest.telegram_id is None and contact else guest_id
        limits.check_guest(tx, catalog, guest_id=counted, contact=contact, zone=stay.unit.zone, actor=actor, now=now)
    limits.check_stock(tx, catalog, stay, now=now)
    status, way = _first_status(catalog, quote, actor=actor)
    until = rules.hold_until(catalog, stay, method=way, now=now) if status != "confirmed" else None
    by_itself = status == "confirmed"
    draft = Booking(
        id=0,
        code=transitions.new_code(tx),
        **transitions.sold(quotes.keep(tx, quote), stay),
        currency=quote.price.currency,
        status=status,
        answers=answers or {},
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
    booking = _take_dates(tx, catalog, stay, draft, now=now)
    _take_promo(tx, booking, quote.price, now=now)
    _take_gift(tx, booking, quote.price, stay=stay, actor=actor, now=now)
    audit.write(tx, actor, "booking.hold", booking.subject, None, transitions.snapshot(booking), now=now)
    return _begin(tx, catalog, booking, method=method, actor=actor, now=now)


def choose_payment(tx: Tx, booking_id: int | str, method: str, *, actor: Actor, now: datetime) -> Booking:
    """The guest says how to pay: `bank` waits for the money, `cash` (and anything when nothing is due now) for the owner.

    The way may be changed while nothing has been handed in. A hold that is over is `stale`. `yookassa`, where the desk takes
    cards, makes an order for what is missing of the prepayment; the same press again is the same order.
    """
    booking = transitions.get(tx, booking_id)
    catalog = transitions.catalog_of(tx, booking)
    _must_be_offered(tx, catalog, method)
    must_be_open(booking, now)
    if booking.payment_method == method and (
        method not in ways.PROVIDERS or checkouts.current(tx, booking.id) is not None
    ):
        return booking
    if booking.status == "awaiting_owner" or checkouts.is_being_taken(tx, booking.id):
        raise Refusal("stale", booking=booking.code, status=booking.status)
    return _choose(tx, catalog, booking, method, actor=actor, now=now)


def extend(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> Booking:
    """ "I am paying now": half an hour more, once, in the last quarter of an hour; never past check-in (UX 6).

    A second press, or one that comes too early, is `stale` with the reason and changes nothing.
    """
    booking = transitions.get(tx, booking_id)
    must_be_open(booking, now)
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


def release(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> Booking:
    """The guest lets the dates go before paying. After a receipt or a decision it is `stale`: that is a cancellation."""
    booking = transitions.get(tx, booking_id)
    if booking.status == "cancelled_by_guest":
        return booking
    must_be_open(booking, now)
    if booking.under_review or payments.money_paid(tx, booking.id) > 0:
        raise Refusal("stale", booking=booking.code, status=booking.status)
    return _let_go(tx, booking, reason=None, actor=actor, now=now)


def _take_promo(tx: Tx, booking: Booking, price: Price, *, now: datetime) -> None:
    """The use of a code is taken with the dates (R52)."""
    lapsing.expire_on_promo(tx, price, now=now)
    promos.reserve(tx, booking, price, now=now)


def _take_gift(tx: Tx, booking: Booking, price: Price, *, stay: Stay, actor: Actor, now: datetime) -> None:
    """What a gift pays is taken with the dates; an expired hold gives its money up to whoever comes first (R48)."""
    for lapsed in gift_money.holders_lapsed(tx, price, now=now):
        if lapsed.id != booking.id:  # one that is being revived has no end of its own yet
            lapsing.expire(tx, lapsed.id, now=now)
    gift_money.reserve(tx, booking, price, zone=stay.unit.zone, actor=actor, now=now)


def revive(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    """Bring an expired booking back because money came, if dates and extras are still free; else a Refusal of `GONE` (R36).

    The hold has a moment of its own: the caller gives it its real end. A stay that is over is `past`.
    """
    if booking.end <= now:
        raise Refusal("past", booking=booking.code, end=utc_text(booking.end))
    catalog, stay = transitions.catalog_of(tx, booking), with_every_part(tx, transitions.stay_of(tx, booking), now)
    availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
    limits.check_stock(tx, catalog, stay, now=now, exclude=booking.id)
    lapsing.make_room(tx, catalog, stay, before=booking.before, after=booking.after, now=now)
    booking = transitions.change(tx, booking, "booking.revive", actor=actor, now=now, late_money=True, status="held")
    occupy(tx, catalog, stay, booking, now=now)
    price = quotes.load(tx, booking.quote_id).price
    _take_promo(tx, booking, price, now=now)
    _take_gift(tx, booking, price, stay=stay, actor=actor, now=now)
    return booking


def assert_still_free(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """Nothing when a hold that lapsed unnoticed could be taken anew, else a Refusal of `GONE` (R33)."""
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
    limits.check_stock(tx, catalog, stay, now=now, exclude=booking.id)


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
            _let_go(tx, booking, reason="replaced by the same guest", actor=actor, quietly=True, now=now)
    return None


def _gift(quote: Quote) -> int | None:
    return None if quote.price.gift is None else quote.price.gift.gift_id


def _first_status(catalog: Catalog, quote: Quote, *, actor: Actor) -> tuple[str, rules.Method | None]:
    if quote.price.rest == 0 or (catalog.desk.approval == "none" and quote.price.due_now == 0):
        return "confirmed", None
    if actor.is_staff:
        return "held", "staff"
    if catalog.desk.approval == "before_payment":
        return "awaiting_owner", "approval"
    return "held", None


def _take_dates(tx: Tx, catalog: Catalog, stay: Stay, draft: Booking, *, now: datetime) -> Booking:
    stay = with_every_part(tx, stay, now)
    around = availability.assert_free(tx, catalog, stay, now=now)
    lapsing.make_room(tx, catalog, stay, before=draft.before, after=draft.after, around=around, now=now)
    booking = rows.insert(tx, draft)
    occupy(tx, catalog, stay, booking, now=now)
    events.booking(tx, None, booking, now=now)
    return booking


def with_every_part(tx: Tx, stay: Stay, now: datetime) -> Stay:
    """A stay sold under one document takes its dates under the others too, where they divide the unit otherwise (R39)."""
    parts = catalogs.every_part(tx, stay.unit, now=now)
    return stay if parts == stay.unit.parts else replace(stay, unit=replace(stay.unit, parts=parts))


def occupy(tx: Tx, catalog: Catalog, stay: Stay, booking: Booking, *, now: datetime) -> None:
    try:
        transitions.take(tx, booking, stay.unit.parts)
    except Refusal as refusal:
        # The schema refused what the rules had allowed: it is right, and the guest is told the same as ever.
        availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
        raise Refusal("dates_taken", unit=stay.unit.id, start=utc_text(stay.start), end=utc_text(stay.end)) from refusal


def _begin(tx: Tx, catalog: Catalog, booking: Booking, *, method: str | None, actor: Actor, now: datetime) -> Booking:
    """What follows from the first status: deadlines, and who is told."""
    if booking.status == "confirmed":
        deadlines.plan_stay(tx, booking, now=now)
        by, silent = actor if actor.is_staff else SYSTEM, not deadlines.may_ring(catalog, booking, now)
        notices.confirmed(tx, booking, by=by.name, was="held", unseen=by is SYSTEM, silent=silent, now=now)
        return booking
    if booking.status == "awaiting_owner":
        return _wait_for_owner(tx, booking, now=now)
    if method is not None:
        _must_be_offered(tx, catalog, method)
        return _choose(tx, catalog, booking, method, actor=actor, now=now, first=True)
    deadlines.plan_hold(tx, booking, first=True, now=now)
    notices.held(tx, booking, now=now)
    return booking


def _choose(
    tx: Tx, catalog: Catalog, booking: Booking, method: str, *, actor: Actor, now: datetime, first: bool = False
) -> Booking:
    nothing_now = payments.paid(tx, booking.id) >= booking.deposit and catalog.desk.approval != "before_payment"
    owner_decides = method == "cash" or (nothing_now and method not in ways.PROVIDERS)
    until, kept_until = booking.hold_expires_at, booking.kept_until
    rung = due.is_done(tx, "hold.last_call", booking.subject)
    order: Checkout | None = None
    if owner_decides:
        until = rules.hold_until(catalog, transitions.stay_of(tx, booking), method="cash", now=now)
    elif method in ways.PROVIDERS:
        first_time = not checkouts.listing(tx, booking.id)
        order = checkouts.begin(tx, asking.deposit(tx, booking), provider=method, actor=actor, now=now)
        kept_until = _later_of(until, kept_until)
        if first_time:  # a page is paid at once or not at all; pressing to and fro does not keep the dates for ever
            page: rules.Method = "card" if method == ways.CARDS else "invoice"
            until = rules.hold_until(catalog, transitions.stay_of(tx, booking), method=page, now=now)
    elif booking.payment_method in ways.PROVIDERS:
        until = _later_of(until, kept_until)  # what was promised before is still true
    booking = transitions.change(
        tx,
        booking,
        "booking.payment_method",
        actor=actor,
        now=now,
        payment_method=method,
        status="awaiting_owner" if owner_decides else "awaiting_payment",
        hold_expires_at=until,
        kept_until=kept_until,
    )
    if owner_decides:
        return _wait_for_owner(tx, booking, now=now)
    deadlines.plan_hold(tx, booking, call=not rung and method not in ways.PROVIDERS, now=now)
    if first:
        notices.held(tx, booking, now=now)
    else:
        notices.hold_changed(tx, booking, now=now)
    if order is not None:
        invoices.send(tx, order, booking, now=now)
    return booking


def _wait_for_owner(tx: Tx, booking: Booking, *, now: datetime) -> Booking:
    promised = deadlines.promise(transitions.catalog_of(tx, booking), booking, now=now)
    booking = transitions.change(tx, booking, "booking.ask_owner", actor=SYSTEM, now=now, promised_by=promised)
    deadlines.plan_hold(tx, booking, now=now)
    notices.held(tx, booking, now=now)
    return approvals.ask_owner(tx, booking, since=now, now=now)


def _let_go(
    tx: Tx, booking: Booking, *, reason: str | None, actor: Actor, quietly: bool = False, now: datetime
) -> Booking:
    was, by_gift = booking.status, gift_money.on_return(tx, booking.id)
    booking = transitions.change(
        tx,
        booking,
        "booking.release",
        actor=actor,
        now=now,
        reason=reason,
        status="cancelled_by_guest",
        decided_by=str(actor),
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    if quietly:
        notices.hold_changed(tx, booking, now=now)
    else:
        notices.cancelled(tx, booking, was=was, refund=0, **by_gift, now=now)
    return booking


def _must_be_offered(tx: Tx, catalog: Catalog, method: str) -> None:
    if method not in (allowed := ways.offered(tx, catalog)):
        raise Refusal("invalid", reason="payment_method", allowed=list(allowed))


def _later_of(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def must_be_open(booking: Booking, now: datetime) -> None:
    if not booking.is_hold or booking.lapsed(now):
        raise Refusal("stale", booking=booking.code, status="expired" if booking.is_hold else booking.status)


def _cut(comment: str) -> str:
    return comment.strip()[:2000]
