"""Owns what it means to change a stay that was sold: a shift or only more of it, whose permission it needs, the price line by line (R37, M11)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from housebot.domain.catalog import CancellationPolicy, Kind
from housebot.domain.money import percent_of
from housebot.domain.period import Period
from housebot.domain.pricing import Line
from housebot.domain.stay import Stay
from housebot.errors import Refusal

ON_THE_BALANCE = 2000  # basis points of the old total: a change that adds no more is paid with the balance (UX c)


class Dates(StrEnum):
    """What becomes of the time of a stay."""

    SAME = "same"
    LONGER = "longer"  # earlier, later or both, and all of the old time is kept
    SHORTER = "shorter"
    SHIFT = "shift"  # some of the old time is given back for other time: what a move is


def dates_of(old: Period, new: Period) -> Dates:
    """How the new time lies to the old one. By what is given back and not by the length, so that an hour more hides no move."""
    if old == new:
        return Dates.SAME
    if new.start <= old.start and old.end <= new.end:
        return Dates.LONGER
    if old.start <= new.start and new.end <= old.end:
        return Dates.SHORTER
    return Dates.SHIFT


def check_moves(policy: CancellationPolicy, *, made: int) -> None:
    """The guest has a move left, else `forbidden` with the reason `moves_used`."""
    if made >= policy.moves_allowed:
        raise Refusal("forbidden", reason="moves_used", allowed=policy.moves_allowed, made=made)


def check_shift_length(old: Stay, new: Stay) -> None:
    """A moved stay is no longer than the larger of its old length and its tariff's, else `max_stay`; of nights the old number."""
    if new.tariff.kind is Kind.NIGHTLY:
        most, asked, measure = len(old.nights), len(new.nights), "nights"
    else:
        most, asked, measure = max(old.hours, -(-new.tariff.minutes // 60)), new.hours, "hours"
    if asked > most:
        raise Refusal("max_stay", most=most, asked=asked, measure=measure)


def check_own_change(old: Stay, new: Stay) -> None:
    """What a guest changes alone gives no time back: a shorter stay, another unit or option is agreed with the owner.

    Else somebody leaves six of seven nights on the last evening and has paid no fee for it. `forbidden`, reason `with_owner`.
    """
    if new.tariff.kind is Kind.NIGHTLY:
        shorter = len(new.nights) < len(old.nights)
    else:
        shorter = new.departure - new.arrival < old.departure - old.arrival
    if shorter or (new.unit.id, new.tariff.id) != (old.unit.id, old.tariff.id):
        raise Refusal("forbidden", reason="with_owner")


def check_under_way(old: Stay, new: Stay) -> None:
    """Whoever is in the house stays longer, nothing else: `forbidden`, reason `under_way`, whoever asks."""
    same = (new.start, new.unit.id, new.tariff.id, new.party, new.extras) == (
        old.start,
        old.unit.id,
        old.tariff.id,
        old.party,
        old.extras,
    )
    if not same or new.end <= old.end:
        raise Refusal("forbidden", reason="under_way")


def needs_prepayment(old_total: int, new_total: int) -> bool:
    """Whether the change adds more than may wait for the balance."""
    return new_total - old_total > percent_of(old_total, ON_THE_BALANCE)


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line of a price that came, went or became another; `amount` is the signed difference in minor units."""

    was: Line | None
    now: Line | None

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        return "added" if self.was is None else "removed" if self.now is None else "changed"

    @property
    def line(self) -> Line:
        """The one that names it."""
        line = self.now or self.was
        assert line is not None, "a change has a line"
        return line

    @property
    def amount(self) -> int:
        return (self.now.amount if self.now else 0) - (self.was.amount if self.was else 0)


def line_changes(was: Sequence[Line], now: Sequence[Line]) -> tuple[LineChange, ...]:
    """Every line that is not as it was, in the order of the new price; their amounts sum to the difference of the totals."""
    return tuple(_changes(was, now))


def _changes(was: Sequence[Line], now: Sequence[Line]) -> Iterator[LineChange]:
    codes = dict.fromkeys([line.code for line in now] + [line.code for line in was])
    for code in codes:
        old = [line for line in was if line.code == code]
        new = [line for line in now if line.code == code]
        for line in list(new):
            if line in old:
                old.remove(line)
                new.remove(line)
        for before, after in zip_longest(old, new):
            yield LineChange(before, after)
