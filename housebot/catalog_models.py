"""Owns the shape of a catalog file: each section as a pydantic model whose fields carry the names of the canonical document.

A field's alias is the key an owner writes. Values arrive as TOML has them and leave as the canonical document wants them:
minor units, basis points, minutes, `14:00`, weekdays 0–6. `Context` goes along with each.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo

from housebot.domain.money import exponent, parse_amount, parse_percent
from housebot.domain.period import read_span, span_text
from housebot.errors import Refusal

LANGUAGES: tuple[Literal["ru", "en"], ...] = ("ru", "en")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
INCLUDED, OFFERED = "included", "offered"

_UNITS_OF_TIME = {
    "d": 1440,
    "day": 1440,
    "days": 1440,
    "h": 60,
    "hour": 60,
    "hours": 60,
    "m": 1,
    "min": 1,
    "minutes": 1,
}
_DURATION_PIECE = re.compile(r"\s*([0-9]{1,5})\s*([a-z]+)")
_MONTHS = re.compile(r"([0-9]{1,2}) ?months?")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_NIGHTS = re.compile(r"([0-9]{1,2}) ?nights?")


@dataclass(frozen=True, slots=True)
class Context:
    """What the head of the file says that other sections are read by."""

    currency: str
    languages: tuple[str, ...]


# ---- How people write values


def _context(info: ValidationInfo) -> Context:
    assert isinstance(info.context, Context)
    return info.context


def _amount(value: Any, info: ValidationInfo) -> int:
    currency = _context(info).currency
    text = _decimal_text(value, 'write an amount such as 600 or 600.50, or in quotes as "600,50"')
    if text.startswith("-"):
        raise ValueError("an amount cannot be negative")
    if isinstance(value, Decimal) and "." in text:
        text = text.rstrip("0").rstrip(".")
    try:
        return parse_amount(text, currency)
    except Refusal:
        digits = exponent(currency)
        few = f"at most {digits} digits after the point" if digits else "no digits after the point"
        raise ValueError(f"{text[:40]!r} is not an amount of {currency}: whole units, {few}") from None


def _percent(value: Any) -> int:
    text = _decimal_text(value, 'write a percent such as 15, 12.5 or "50%"')
    try:
        points = parse_percent(text)
    except Refusal:
        raise ValueError(f'{text[:40]!r} is not a percent; write 15, 12.5 or "50%"') from None
    if points > 10_000:
        raise ValueError(f"{text} is more than 100 %")
    return points


def _change(value: Any) -> int:
    text = _decimal_text(value, 'write a change such as 20, -10 or "+12.5%"').strip()
    sign = -1 if text.startswith(("-", "−")) else 1
    try:
        points = sign * parse_percent(text.lstrip("+-−"))
    except Refusal:
        raise ValueError(f'{text[:40]!r} is not a percent; write 20, -10 or "+12.5%"') from None
    if points < -10_000:
        raise ValueError("a price cannot fall by more than 100 %")
    return points


def _decimal_text(value: Any, hint: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError(hint)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _minutes(value: Any) -> int:
    hint = 'write a length such as "2h", "45m", "1h 30m" or "1 day"'
    if not isinstance(value, str) or not value.strip():
        raise ValueError(hint)
    text, total, position = value.strip().lower(), 0, 0
    while position < len(text):
        piece = _DURATION_PIECE.match(text, position)
        if piece is None or piece[2] not in _UNITS_OF_TIME:
            raise ValueError(f"{value[:40]!r} is not a length; {hint}")
        total += int(piece[1]) * _UNITS_OF_TIME[piece[2]]
        position = piece.end()
    return total


def _months(value: Any) -> int:
    found = _MONTHS.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or not 1 <= int(found[1]) <= 60:
        raise ValueError('write a number of months from 1 to 60, such as "6 months"')
    return int(found[1])


def _clock(value: Any) -> str:
    if isinstance(value, time) and value.tzinfo is None and not (value.second or value.microsecond):
        return value.strftime("%H:%M")
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError('write a time such as "14:00", from "00:00" to "23:59"')
    return f"{int(found[1]):02d}:{found[2]}"


def _closing(value: Any) -> str:
    return "00:00" if value == "24:00" else _clock(value)


def _weekday(text: Any) -> int:
    try:
        return WEEKDAYS.index(text.strip().lower())
    except (AttributeError, ValueError):
        raise ValueError(f"{text!r} is not a weekday; write {', '.join(WEEKDAYS)}") from None


def _weekdays(value: Any) -> list[int]:
    pieces = value.split(",") if isinstance(value, str) else value
    if not isinstance(pieces, list) or not pieces or not all(isinstance(piece, str) for piece in pieces):
        raise ValueError('write weekdays such as "mon", "mon-thu" or "fri, sat"')
    days: set[int] = set()
    for piece in pieces:
        first, dash, last = piece.partition("-")
        start = _weekday(first)
        end = _weekday(last) if dash else start
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return sorted(days)


def _weekday_pair(value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError('write arrival and departure, such as ["fri", "sun"]')
    return [_weekday(value[0]), _weekday(value[1])]


def _spans(value: Any) -> list[str]:
    return [_span(piece) for piece in (value if isinstance(value, list) else [value])]


def _span(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    try:
        return span_text(read_span(value.strip()))
    except (Refusal, AttributeError):
        raise ValueError(
            f'{str(value)[:40]!r} is not a date; write "2026-12-31", "2026-12-31..2027-01-02", "02-14" or "12-31..01-01"'
        ) from None


def _fixed_spans(value: Any) -> list[str]:
    spans = _spans(value)
    if any(span[4] != "-" for span in spans):
        raise ValueError('these dates need their year, such as "2026-12-31..2027-01-02"')
    return spans


def _days(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError('write a list of dates, such as ["2026-12-31", "2027-01-01"]')
    days = _fixed_spans(value)
    if any(".." in day for day in days):
        raise ValueError("write each day off by itself")
    return sorted(set(days))


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except Exception:  # whatever zoneinfo says of names, folders and files, it is no zone
        raise ValueError(f'{str(value)[:40]!r} is not a time zone; write one such as "Europe/Minsk"') from None


def _currency(value: Any) -> str:
    try:
        exponent(value)
    except (Refusal, TypeError):
        raise ValueError(f"{str(value)[:8]!r} is not a currency code; write one such as BYN, EUR or USD") from None
    return str(value)


def _fee(value: Any) -> dict[str, Any]:
    text = value.strip().lower() if isinstance(value, str) else ""
    if text == "deposit":
        return {"fee": "deposit"}
    if (nights := _NIGHTS.fullmatch(text)) and int(nights[1]) > 0:
        return {"fee": "nights", "value": int(nights[1])}
    if text.endswith("%"):
        return {"fee": "percent", "value": _percent(text)}
    raise ValueError('write a fee as "deposit", "50%" or "1 night"')


def _extra_price(value: Any, info: ValidationInfo) -> int | str:
    return value if value in {INCLUDED, OFFERED} else _amount(value, info)


def _price_by_basis(value: Any, info: ValidationInfo) -> int:
    return _percent(value) if info.data.get("basis") == "percent" else _amount(value, info)


def _words(limit: int) -> BeforeValidator:
    def check(value: Any, info: ValidationInfo) -> dict[str, str]:
        languages = _context(info).languages
        given = dict.fromkeys(languages, value) if isinstance(value, str) else value
        if not isinstance(given, dict) or not given:
            raise ValueError('write words in quotes, or by language: { ru = "...", en = "..." }')
        for language, text in given.items():
            if language not in languages:
                raise ValueError(f"{language!r} is not among the languages of this file: {', '.join(languages)}")
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"the words in {language!r} are missing")
            if len(text.strip()) > limit:
                raise ValueError(f"the words in {language!r} are longer than {limit} characters")
        return {language: given[language].strip() for language in languages if language in given}

    return BeforeValidator(check)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")]  # goes into 64 bytes of a Telegram button
Alias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Name = Annotated[dict[str, str], _words(60)]
Line = Annotated[dict[str, str], _words(300)]
LongText = Annotated[dict[str, str], _words(3500)]
Amount = Annotated[int, BeforeValidator(_amount)]
Percent = Annotated[int, BeforeValidator(_percent)]
Minutes = Annotated[int, BeforeValidator(_minutes)]
Months = Annotated[int, BeforeValidator(_months)]
Clock = Annotated[str, BeforeValidator(_clock)]
Weekdays = Annotated[list[int], BeforeValidator(_weekdays)]
Spans = Annotated[list[str], BeforeValidator(_spans)]
Count = Annotated[int, Field(ge=0, le=1000)]
Positive = Annotated[int, Field(ge=1, le=1000)]


class Shape(BaseModel):
    """Strict, and an unknown key is a mistake: a typing error must not silently change a price."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def given(self) -> dict[str, Any]:
        """What the owner wrote, under the names of the canonical document."""
        return self.model_dump(by_alias=False, exclude_unset=True, exclude_none=True)


# ---- Sections


class Head(Shape):
    """The keys above the first section."""

    name: Name
    currency: Annotated[str, BeforeValidator(_currency)]
    zone: Annotated[str, BeforeValidator(_zone)]
    languages: Annotated[list[Literal["ru", "en"]], Field(min_length=1)] = list(LANGUAGES)
    cap_at_longer_stay: bool = True
    gift_months: Months = Field(12, alias="gifts_valid")


class Desk(Shape):
    """`[desk]`"""

    opens: Clock = "08:00"
    closes: Annotated[str, BeforeValidator(_closing)] = "23:00"
    quiet_since: Clock = "22:00"
    quiet_until: Clock = "08:00"
    approval: Literal["after_payment", "before_payment", "none"] = "after_payment"
    quote_ttl_minutes: Minutes = Field(15, alias="quote_valid")
    max_future_visits: Positive | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] = ""
    payment_methods: list[Literal["bank", "cash"]] = ["bank"]
    example: bool = False


class Holds(Shape):
    """`[holds]`"""

    bank_transfer: Minutes = 120
    bank_transfer_soon: Minutes = 45
    soon: Minutes = 1440
    night_until: Clock = "09:00"
    extension: Minutes = 30
    after_refused_receipt: Minutes = 60
    receipt_renewal: Minutes = 720
    cash_hours: Positive = 12
    card_link: Minutes = 20
    card_link_more: Minutes = 10
    invoice: Minutes = 20
    invoice_more: Minutes = 5
    staff: Minutes = 1440
    counter_offer: Minutes = 1440
    change: Minutes = 120
    per_guest: Positive = 2
    new_per_day: Positive = 6


class Part(Shape):
    """`[[parts]]`"""

    id: Id
    name: Name


class WorkingHours(Shape):
    """A row of a unit's `working_hours`."""

    weekdays: Weekdays = Field(alias="days")
    opens: Clock
    closes: Annotated[str, BeforeValidator(_closing)]


class Unit(Shape):
    """`[[units]]`"""

    id: Id
    name: Name
    noun: Literal["house", "room", "sauna", "specialist"]
    parts: list[str] = []
    zone: Annotated[str, BeforeValidator(_zone)] | None = None
    capacity: Positive
    before: Minutes = 0
    cleaning: Minutes = 0
    window_months: Months = Field(6, alias="window")
    description: Line = {}
    address: Line = {}
    working_hours: list[WorkingHours] = []
    days_off: Annotated[list[str], BeforeValidator(_days)] = []
    aliases: list[Alias] = []
    damage_deposit: Amount = 0
    photos: list[str] = []


class AgeBand(Shape):
    """`[[age_bands]]`"""

    id: Id
    name: Name
    age_from: Annotated[int, Field(ge=0, le=120)]
    age_until: Annotated[int, Field(ge=1, le=120)] | None = None
    counts: bool = True
    adult: bool = False
    extra_price: Amount | None = None
    city_tax: bool = True


class Window(Shape):
    """A row of a tariff's `windows`."""

    since: Clock
    until: Annotated[str, BeforeValidator(_closing)]


class NightArrivals(Shape):
    """`night_arrivals` of a tariff."""

    since: Clock
    until: Clock
    book_before: Clock


class LengthDiscount(Shape):
    """A row of a nightly tariff's `length_discounts`."""

    nights: Positive = Field(alias="from_nights")
    percent: Percent


class Tariff(Shape):
    """`[[tariffs]]`"""

    id: Id
    kind: Literal["block", "nightly", "slot"]
    name: Name
    units: Annotated[list[str], Field(min_length=1)] | None = None  # left out: every unit
    price: Amount
    minutes: Minutes = Field(0, alias="length")
    short: Name = {}
    note: Line = {}
    aliases: list[Alias] = []
    active: bool = True
    extra_hour_price: Amount | None = None
    day_totals: Annotated[list[Amount], Field(min_length=2, max_length=366)] | None = None
    day_rounds_up_from: Annotated[int, Field(ge=1, le=24)] = 16
    usual_hours: list[Clock] = []
    check_in: Clock = "15:00"
    check_out: Clock = "12:00"
    step_minutes: Minutes = Field(30, alias="step")
    guests_included: Count = 0
    extra_guest_price: Amount = 0
    extra_guest_per: Literal["stay", "night"] = "stay"
    min_guests: Positive = 1
    meant_from: Count = 0
    max_guests: Positive | None = None
    weekdays: Weekdays | None = None
    weekday_pairs: list[Annotated[list[int], BeforeValidator(_weekday_pair)]] = []
    windows: list[Window] = []
    min_minutes: Minutes = Field(0, alias="min_stay")
    max_minutes: Minutes | None = Field(None, alias="max_stay")
    notice_minutes: Minutes = Field(0, alias="notice")
    same_day_cutoff: Clock | None = None
    night_arrival_cutoff: NightArrivals | None = Field(None, alias="night_arrivals")
    extras: dict[str, Annotated[int | str, BeforeValidator(_extra_price)]] = {}
    included_texts: Line = {}
    questions: list[str] = []
    length_discounts: list[LengthDiscount] = []
    giftable: bool = True
    damage_deposit: Amount | None = None


class Extra(Shape):
    """`[[extras]]`"""

    id: Id
    name: Name
    basis: Literal["stay", "night", "guest", "guest-night", "hour", "piece", "percent"] = Field(alias="per")
    price: Annotated[int, BeforeValidator(_price_by_basis)] | None = None
    taxable: bool = True
    discountable: bool = True
    refundable: bool = True
    stock_per_day: Positive | None = None
    aliases: list[Alias] = []
    stop_dates: Annotated[list[str], BeforeValidator(_fixed_spans)] = []
    description: Line = {}


class Fee(Extra):
    """`[[fees]]`: an extra nobody chooses."""

    price: Annotated[int, BeforeValidator(_price_by_basis)]
    tariffs: list[str] | None = None  # left out: every tariff


class DatedPrice(Shape):
    """`[[dated_prices]]`"""

    id: Id
    name: Name
    dates: Spans = []
    weekdays: Weekdays | None = None
    units: list[str] | None = None
    tariffs: list[str] | None = None
    amount: Amount | None = None
    percent: Annotated[int, BeforeValidator(_change)] | None = None
    per_date: Amount | None = None
    priority: Annotated[int, Field(ge=-100, le=100)] = 0


class StayRule(Shape):
    """`[[stay_rules]]`"""

    id: Id
    dates: Spans = []
    weekdays: Weekdays | None = None
    units: list[str] | None = None
    tariffs: list[str] | None = None
    min_nights: Positive | None = None
    max_nights: Positive | None = None
    strategy: Literal["arrival", "through", "gap"] = "through"
    closed_to_arrival: bool = False
    closed_to_departure: bool = False
    priority: Annotated[int, Field(ge=-100, le=100)] = 0


class Tax(Shape):
    """`[[taxes]]`"""

    id: Id
    name: Name
    percent: Percent
    included: bool = True


class CityTax(Shape):
    """`[city_tax]`"""

    name: Name
    amount: Amount
    max_nights: Positive | None = None


class Holiday(Shape):
    """A row of a deposit's `full_on`."""

    dates: Spans
    name: Name


class Deposit(Shape):
    """`[[deposits]]`"""

    fixed: Amount | None = None
    percent: Percent | None = None
    first_nights: Positive | None = None
    full_on: list[Holiday] = []
    balance_days: Positive | None = None
    units: list[str] | None = None
    tariffs: list[str] | None = None


class CancellationTier(Shape):
    """A row of `cancellation.tiers`."""

    before_minutes: Minutes = Field(alias="before")
    fee: Annotated[dict[str, Any], BeforeValidator(_fee)]


class Cancellation(Shape):
    """`[cancellation]`"""

    tiers: list[CancellationTier] = []
    moves_allowed: Count = 0
    words: Line = {}


class Option(Shape):
    """A row of a question's `options`."""

    id: Id
    text: Name


class Question(Shape):
    """`[[questions]]`"""

    id: Id
    text: Line
    kind: Literal["text", "choice"]
    required: bool = False
    min_length: Count = 0
    max_length: Annotated[int, Field(ge=1, le=1000)] = 500
    options: list[Option] = []


# The keys of `[texts]`; beside them `guide-<id of an extra>`, sent to those who booked it.
TEXTS = ("welcome", "about", "rules", "route", "map_url", "arrival", "consent")


def keys(shape: type[Shape]) -> list[str]:
    """The keys an owner may write in that section."""
    return [field.alias or name for name, field in shape.model_fields.items()]


def is_currency(value: Any) -> bool:
    """Whether it is a currency code we know."""
    try:
        _currency(value)
    except ValueError:
        return False
    return True
