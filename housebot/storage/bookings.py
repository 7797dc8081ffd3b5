"""Owns the rows of bookings: read as frozen values, changed only by compare-and-swap on (status, version) (R33), never deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from housebot.domain.period import Period, from_utc_text, utc_text
from housebot.domain.status import BLOCKING, HOLDING
from housebot.storage import booking_list
from housebot.storage.tx import Tx, by_name


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking as it stands. `start` and `end` are UTC, `arrival` and `departure` what the wall clock of the unit shows."""

    id: int
    code: str
    unit: str
    tariff: str
    status: str
    start: datetime
    end: datetime
    arrival: datetime
    departure: datetime
    guests: int
    party: dict[str, int]
    extras: dict[str, int]
    answers: dict[str, str]
    guest_id: int | None
    guest_name: str
    contact: str | None
    language: str
    comment: str
    source: str
    test: bool
    quote_id: int
    catalog_version: int
    total: int
    deposit: int
    currency: str
    payment_method: str | None
    hold_expires_at: datetime | None  # kept after the hold is over: late money is judged by it
    hold_extended: bool
    under_review: bool  # a receipt waits for a person: the hold has no end (R35)
    kept_until: datetime | None  # what the guest was promised when a receipt stopped the clock
    promised_by: datetime | None
    before: timedelta
    after: timedelta
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    moves: int  # made by the guest, of those the policy allows
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def period(self) -> Period:
        """The instants it occupies, buffers apart."""
        return Period(self.start, self.end)

    @property
    def subject(self) -> str:
        """Its name in the audit log and in due work."""
        return f"booking:{self.id}"

    @property
    def is_hold(self) -> bool:
        """Waiting for money or for the owner."""
        return self.status in HOLDING

    @property
    def blocks(self) -> bool:
        """Whether its dates are taken."""
        return self.status in BLOCKING

    def lapsed(self, now: datetime) -> bool:
        """A hold whose time is over, whether or not somebody has already noticed (R32)."""
        if not self.is_hold or self.under_review or self.hold_expires_at is None:
            return False
        return self.hold_expires_at <= now


def insert(tx: Tx, draft: Booking) -> Booking:
    """Store a new booking and give it its number: the draft is the booking from then on. Its code must be free."""
    row = _columns(draft)
    booking_id = tx.add("bookings", row)
    object.__setattr__(draft, "id", booking_id)  # frozen for everybody else; a copy of so much is dear
    booking_list.remember(tx, booking_id, row)
    return draft


def swap(tx: Tx, old: Booking, new: Booking) -> bool:
    """Put `new` in the place of `old` if that is still how it stands; False when somebody was faster (R33).

    What was sold (unit, times, party, quote) is not touched here; the version is the caller's to raise.
    """
    booking_list.forget(tx, old.id)
    changed = tx.run(
        """
        UPDATE bookings SET status = :status, guest_id = :guest_id, guest_name = :guest_name, contact = :contact,
            language = :language, comment = :comment, payment_method = :payment_method, hold_expires_at = :hold_expires_at,
            hold_extended = :hold_extended, under_review = :under_review, kept_until = :kept_until, promised_by = :promised_by,
            decided_by = :decided_by, decided_at = :decided_at, reason = :reason,
            updated_at = :updated_at, version = :version
        WHERE id = :id AND status = :old_status AND version = :old_version
        """,
        **_columns(new) | {"id": old.id, "old_status": old.status, "old_version": old.version},
    )
    return changed == 1


def reallocate(tx: Tx, old: Booking, new: Booking) -> bool:
    """Put what is sold anew (unit, times, party, extras, quote) in the place of what was, under the same condition as `swap` (R37)."""
    booking_list.forget(tx, old.id)
    changed = tx.run(
        """
        UPDATE bookings SET status = :status, unit = :unit, tariff = :tariff, start = :start, end = :end, arrival = :arrival,
            departure = :departure, guests = :guests, party = :party, extras = :extras, quote_id = :quote_id,
            catalog_version = :catalog_version, total = :total, deposit = :deposit, hold_expires_at = :hold_expires_at,
            kept_until = :kept_until, promised_by = :promised_by, before_minutes = :before_minutes,
            after_minutes = :after_minutes, decided_by = :decided_by, decided_at = :decided_at, reason = :reason,
            moves = :moves, updated_at = :updated_at, version = :version
        WHERE id = :id AND status = :old_status AND version = :old_version
        """,
        **_columns(new) | {"id": old.id, "old_status": old.status, "old_version": old.version},
    )
    return changed == 1


def get(tx: Tx, booking_id: int) -> Booking | None:
    row = tx.one("SELECT * FROM bookings WHERE id = :id", id=booking_id)
    return None if row is None else _booking(by_name(row))


def by_code(tx: Tx, code: str) -> Booking | None:
    row = tx.one("SELECT * FROM bookings WHERE code = :code", code=code)
    return None if row is None else _booking(by_name(row))


def code_is_used(tx: Tx, code: str) -> bool:
    return tx.one("SELECT 1 FROM bookings WHERE code = :code", code=code) is not None


def of_guest(tx: Tx, guest_id: int) -> list[Booking]:
    """All of one guest's bookings, newest first."""
    return [
        _booking(by_name(row))
        for row in tx.all("SELECT * FROM bookings WHERE guest_id = :guest_id ORDER BY id DESC", guest_id=guest_id)
    ]


def of_contact(tx: Tx, contact: str) -> list[Booking]:
    """All bookings made under one contact, newest first."""
    return [
        _booking(by_name(row))
        for row in tx.all("SELECT * FROM bookings WHERE contact = :contact ORDER BY id DESC", contact=contact)
    ]


def holds_alive_at(tx: Tx, moment: datetime) -> list[Booking]:
    """Holds with an end that had not come at that moment."""
    rows = tx.all(
        """
        SELECT * FROM bookings
        WHERE hold_expires_at > :moment AND status IN ('held', 'awaiting_payment', 'awaiting_owner') AND under_review = 0
        ORDER BY hold_expires_at, id
        """,
        moment=utc_text(moment),
    )
    return [_booking(by_name(row)) for row in rows]


def blocking_after(tx: Tx, unit: str, moment: datetime) -> list[Booking]:
    """Bookings of a unit that block and end after that moment, in order of start."""
    rows = tx.all(
        """
        SELECT * FROM bookings
        WHERE end > :moment AND unit = :unit
            AND status IN ('held', 'awaiting_payment', 'awaiting_owner', 'confirmed', 'in_house', 'completed')
        ORDER BY start, id
        """,
        moment=utc_text(moment),
        unit=unit,
    )
    return [_booking(by_name(row)) for row in rows]


def with_extras_on(tx: Tx, first: date, last: date) -> list[Booking]:
    """Bookings that block and have extras, whose local dates touch those from first to last, both inclusive."""
    rows = tx.all(
        """
        SELECT * FROM bookings
        WHERE end >= :since AND departure >= :first AND arrival < :last AND extras <> '{}'
            AND status IN ('held', 'awaiting_payment', 'awaiting_owner', 'confirmed', 'in_house', 'completed')
        """,
        # The local dates decide; the instants, wide enough for every zone, let the index find the rows.
        since=(first - timedelta(days=2)).isoformat(),
        first=first.isoformat(),
        last=(last + timedelta(days=1)).isoformat(),
    )
    return [_booking(by_name(row)) for row in rows]


def visits_ahead(tx: Tx, *, guest_id: int | None, contact: str | None, now: datetime) -> int:
    """How many confirmed visits this guest, or whoever has this contact, still has ahead."""
    count: int = tx.value(
        """
        SELECT count(*) FROM bookings
        WHERE (guest_id = :guest_id OR (:guest_id IS NULL AND contact = :contact)) AND status = 'confirmed' AND start > :now
        """,
        guest_id=guest_id,
        contact=contact,
        now=utc_text(now),
    )
    return count


def listing(tx: Tx, **wanted: Any) -> list[Booking]:
    """Bookings in order of start, by the filters of `booking_list.select`."""
    return [_booking(row) for row in booking_list.select(tx, **wanted)]


def everything(tx: Tx) -> list[Booking]:
    """All bookings, for the checks of `db check`; not for a request."""
    return [_booking(by_name(row)) for row in tx.all("SELECT * FROM bookings ORDER BY id")]


def add_note(tx: Tx, booking_id: int, *, at: datetime, actor: str, text: str) -> int:
    return tx.insert(
        "INSERT INTO booking_notes (booking_id, at, actor, text) VALUES (:booking_id, :at, :actor, :text)",
        booking_id=booking_id,
        at=utc_text(at),
        actor=actor,
        text=text,
    )


@dataclass(frozen=True, slots=True)
class Note:
    """What staff wrote about a booking, for themselves."""

    at: datetime
    actor: str
    text: str


def notes(tx: Tx, booking_id: int) -> list[Note]:
    rows = tx.all("SELECT * FROM booking_notes WHERE booking_id = :booking_id ORDER BY id", booking_id=booking_id)
    return [Note(from_utc_text(row["at"]), row["actor"], row["text"]) for row in rows]


def _columns(booking: Booking) -> dict[str, Any]:
    return {
        "code": booking.code,
        "unit": booking.unit,
        "tariff": booking.tariff,
        "status": str(booking.status),
        "start": utc_text(booking.start),
        "end": utc_text(booking.end),
        "arrival": booking.arrival.isoformat(timespec="minutes"),
        "departure": booking.departure.isoformat(timespec="minutes"),
        "guests": booking.guests,
        "party": _json(booking.party),
        "extras": _json(booking.extras),
        "answers": _json(booking.answers),
        "guest_id": booking.guest_id,
        "guest_name": booking.guest_name,
        "contact": booking.contact,
        "language": booking.language,
        "comment": booking.comment,
        "source": booking.source,
        "test": int(booking.test),
        "quote_id": booking.quote_id,
        "catalog_version": booking.catalog_version,
        "total": booking.total,
        "deposit": booking.deposit,
        "currency": booking.currency,
        "payment_method": booking.payment_method,
        "hold_expires_at": _text(booking.hold_expires_at),
        "hold_extended": int(booking.hold_extended),
        "under_review": int(booking.under_review),
        "kept_until": _text(booking.kept_until),
        "promised_by": _text(booking.promised_by),
        "before_minutes": booking.before // timedelta(minutes=1),
        "after_minutes": booking.after // timedelta(minutes=1),
        "decided_by": booking.decided_by,
        "decided_at": _text(booking.decided_at),
        "reason": booking.reason,
        "moves": booking.moves,
        "created_at": utc_text(booking.created_at),
        "updated_at": utc_text(booking.updated_at),
        "version": booking.version,
    }


def _booking(row: Mapping[str, Any]) -> Booking:
    return Booking(
        id=row["id"],
        code=row["code"],
        unit=row["unit"],
        tariff=row["tariff"],
        status=row["status"],
        start=from_utc_text(row["start"]),
        end=from_utc_text(row["end"]),
        arrival=datetime.fromisoformat(row["arrival"]),
        departure=datetime.fromisoformat(row["departure"]),
        guests=row["guests"],
        party=orjson.loads(row["party"]),
        extras=orjson.loads(row["extras"]),
        answers=orjson.loads(row["answers"]),
        guest_id=row["guest_id"],
        guest_name=row["guest_name"],
        contact=row["contact"],
        language=row["language"],
        comment=row["comment"],
        source=row["source"],
        test=bool(row["test"]),
        quote_id=row["quote_id"],
        catalog_version=row["catalog_version"],
        total=row["total"],
        deposit=row["deposit"],
        currency=row["currency"],
        payment_method=row["payment_method"],
        hold_expires_at=_instant(row["hold_expires_at"]),
        hold_extended=bool(row["hold_extended"]),
        under_review=bool(row["under_review"]),
        kept_until=_instant(row["kept_until"]),
        promised_by=_instant(row["promised_by"]),
        before=timedelta(minutes=row["before_minutes"]),
        after=timedelta(minutes=row["after_minutes"]),
        decided_by=row["decided_by"],
        decided_at=_instant(row["decided_at"]),
        reason=row["reason"],
        moves=row["moves"],
        created_at=from_utc_text(row["created_at"]),
        updated_at=from_utc_text(row["updated_at"]),
        version=row["version"],
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
