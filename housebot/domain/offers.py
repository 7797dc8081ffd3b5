"""Owns what is proposed to somebody who knows when, how long and how many, and should not have to know tariffs (UX 2a, M2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog, DatedPrice, Extra, Kind, Tariff, Text, Unit, say
from housebot.domain.market import Market
from housebot.domain.money import plain
from housebot.domain.occupancy import Busy, timeline
from housebot.domain.pricing import Price, price
from housebot.domain.stay import Stay, StayRequest, resolve, stopped
from housebot.errors import Refusal

MOST = 4
USUAL_DAYS = 2  # "several days" before anybody said how many

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_DAY_HOURS = 24
# When a tariff names no usual hour that suits: an evening, a day, a few hours.
_EVENINGS = (time(20), time(21), time(19), time(22), time(18))
_AFTERNOONS = (time(16), time(14), time(18), time(15), time(12))
_DAYTIMES = (time(12), time(14), time(11), time(15), time(10), time(16))
_EVENING_SINCE = time(17)
_OF_THE_PARTY = frozenset({"invalid", "no_adult", "unknown_extra"})  # no tariff and no hour would help
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # for a grid that nobody's clock cuts


class Shape(StrEnum):
    """How long somebody wants to stay, before hours are chosen."""

    EVENING = "evening"  # an evening and a night, until the morning
    DAY = "day"
    DAYS = "days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Offer:
    """A stay that may be booked as it is: when, for how much, and one line on what makes it different.

    `additions` are extras it does not have and others among the offers do: id and price.
    """

    tariff: Tariff
    request: StayRequest
    price: Price
    extra_note: Text
    additions: tuple[tuple[str, int], ...] = ()
    stay: Stay | None = None


def offers(
    catalog: Catalog,
    *,
    unit: str,
    day: date,
    shape: Shape | None,
    party: Mapping[str, int],
    wishes: Iterable[str],
    busy: Sequence[Busy],
    now: datetime,
    hand_prices: Sequence[DatedPrice] = (),
    nights: int | None = None,
    at: time | None = None,
) -> list[Offer]:
    """At most four stays that begin on that local date, cheapest first; shape None looks at an evening and at a day.

    Each has its wishes, passes the stay rules and is free. Dominated ones are hidden: another offer gives as much and as
    long for no more money. An empty list says that nothing fits; invalid, no_adult and unknown_extra that nothing could. `nights` is how many days or nights were asked for, `at` the hour of arrival if one was named.
    """
    found = catalog.unit(unit)
    if found is None:
        raise Refusal("unknown_unit", unit=unit[:40])
    wanted = dict.fromkeys(wishes, 1)
    offered = []
    for tariff in catalog.tariffs_of(found.id):
        for request in _requests(catalog, found, tariff, day, shape, nights, at):
            asked = replace(request, party=dict(party), extras=wanted)
            offer = _offer(catalog, asked, busy, now, hand_prices)
            if offer is not None:
                offered.append(offer)
                break  # one time for each tariff: exact hours come later
    return best(offered, catalog)


def best(offered: Iterable[Offer], catalog: Catalog) -> list[Offer]:
    """The at most four worth showing, of one unit or of several, cheapest first, with their notes."""
    ordered = sorted(
        offered, key=lambda offer: (offer.price.total, -_length(offer), offer.tariff.id, offer.request.unit)
    )
    kept: list[Offer] = []
    for offer in ordered:
        if not any(_dominates(other, offer) for other in kept):
            kept.append(offer)
    kept = kept[:MOST]
    return [_with_note(catalog, offer, kept) for offer in kept]


def _requests(
    catalog: Catalog,
    unit: Unit,
    tariff: Tariff,
    day: date,
    shape: Shape | None,
    nights: int | None,
    at: time | None,
) -> Iterator[StayRequest]:
    """The times at which this tariff would suit, the most usual first."""
    if tariff.kind is Kind.NIGHTLY:
        if shape is not Shape.HOURS:
            count = nights or (USUAL_DAYS if shape is Shape.DAYS else 1)
            midnight = datetime.combine(day, time(0))
            yield StayRequest(unit.id, tariff.id, midnight, midnight + count * _DAY, {})
        return
    if tariff.kind is Kind.SLOT:
        if shape in {None, Shape.HOURS}:
            yield from _slots(catalog, unit, tariff, day, at)
        return
    hours = -(-tariff.minutes // 60)
    for arrival in _arrivals(tariff, day, shape, hours, at):
        for departure in _departures(tariff, arrival, shape, hours, nights):
            yield StayRequest(unit.id, tariff.id, arrival, departure, {})


def _slots(catalog: Catalog, unit: Unit, tariff: Tariff, day: date, at: time | None) -> Iterator[StayRequest]:
    # Who is free is judged with every offer; here the grid alone is asked.
    for start, _ in Market(catalog, unit, tariff, (), _LONG_AGO).slot_starts(day):
        if at is None or start.time() == at:
            yield StayRequest(unit.id, tariff.id, start, start, {})


def _arrivals(tariff: Tariff, day: date, shape: Shape | None, hours: int, at: time | None) -> list[datetime]:
    """Local arrival times to try for a block tariff, in the order they suit the shape."""
    if at is not None:
        return [datetime.combine(day, at)]
    usual = list(tariff.usual_hours)
    if hours >= _DAY_HOURS:
        times = [*usual, *_AFTERNOONS]
    elif shape is Shape.HOURS:
        times = [*(hour for hour in usual if hour < _EVENING_SINCE), *_DAYTIMES]
    else:
        times = [*(hour for hour in usual if hour >= _EVENING_SINCE), *_EVENINGS]
    return [datetime.combine(day, hour) for hour in dict.fromkeys(times)]


def _departures(
    tariff: Tariff, arrival: datetime, shape: Shape | None, hours: int, days: int | None
) -> Iterator[datetime]:
    """Local departures that give the shape: the tariff's hours, whole days, or what the tariff's window leaves."""
    if shape is Shape.DAYS or (days or 1) > 1:
        if tariff.day_totals:
            yield arrival + (days or USUAL_DAYS) * _DAY
        return
    if shape is Shape.DAY and hours < _DAY_HOURS:
        return
    if shape is Shape.HOURS and hours >= _DAY_HOURS:
        return
    until = arrival + hours * _HOUR
    for since, closes in stay_rules.windows_around(arrival.date(), tariff.windows):
        if since <= arrival < closes:
            until = min(until, closes)
    yield until


def _offer(
    catalog: Catalog, request: StayRequest, busy: Sequence[Busy], now: datetime, hand_prices: Sequence[DatedPrice]
) -> Offer | None:
    try:
        stay = resolve(catalog, request)
        stay_rules.check(catalog, stay, now=now, busy=busy)
        if not timeline(stay.unit, busy, now).free(stay.start, stay.end):
            return None
        found = price(catalog, stay, hand_prices=hand_prices)
    except Refusal as refusal:
        if refusal.code in _OF_THE_PARTY or not any(request.party.values()):
            raise
        return None
    # Exact times instead of a date or a doubled arrival, so that the request can be shown as it is.
    exact = replace(request, arrival=stay.arrival, departure=stay.departure)
    return Offer(stay.tariff, exact, found, {}, stay=stay)


def _dominates(other: Offer, offer: Offer) -> bool:
    """Whether the other gives as long, as much and more for no more money; equal twins hide each other once."""
    if other.request.unit != offer.request.unit or other.tariff.kind is not offer.tariff.kind:
        return False
    if offer.tariff.kind is Kind.SLOT:  # a service is not a longer or shorter one
        return False
    covers = other.request.arrival <= offer.request.arrival and other.request.departure >= offer.request.departure
    return (
        other.price.total <= offer.price.total
        and covers
        and _gives(other) >= _gives(offer)
        and (bool(other.tariff.included_texts) or not offer.tariff.included_texts)
    )


def _gives(offer: Offer) -> frozenset[str]:
    assert offer.stay is not None
    return frozenset(offer.stay.all_extras())


def _length(offer: Offer) -> timedelta:
    return offer.request.departure - offer.request.arrival


def _with_note(catalog: Catalog, offer: Offer, shown: Sequence[Offer]) -> Offer:
    """The offer with its one line: what it is, what it includes beyond the others, and what they include and it adds for money."""
    others = {extra for other in shown if other is not offer for extra in _included(other)}
    additions = tuple(
        (extra.id, offer.tariff.extras[extra.id])
        for extra in catalog.extras
        if extra.id in others
        and extra.id in offer.tariff.extras
        and extra.id not in _gives(offer)
        and not _stopped(catalog, extra, offer)
    )
    note = {language: _note(catalog, offer, additions, language) for language in catalog.languages}
    return replace(offer, extra_note=note, additions=additions)


def _stopped(catalog: Catalog, extra: Extra, offer: Offer) -> bool:
    assert offer.stay is not None
    return stopped(catalog, extra, offer.stay.unit.id, offer.stay.dates)


def _included(offer: Offer) -> frozenset[str]:
    assert offer.stay is not None
    return frozenset(offer.stay.included)


def _note(catalog: Catalog, offer: Offer, additions: Sequence[tuple[str, int]], language: str) -> str:
    parts = [say(offer.tariff.note, language), say(offer.tariff.included_texts, language)]
    for extra_id, amount in additions:
        extra = catalog.extra(extra_id)  # noqa: S610  no Django here
        if extra is not None and amount:
            parts.append(f"{say(extra.name, language).lower()} +{plain(amount, catalog.currency)}")
    return ", ".join(part for part in parts if part)
