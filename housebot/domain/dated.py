"""Owns which dated rule wins on a night: prices and stay rules alike are put in the order of R12."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import combinations

from housebot.domain.catalog import DatedPrice, DateSpan, StayRule
from housebot.domain.period import covers, span_days

ALWAYS = 10**6  # days: the length of a rule without dates, longer than any period

# 28 years: every date of the year falls on every weekday.
_CYCLE = [date(2024, 1, 1) + timedelta(days=day) for day in range(28 * 1461 // 4)]

Rank = tuple[bool, bool, bool, int, int]


def rank(rule: DatedPrice | StayRule, night: date) -> Rank | None:
    """Where the rule stands on that night, the lowest wins; None where it says nothing (R12).

    Set by hand before the document, a single date before a period, with weekdays before without, shorter before longer,
    then the higher priority. Two rules of one kind with equal ranks refuse the document.
    """
    if rule.weekdays is not None and night.weekday() not in rule.weekdays:
        return None
    lengths = [span_days(span) for span in rule.dates if covers(span, night)]
    if rule.dates and not lengths:
        return None
    days = min(lengths, default=ALWAYS)
    by_hand = isinstance(rule, DatedPrice) and rule.by_hand
    return (not by_hand, days > 1, rule.weekdays is None, days, -rule.priority)


def concerns(rule: DatedPrice | StayRule, *, unit: str, tariff: str) -> bool:
    """Whether the rule speaks of this unit and tariff at all."""
    return (rule.units is None or unit in rule.units) and (rule.tariffs is None or tariff in rule.tariffs)


def ties(rules: Iterable[DatedPrice | StayRule]) -> Iterator[tuple[int, int, date]]:
    """Positions of two rules that would both decide a night with equal right, and the first such night (R12).

    The rules are of one kind: they all give an amount, or all a shortest stay.
    """
    nights = [(rule, _lengths(rule), _nights(rule)) for rule in rules]
    for (left, (first, lengths, its)), (right, (second, other_lengths, others)) in combinations(enumerate(nights), 2):
        if not (_meet(first.units, second.units) and _meet(first.tariffs, second.tariffs) and lengths & other_lengths):
            continue  # they never speak of the same stay, or the shorter period always decides
        candidates = its | others
        tied = [night for night in candidates if (one := rank(first, night)) and one == rank(second, night)]
        if tied:
            yield left, right, min(tied)


def _meet(first: frozenset[str] | None, second: frozenset[str] | None) -> bool:
    return first is None or second is None or bool(first & second)


def _lengths(rule: DatedPrice | StayRule) -> set[int]:
    return {span_days(span) for span in rule.dates} or {ALWAYS}


def _nights(rule: DatedPrice | StayRule) -> set[date]:
    """The nights on which the rule may decide; of rules without a year, enough to meet each other on every weekday."""
    if not rule.dates:
        return set(_CYCLE[:7])
    nights: set[date] = set()
    for span in rule.dates:
        if isinstance(span, DateSpan):
            nights.update(span.since + timedelta(days=day) for day in range((span.until - span.since).days))
        else:
            nights.update(day for day in _CYCLE if covers(span, day))
    return nights
