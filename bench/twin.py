"""The twin: `POST /bookings` and the month, as one would write them with FastAPI, SQLAlchemy and SQLite. It is never part of housebot.

    python twin.py FILE KEY PORT

The same guarantees (WAL, synchronous=FULL, one BEGIN IMMEDIATE around check and insert), the same questions asked: the key, the
body, the phone, the unit, the window, the dates with their cleaning, the price, the guest's holds; and the same rows left behind: the
booking, the quote it was sold by, what is due at its end, a row of audit. No line of log is asked of it. One uvicorn process. Writers
wait for each other in the process, which is faster than letting SQLite make them sleep.
"""

import calendar
import hashlib
import hmac
import json
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import phonenumbers
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ForeignKey, Index, create_engine, event, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

FILE, KEY = sys.argv[1], sys.argv[2]
ZONE = ZoneInfo("Europe/Minsk")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PRICE, CLEANING, WINDOW = 10_000, timedelta(hours=2), timedelta(days=365)
writing = threading.Lock()


class Base(DeclarativeBase):
    pass


class ApiKey(Base):
    __tablename__ = "api_keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    scopes: Mapped[str]


class Unit(Base):
    __tablename__ = "units"
    id: Mapped[str] = mapped_column(primary_key=True)
    capacity: Mapped[int]
    price: Mapped[int]


class Guest(Base):
    __tablename__ = "guests"
    id: Mapped[int] = mapped_column(primary_key=True)
    contact: Mapped[str] = mapped_column(unique=True)


class Quote(Base):
    __tablename__ = "quotes"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"))
    request: Mapped[str]
    price: Mapped[str]
    total: Mapped[int]
    deposit: Mapped[int]
    created_at: Mapped[str]
    expires_at: Mapped[str]


class Due(Base):
    __tablename__ = "due"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    due_at: Mapped[str] = mapped_column(index=True)
    __table_args__ = (Index("due_of_subject", "kind", "subject", unique=True),)


class Booking(Base):
    __tablename__ = "bookings"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"))
    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"), index=True)
    status: Mapped[str]
    start: Mapped[str]
    end: Mapped[str]
    busy_until: Mapped[str]
    guests: Mapped[int]
    total: Mapped[int]
    deposit: Mapped[int]
    quote_id: Mapped[int] = mapped_column(ForeignKey("quotes.id"))
    hold_expires_at: Mapped[str]
    __table_args__ = (Index("bookings_dates", "unit_id", "busy_until"),)


class Audit(Base):
    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    after: Mapped[str]


engine = create_engine(f"sqlite:///{FILE}", connect_args={"check_same_thread": False}, pool_size=96)
sessions = sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine, "connect")
def _settings(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def write() -> Iterator[Session]:
    """One writer at a time, one commit for each booking."""
    with writing, sessions() as session:
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        yield session
        session.commit()


def read() -> Iterator[Session]:
    with sessions() as session:
        yield session


def caller(session: Annotated[Session, Depends(read)], x_api_key: Annotated[str | None, Header()] = None) -> ApiKey:
    parts = (x_api_key or "").split("_", 2)
    found = session.get(ApiKey, int(parts[1])) if len(parts) == 3 and parts[1].isdigit() else None
    if found is None or not hmac.compare_digest(hashlib.sha256(parts[2].encode()).hexdigest(), found.digest):
        raise HTTPException(401, "unauthorized")
    return found


class Money(BaseModel):
    amount: int
    currency: str = "BYN"


class Line(BaseModel):
    code: str
    label: str
    quantity: int
    unit_price: Money
    amount: Money


class NewBooking(BaseModel):
    model_config = ConfigDict(extra="forbid")
    unit: Annotated[str, Field(min_length=1, max_length=64)]
    tariff: Annotated[str, Field(min_length=1, max_length=64)]
    start_date: date
    end_date: date
    number_of_guests: Annotated[int, Field(ge=1, le=99)]
    user_contact: Annotated[str, Field(pattern=r"^\+[0-9]{8,15}$")]
    comment: Annotated[str, Field(max_length=4000)] = ""


class Quoted(BaseModel):
    code: str
    lines: list[Line]
    total: Money
    deposit: Money
    expires_at: str


class Made(BaseModel):
    id: int
    code: str
    unit: str
    tariff: str
    status: str
    start: str
    end: str
    guests: int
    contact: str
    total: Money
    deposit: Money
    paid: Money
    due: Money
    hold_expires_at: str
    quote: Quoted


class Day(BaseModel):
    date: date
    state: str
    lowest_price: Money | None


class Month(BaseModel):
    unit: str
    year: int
    month: int
    days: list[Day]


app = FastAPI()


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@app.post("/api/v1/bookings", status_code=201)
def book(body: NewBooking, key: Annotated[ApiKey, Depends(caller)]) -> Made:
    if "book" not in key.scopes:
        raise HTTPException(403, "forbidden")
    contact = phonenumbers.parse(body.user_contact)
    if not phonenumbers.is_valid_number(contact):
        raise HTTPException(422, "contact_invalid")
    phone = phonenumbers.format_number(contact, phonenumbers.PhoneNumberFormat.E164)
    nights = (body.end_date - body.start_date).days
    start = datetime.combine(body.start_date, time(14), ZONE)
    end = datetime.combine(body.end_date, time(12), ZONE)
    if nights < 1 or start < NOW or end > NOW + WINDOW:
        raise HTTPException(422, "dates")
    with write() as session:
        unit = session.get(Unit, body.unit)
        if unit is None or body.tariff != "night":
            raise HTTPException(422, "unknown")
        if body.number_of_guests > unit.capacity:
            raise HTTPException(422, "max_guests")
        busy_until = utc(end + CLEANING)
        alive = (Booking.status == "confirmed") | (Booking.hold_expires_at > utc(NOW))
        overlapping = select(Booking.id).where(
            Booking.unit_id == unit.id, Booking.busy_until > utc(start), Booking.start < busy_until, alive
        )
        if session.scalar(overlapping.limit(1)) is not None:
            raise HTTPException(409, "dates_taken")
        guest = session.scalar(select(Guest).where(Guest.contact == phone))
        if guest is None:
            guest = Guest(contact=phone)
            session.add(guest)
            session.flush()
        held = select(func.count(Booking.id)).where(Booking.guest_id == guest.id, Booking.status == "held", alive)
        if (session.scalar(held) or 0) >= 2:
            raise HTTPException(409, "holds_limit")
        total = unit.price * nights
        lines = [
            Line(
                code="night",
                label="Nights",
                quantity=nights,
                unit_price=Money(amount=unit.price),
                amount=Money(amount=total),
            )
        ]
        quote = Quote(
            code=secrets.token_hex(5).upper(),
            guest_id=guest.id,
            request=body.model_dump_json(),
            price=json.dumps([line.model_dump() for line in lines]),
            total=total,
            deposit=total // 2,
            created_at=utc(NOW),
            expires_at=utc(NOW + timedelta(minutes=15)),
        )
        session.add(quote)
        session.flush()
        booking = Booking(
            code=secrets.token_hex(4).upper(),
            unit_id=unit.id,
            guest_id=guest.id,
            status="held",
            start=utc(start),
            end=utc(end),
            busy_until=busy_until,
            guests=body.number_of_guests,
            total=total,
            deposit=total // 2,
            quote_id=quote.id,
            hold_expires_at=utc(NOW + timedelta(hours=1)),
        )
        session.add(booking)
        session.flush()
        for kind, left in (("hold.expire", timedelta()), ("hold.last_call", timedelta(minutes=10))):
            at = utc(NOW + timedelta(hours=1) - left)
            session.add(Due(kind=kind, subject=f"booking:{booking.id}", due_at=at))
        after = json.dumps({"status": "held", "start": booking.start, "end": booking.end, "total": total})
        session.add(
            Audit(
                at=utc(NOW), actor=f"key:{key.id}", action="booking.hold", subject=f"booking:{booking.id}", after=after
            )
        )
    return Made(
        id=booking.id,
        code=booking.code,
        unit=booking.unit_id,
        tariff=body.tariff,
        status=booking.status,
        start=booking.start,
        end=booking.end,
        guests=booking.guests,
        contact=phone,
        total=Money(amount=total),
        deposit=Money(amount=booking.deposit),
        paid=Money(amount=0),
        due=Money(amount=booking.deposit),
        hold_expires_at=booking.hold_expires_at,
        quote=Quoted(
            code=quote.code,
            lines=lines,
            total=Money(amount=total),
            deposit=Money(amount=booking.deposit),
            expires_at=quote.expires_at,
        ),
    )


@app.get("/api/v1/availability/month/{year}/{month}")
def month_of(
    year: int,
    month: Annotated[int, Field(ge=1, le=12)],
    unit: str,
    session: Annotated[Session, Depends(read)],
    _: Annotated[ApiKey, Depends(caller)],
) -> Month:
    sold = session.get(Unit, unit)
    if sold is None:
        raise HTTPException(422, "unknown_unit")
    first, length = date(year, month, 1), calendar.monthrange(year, month)[1]
    since = utc(datetime.combine(first, time(), ZONE))
    until = utc(datetime.combine(first + timedelta(days=length), time(14), ZONE))
    alive = (Booking.status == "confirmed") | (Booking.hold_expires_at > utc(NOW))
    stays = session.execute(
        select(Booking.start, Booking.busy_until).where(
            Booking.unit_id == unit, Booking.busy_until > since, Booking.start < until, alive
        )
    ).all()
    days = []
    for number in range(length):
        day = first + timedelta(days=number)
        start = utc(datetime.combine(day, time(14), ZONE))
        end = utc(datetime.combine(day + timedelta(days=1), time(12), ZONE))
        taken = any(stay.start < end and stay.busy_until > start for stay in stays)
        state = "past" if day < NOW.astimezone(ZONE).date() else "full" if taken else "free"
        days.append(Day(date=day, state=state, lowest_price=Money(amount=sold.price) if state == "free" else None))
    return Month(unit=unit, year=year, month=month, days=days)


def fill() -> None:
    """200 houses let by the night, and the key that was said."""
    Base.metadata.create_all(engine)
    _, number, secret = KEY.split("_", 2)
    with write() as session:
        session.add(ApiKey(id=int(number), digest=hashlib.sha256(secret.encode()).hexdigest(), scopes="book"))
        session.add_all(Unit(id=f"u{house}", capacity=6, price=PRICE) for house in range(200))


if __name__ == "__main__":
    fill()
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[3]), access_log=False, log_level="warning", timeout_keep_alive=60
    )
