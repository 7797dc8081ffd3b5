"""Measures group commit: the storage part of a booking by 64 callers, beside the same statements committed one by one."""

import statistics
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench import callers, disk, house
from bench.figures import Figure, Size, duration, ratio
from housebot.services import bookings as use_cases
from housebot.services.ports import Actor
from housebot.storage import audit, bookings, due, occupancies, outbox, quotes
from housebot.storage.audit import Entry
from housebot.storage.bookings import Booking
from housebot.storage.due import Due
from housebot.storage.outbox import OutboxRow
from housebot.storage.quotes import QuoteRow
from housebot.storage.tx import Tx


def measure(size: Size) -> list[Figure]:
    pieces = size.of(640, 64)
    with tempfile.TemporaryDirectory() as folder:
        sample = sold(Path(folder, "sample.db"))
        wanted = drafts(sample, pieces * size.rounds)
        found = callers.compare(
            partial(house.new_desk, people=1),
            Path(folder),
            lambda tx, number: store(tx, sample, wanted[number]),
            rounds=size.rounds,
            pieces=pieces,
            statements=True,
        )
        page = disk.fsync(Path(folder))
    together = f"{statistics.median(found.together):,.0f}/s"
    return [
        Figure(
            "storage part of a booking, 64 callers : its statements committed one by one",
            ratio(found.together, found.statement_each),
            "≥",
            4,
            detail=f"{together} : {statistics.median(found.statement_each):,.0f}/s, one fsync {duration(page)}",
        ),
        Figure(
            "  the same : one commit for each booking",
            ratio(found.together, found.commit_each),
            detail=f"{together} : {statistics.median(found.commit_each):,.0f}/s",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Sold:
    """Every row that one `bookings.hold` wrote."""

    quote: QuoteRow
    booking: Booking
    audit: Entry
    due: list[Due]
    message: OutboxRow


def sold(path: Path) -> Sold:
    """A real hold of a guest in Telegram, as it lies in the tables."""
    with closing(house.new_desk(path, people=1)) as db:
        actor = Actor("guest", 1, "Guest 1", "telegram")
        held = db.write_now(
            lambda tx: use_cases.hold(tx, house.wish(0), guest_id=1, source="telegram", actor=actor, now=house.NOW)
        )
        return db.read(lambda tx: _read(tx, held))


def _read(tx: Tx, held: Booking) -> Sold:
    quote = quotes.get(tx, held.quote_id)
    assert quote is not None
    [entry], [message] = audit.of_subject(tx, held.subject), outbox.listing(tx, state="queued", limit=10)
    planned = sorted(due.open_of_subject(tx, held.subject), key=lambda row: row.id)
    return Sold(quote, held, entry, planned, message)


def drafts(sold: Sold, count: int) -> list[Booking]:
    """The same booking for other nights: values that a use case has made before it stores them."""
    sample, made = sold.booking, []
    for number in range(count):
        night = house.wish(number)
        later = night.arrival.date() - sample.arrival.date()
        made.append(
            replace(
                sample,
                code=f"HB-{number}",
                unit=night.unit,
                start=sample.start + later,
                end=sample.end + later,
                arrival=sample.arrival + later,
                departure=sample.departure + later,
                quote_id=number + 1,
            )
        )
    return made


def store(tx: Tx, sold: Sold, draft: Booking) -> Booking:
    """The rows of that hold for another night, through the functions of storage that the use case calls."""
    quote = quotes.insert(
        tx,
        code=f"Q{draft.code}",
        guest_id=sold.quote.guest_id,
        catalog_version=sold.quote.catalog_version,
        request=sold.quote.request,
        price=sold.quote.price,
        total=draft.total,
        deposit=draft.deposit,
        currency=draft.currency,
        created_at=sold.quote.created_at,
        expires_at=sold.quote.expires_at,
    )
    if quote != draft.quote_id:
        raise RuntimeError("the pieces did not run in their order")
    booking = bookings.insert(tx, draft)
    occupancies.put(
        tx,
        parts=house.parts(booking.unit),
        kind="booking",
        period=booking.period,
        ref=booking.id,
        before=booking.before,
        after=booking.after,
    )
    entry = sold.audit
    audit.add(
        tx,
        at=entry.at,
        actor=entry.actor,
        channel=entry.channel,
        action=entry.action,
        subject=booking.subject,
        before=entry.before,
        after=entry.after,
        reason=entry.reason,
    )
    for row in sold.due:
        due.put(tx, kind=row.kind, subject=booking.subject, due_at=row.due_at, facts=row.facts, now=house.NOW)
    message = sold.message
    outbox.add(
        tx,
        {
            "delivery": message.delivery,
            "kind": message.kind,
            "facts": f'{{"booking":{booking.id}}}',
            "chat_id": message.chat_id,
            "thread_id": message.thread_id,
            "language": message.language,
            "priority": message.priority,
            "silent": message.silent,
            "card": f"hold:{booking.id}:guest",
            "replaces": message.replaces,
            "booking_id": booking.id,
            "at": message.created_at,
        },
    )
    return booking
