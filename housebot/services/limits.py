"""Owns what a hold must respect beside its dates: holds and visits of one guest (R40), stock of extras (R26), answers to questions."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from housebot.domain.catalog import Catalog, Question, Tariff
from housebot.domain.period import local, stay_dates
from housebot.domain.stay import Stay, stopped
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Actor, Tx
from housebot.storage import bookings as rows
from housebot.storage import proposals
from housebot.storage.bookings import Booking


def open_holds(tx: Tx, *, guest_id: int | None, contact: str | None, now: datetime) -> list[Booking]:
    """Holds of this guest, or of this contact for somebody without an id, that have not ended."""
    return [booking for booking in _bookings_of(tx, guest_id, contact) if booking.is_hold and not booking.lapsed(now)]


def check_guest(
    tx: Tx, catalog: Catalog, *, guest_id: int | None, contact: str | None, zone: ZoneInfo, actor: Actor, now: datetime
) -> None:
    """Nobody empties the calendar: `holds_limit` with what the limit is about (R40). Staff are exempt.

    Counted by Telegram id, else by contact: two open holds (a receipt under review is none), six new bookings a day, and
    where visits are confirmed at once, so many ahead.
    """
    if actor.is_staff or actor.role == "manage" or (guest_id is None and contact is None):
        return
    theirs = _bookings_of(tx, guest_id, contact)
    waiting = [one for one in theirs if one.is_hold and not one.lapsed(now) and not one.under_review]
    if len(waiting) >= catalog.holds.per_guest:
        raise Refusal(
            "holds_limit", limit=catalog.holds.per_guest, what="open_holds", bookings=[one.code for one in waiting]
        )
    today = local(now, zone).date()
    new = sum(1 for one in theirs if local(one.created_at, zone).date() == today)
    if new >= catalog.holds.new_per_day:
        raise Refusal("holds_limit", limit=catalog.holds.new_per_day, what="new_per_day")
    most = catalog.desk.max_future_visits
    if most is not None and rows.visits_ahead(tx, guest_id=guest_id, contact=contact, now=now) >= most:
        raise Refusal("holds_limit", limit=most, what="future_visits")


def check_stock(tx: Tx, catalog: Catalog, stay: Stay, *, now: datetime, exclude: int | None = None) -> None:
    """There is enough of every extra on every date of the stay, the booking `exclude` apart, else `extra_sold_out` (R26).

    An extra that was stopped by hand since the stay was quoted is sold out too.
    """
    if lost := stopped_since(tx, catalog, stay, now=now):
        raise Refusal("extra_sold_out", extra=lost[0], reason="stopped")
    stocked = {extra.id: extra.stock_per_day for extra in catalog.extras if extra.stock_per_day is not None}
    wanted = {extra_id: count for extra_id, count in stay.all_extras().items() if extra_id in stocked}
    if not wanted:
        return
    out = _taken_extras(tx, stay.dates[0], stay.dates[-1], now=now, exclude=exclude)
    for extra_id, count in wanted.items():
        for day in stay.dates:
            left = (stocked[extra_id] or 0) - out.get((extra_id, day), 0)
            if count > left:
                raise Refusal("extra_sold_out", extra=extra_id, date=day.isoformat(), left=max(left, 0), asked=count)


def _taken_extras(
    tx: Tx, first: date, last: date, *, now: datetime, exclude: int | None
) -> dict[tuple[str, date], int]:
    """How many of each extra are out on each day: of a booking that has, and one that may become, the larger number counts."""
    out: dict[tuple[str, date], int] = {}
    theirs: dict[int, dict[tuple[str, date], int]] = {}
    stays: list[tuple[int, datetime, datetime, dict[str, int]]] = [
        (one.id, one.arrival, one.departure, one.extras)
        for one in rows.with_extras_on(tx, first, last)
        if not one.lapsed(now)
    ]
    stays += [
        (one.booking_id, one.arrival, one.departure, one.extras)
        for one in proposals.with_extras_on(tx, first, last)
        if not one.lapsed(now)
    ]
    for booking_id, arrival, departure, extras in stays:
        if booking_id == exclude:
            continue
        mine = theirs.setdefault(booking_id, {})
        for day in stay_dates(arrival, departure):
            for extra_id, count in extras.items():
                mine[extra_id, day] = max(mine.get((extra_id, day), 0), count)
    for mine in theirs.values():
        for place, count in mine.items():
            out[place] = out.get(place, 0) + count
    return out


def stopped_since(tx: Tx, catalog: Catalog, stay: Stay, *, now: datetime) -> list[str]:
    """Extras of the stay that were stopped by hand on its dates after it had been understood."""
    wanted = stay.all_extras()
    if not wanted:
        return []
    present = catalogs.with_stops(tx, catalog, now=now)
    if not present.stops:
        return []
    return [
        extra.id for extra in present.extras if extra.id in wanted and stopped(present, extra, stay.unit.id, stay.dates)
    ]


def lapsed_with_stock(tx: Tx, catalog: Catalog, stay: Stay, *, now: datetime) -> list[Booking]:
    """Holds whose time is over and that still stand on extras of which the stay takes some (R26, R32)."""
    limited = {extra.id for extra in catalog.extras if extra.stock_per_day is not None}
    wanted = limited & set(stay.all_extras())
    if not wanted:
        return []
    around = rows.with_extras_on(tx, stay.dates[0], stay.dates[-1])
    return [one for one in around if one.lapsed(now) and wanted & set(one.extras)]


def check_answers(catalog: Catalog, tariff: Tariff, answers: dict[str, str], *, staff: bool) -> None:
    """Every required question is answered, every answer fits its question: else `answer_missing` or `invalid`."""
    for question_id in tariff.questions:
        question = catalog.question(question_id)
        if question is not None:
            _check_answer(question, answers.get(question_id, "").strip(), staff=staff)


def _check_answer(question: Question, answer: str, *, staff: bool) -> None:
    if not answer:
        if question.required and not staff:
            raise Refusal("answer_missing", question=question.id)
        return
    if question.kind == "choice" and answer not in dict(question.options):
        raise Refusal(
            "invalid", reason="answer", question=question.id, allowed=[option for option, _ in question.options]
        )
    if not question.min_length <= len(answer) <= question.max_length:
        raise Refusal(
            "invalid", reason="answer_length", question=question.id, least=question.min_length, most=question.max_length
        )


def _bookings_of(tx: Tx, guest_id: int | None, contact: str | None) -> list[Booking]:
    if guest_id is not None:
        return rows.of_guest(tx, guest_id)
    return rows.of_contact(tx, contact) if contact is not None else []
