"""Owns what is sold and said: units made of parts, tariffs, extras, dated prices, stay rules, policies, questions and texts.

These are values only. A document is read and judged by `housebot.catalog_file`, stored in canonical JSON and turned into
these values by `housebot.domain.catalog_document`. Money is in minor units of `Catalog.currency`, percents in basis
points, lengths in minutes unless the name says otherwise.
"""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from housebot.domain.spans import DateSpan as DateSpan  # noqa: PLC0414  part of a catalog for whoever asks here
from housebot.domain.spans import Recurring as Recurring  # noqa: PLC0414

Text = dict[str, str]  # language ("ru", "en") -> words
Named = TypeVar("Named", "Unit", "Tariff", "Extra")


def say(text: Text, language: str, default: str = "") -> str:
    """The words in that language, else in any language there is, else `default`."""
    return text.get(language) or next(iter(text.values()), default)


class Kind(StrEnum):
    """How a tariff is sold: hours with extra hours, dated nights, or a service of N minutes."""

    BLOCK = "block"
    NIGHTLY = "nightly"
    SLOT = "slot"


@dataclass(frozen=True, slots=True)
class Part:
    """The smallest thing two guests cannot share (R39)."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Unit:
    """What is rented or booked: it occupies all its parts while somebody has it."""

    id: str
    name: Text
    noun: str  # "house", "room", "specialist", "sauna": the texts choose words by it
    parts: tuple[str, ...]
    zone: ZoneInfo
    capacity: int  # guests, infants apart
    before: timedelta  # preparation before a stay (R6), normally zero
    cleaning: timedelta  # the gap needed after a stay (R6)
    window_months: int  # arrival and departure at most this far ahead (R8)
    description: Text = field(default_factory=dict)
    address: Text = field(default_factory=dict)
    working_hours: tuple["WorkingHours", ...] = ()  # slot tariffs: when this specialist works; empty: always
    days_off: tuple[date, ...] = ()
    aliases: tuple[str, ...] = ()
    damage_deposit: int = 0  # given on arrival, given back after check-out: never part of the price (R54)
    photos: tuple[str, ...] = ()  # file names beside the document, or Telegram file ids set by hand


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Open hours on some weekdays (0 = Monday), local time; a break is a gap between two rows."""

    weekdays: frozenset[int]
    opens: time
    closes: time  # 00:00 means the end of the day


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """A stay must lie inside one such local window; `until` at or before `since` means the next day (R11)."""

    since: time
    until: time


@dataclass(frozen=True, slots=True)
class AgeBand:
    """A kind of guest: `adult`, `child`, `infant`; ages in whole years at arrival, upper bound exclusive."""

    id: str
    name: Text
    age_from: int
    age_until: int | None = None
    counts: bool = True  # False: outside capacity (infants, R25)
    adult: bool = False
    extra_price: int | None = None  # per extra guest of this band; None: the tariff's extra_guest_price
    city_tax: bool = True  # False: exempt (R27)


@dataclass(frozen=True, slots=True)
class Tariff:
    """One way to book: a price for a length of time on some units.

    `price` is per stay of `minutes` (block), per night (nightly) or per slot (slot).
    """

    id: str
    kind: Kind
    name: Text
    units: tuple[str, ...]
    price: int
    minutes: int = 0  # block: the hours the price covers; slot: the length of the service
    short: Text = field(default_factory=dict)  # for buttons and headings; empty: the name
    note: Text = field(default_factory=dict)  # one line on what makes it different
    aliases: tuple[str, ...] = ()
    active: bool = True
    # block
    extra_hour_price: int | None = None  # None: no longer than `minutes`
    day_totals: tuple[int, ...] = ()  # totals of 1, 2, … whole days; empty: not sold for several days
    day_rounds_up_from: int = 16  # hours of an unfinished day that count as a whole one
    usual_hours: tuple[time, ...] = ()  # shown first in the hour picker; the first that suits is the one offered
    # nightly
    check_in: time = time(15)
    check_out: time = time(12)
    # slot
    step_minutes: int = 30
    # guests (R25)
    guests_included: int = 0  # 0: every guest is included
    extra_guest_price: int = 0
    extra_guest_per: Literal["stay", "night"] = "stay"
    min_guests: int = 1
    meant_from: int = 0  # "meant from 3 guests, fewer may take it"; only said
    max_guests: int | None = None  # None: the unit's capacity
    # stay rules of the tariff itself
    weekdays: frozenset[int] | None = None  # allowed arrival weekdays, 0 = Monday; None: all
    weekday_pairs: tuple[tuple[int, int], ...] = ()  # allowed (arrival, departure) weekdays; empty: all
    windows: tuple[TimeWindow, ...] = ()  # the stay must lie inside one (R11)
    min_minutes: int = 0  # shortest stay, wall-clock
    max_minutes: int | None = None
    notice_minutes: int = 0  # between now and check-in (R8)
    same_day_cutoff: time | None = None  # nightly: last local time of the arrival day to book it
    night_arrival_cutoff: "NightArrival | None" = None
    # extras: id -> price of this tariff in minor units, 0 = included; an id that is missing is not offered
    extras: dict[str, int] = field(default_factory=dict)
    included_extras: frozenset[str] = frozenset()  # offered at 0 and always part of the stay
    included_texts: Text = field(default_factory=dict)  # "wine, transfer, no contract"
    questions: tuple[str, ...] = ()
    # length-of-stay discounts of nightly tariffs: (nights, basis points), exclusive (R24)
    length_discounts: tuple[tuple[int, int], ...] = ()
    giftable: bool = True
    damage_deposit: int | None = None  # instead of the unit's; 0: none


@dataclass(frozen=True, slots=True)
class NightArrival:
    """Arrivals in the night hours must be booked before an evening hour of the day before their night."""

    since: time  # 23:00
    until: time  # 09:00
    book_before: time  # 21:00


class Basis(StrEnum):
    """What one unit of an extra or fee is multiplied by (R26)."""

    STAY = "stay"
    NIGHT = "night"
    GUEST = "guest"
    GUEST_NIGHT = "guest-night"
    HOUR = "hour"
    PIECE = "piece"
    PERCENT = "percent"  # of the accommodation price; `price` is basis points


@dataclass(frozen=True, slots=True)
class Extra:
    """Something beside the stay: chosen by the guest, or mandatory and then called a fee.

    A tariff offers, or for a fee charges, what stands in its own `extras`, at the price that stands there.
    """

    id: str
    name: Text
    basis: Basis
    price: int = 0  # the usual price; tariffs carry their own
    mandatory: bool = False
    taxable: bool = True
    discountable: bool = True
    refundable: bool = True
    stock_per_day: int | None = None  # how many may be out on one local day
    aliases: tuple[str, ...] = ()  # words of guests: баня, сауна, парилка
    stop_dates: tuple["DateSpan", ...] = ()  # "sauna broken": sold without it on these dates
    description: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """A price for some nights or dates. Exactly one of amount, percent and per_date is set (R12).

    `amount` replaces the base per night; `percent` in basis points is a signed change of what the next rule gives (+2000
    is a fifth more); `per_date` is a sum for each dated date of a block stay (New Year), the rest of its hours being
    priced as usual.
    """

    id: str
    name: Text
    dates: tuple[DateSpan | Recurring, ...] = ()  # empty: always, such as every weekend
    weekdays: frozenset[int] | None = None
    units: frozenset[str] | None = None
    tariffs: frozenset[str] | None = None
    amount: int | None = None
    percent: int | None = None
    per_date: int | None = None
    priority: int = 0
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class ExtraStop:
    """Dates on which an extra cannot be had, said by hand; without a unit: wherever it is sold."""

    extra: str
    dates: DateSpan
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class StayRule:
    """Limits on some nights; None where it says nothing (R10, R11)."""

    id: str
    dates: tuple[DateSpan | Recurring, ...] = ()  # empty: always
    weekdays: frozenset[int] | None = None
    units: frozenset[str] | None = None
    tariffs: frozenset[str] | None = None
    min_nights: int | None = None
    max_nights: int | None = None
    strategy: Literal["arrival", "through", "gap"] = "through"
    closed_to_arrival: bool = False
    closed_to_departure: bool = False
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on the price; `included` taxes are shown beside the lines, others are added (R22)."""

    id: str
    name: Text
    percent: int  # basis points
    included: bool = True


@dataclass(frozen=True, slots=True)
class CityTax:
    """Per guest and night (R27); never discounted, never in the deposit."""

    name: Text
    amount: int
    max_nights: int | None = None


@dataclass(frozen=True, slots=True)
class DepositPolicy:
    """What is paid to book (R28). One of fixed, percent, first_nights is set; all None: no deposit."""

    fixed: int | None = None
    percent: int | None = None  # basis points of total − city tax
    first_nights: int | None = None
    holidays: tuple[DateSpan | Recurring, ...] = ()  # 100 % when any date of the stay is one
    holiday_names: tuple[Text, ...] = ()  # same order as holidays
    balance_days: int | None = None  # the rest is due so many days before arrival: who books later pays all at once
    units: frozenset[str] | None = None
    tariffs: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class CancellationTier:
    """When cancelled at least `before` the check-in, this is the fee (R53); all matching tiers are judged, the lowest fee applies."""

    before_minutes: int  # 0: until check-in
    fee: Literal["percent", "deposit", "nights"]
    value: int = 0  # basis points, or nights


@dataclass(frozen=True, slots=True)
class CancellationPolicy:
    """Data, not code; frozen in the booking."""

    tiers: tuple[CancellationTier, ...] = ()
    moves_allowed: int = 0
    words: Text = field(default_factory=dict)  # "The prepayment is not refunded; you may move the dates once."


@dataclass(frozen=True, slots=True)
class Question:
    """Something the guest is asked before the summary."""

    id: str
    text: Text
    kind: Literal["text", "choice"]
    required: bool = False
    min_length: int = 0
    max_length: int = 500
    options: tuple[tuple[str, Text], ...] = ()  # id, words


@dataclass(frozen=True, slots=True)
class Holds:
    """How long dates are kept, in minutes, and how many holds one guest may have (R32, R40, UX 6)."""

    bank_transfer: int = 120
    bank_transfer_soon: int = 45  # check-in within `soon`
    soon: int = 24 * 60
    night_until: time = time(9)  # an end inside quiet hours moves here, when check-in is further away than `soon`
    extension: int = 30  # once
    after_refused_receipt: int = 60
    receipt_renewal: int = 12 * 60
    cash_hours: int = 12
    card_link: int = 20
    card_link_more: int = 10  # once, while the provider still waits for the money
    invoice: int = 20  # in Telegram
    invoice_more: int = 5  # once, when the guest has said yes to it
    staff: int = 24 * 60
    counter_offer: int = 24 * 60  # what the desk offers instead waits so long for the guest's answer
    change: int = 2 * 60  # a change that has to be paid first
    per_guest: int = 2
    new_per_day: int = 6


@dataclass(frozen=True, slots=True)
class Desk:
    """How the desk as a whole behaves."""

    opens: time = time(8)
    closes: time = time(23)
    quiet_since: time = time(22)
    quiet_until: time = time(8)
    approval: Literal["after_payment", "before_payment", "none"] = "after_payment"
    quote_ttl_minutes: int = 15
    max_future_visits: int | None = None  # salon: visits one guest may have ahead
    phone: str = ""
    payment_methods: tuple[Literal["bank", "cash"], ...] = ("bank",)
    example: bool = False  # the shipped example: doctor says so while its address and texts are still these


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything of one version of the document."""

    version: int
    name: Text
    currency: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    parts: tuple[Part, ...]
    units: tuple[Unit, ...]
    tariffs: tuple[Tariff, ...]
    extras: tuple[Extra, ...]
    bands: tuple[AgeBand, ...]
    dated_prices: tuple[DatedPrice, ...] = ()
    stay_rules: tuple[StayRule, ...] = ()
    taxes: tuple[Tax, ...] = ()
    city_tax: CityTax | None = None
    deposits: tuple[DepositPolicy, ...] = ()  # the first that fits unit and tariff
    cancellation: CancellationPolicy = CancellationPolicy()
    questions: tuple[Question, ...] = ()
    holds: Holds = Holds()
    desk: Desk = Desk()
    cap_at_longer_stay: bool = True  # R24
    gift_months: int = 12  # how long a new gift may be used
    texts: dict[str, Text] = field(
        default_factory=dict
    )  # welcome, about, rules, route, arrival, consent, guide-<extra>
    stops: tuple[ExtraStop, ...] = ()  # a desk row above the document, and in none: put on the catalog that is in force
    _found: dict[tuple[str, str], Any] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )  # by noun and id

    def unit(self, unit_id: str) -> Unit | None:
        """By id or alias, case-folded."""
        return self._named("units", self.units, unit_id)

    def tariff(self, tariff_id: str) -> Tariff | None:
        """By id or alias, case-folded; inactive ones too, so that old bookings keep their words."""
        return self._named("tariffs", self.tariffs, tariff_id)

    def extra(self, extra_id: str) -> Extra | None:
        """By id or alias, case-folded."""
        return self._named("extras", self.extras, extra_id)

    def question(self, question_id: str) -> Question | None:
        """By id."""
        return next((question for question in self.questions if question.id == question_id), None)

    def tariffs_of(self, unit_id: str) -> tuple[Tariff, ...]:
        """The active tariffs that sell this unit, in document order."""
        return tuple(tariff for tariff in self.tariffs if tariff.active and unit_id in tariff.units)

    def _named(self, noun: str, things: tuple[Named, ...], name: str) -> Named | None:
        """By its id to the letter, as nearly always, it was found before: a desk may have hundreds of units."""
        found: Named | None = self._found.get((noun, name))
        if found is None:
            found = next((thing for thing in things if thing.id == name), None)
            if found is None:
                return _otherwise_named(things, name)
            self._found[noun, name] = found
        return found


def _otherwise_named(things: tuple[Named, ...], name: str) -> Named | None:
    wanted = name.casefold()
    return next(
        (thing for thing in things if thing.id.casefold() == wanted or wanted in map(str.casefold, thing.aliases)), None
    )
