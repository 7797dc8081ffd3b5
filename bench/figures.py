"""Owns what a measure says: a ratio of two medians beside its target, and the table all of them are printed in."""

import operator
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Bound = Literal["≤", "≥"]
_HOLDS: dict[Bound, Callable[[float, float], bool]] = {"≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured ratio (or count, or size) and what it was asked to be; without a target it is told for comparison."""

    what: str
    value: float
    bound: Bound = "≤"
    target: float | None = None
    unit: str = "×"
    detail: str = ""  # the two medians, in words

    @property
    def met(self) -> bool:
        return self.target is None or _HOLDS[self.bound](self.value, self.target)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; the quick one shows that the measures work, not how fast anything is."""

    quick: bool = False

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 5

    def of(self, full: int, quick: int) -> int:
        return quick if self.quick else full


def interleaved(rounds: int, **ways: Callable[[], float]) -> dict[str, list[float]]:
    """What each way took in each round. They take turns, so that a busy neighbour disturbs all of them alike."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        names = list(ways) if turn % 2 == 0 else list(reversed(ways))
        for name in names:
            taken[name].append(ways[name]())
    return taken


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def table(figures: Iterable[Figure]) -> str:
    """One line for each figure: what, how much, the target, met or missed, and the medians behind it."""
    rows = [("", "measured", "target", "", "")]
    for one in figures:
        wanted = "" if one.target is None else f"{one.bound} {_number(one.target)}{one.unit}"
        verdict = "" if one.target is None else "met" if one.met else "MISSED"
        rows.append((one.what, f"{_number(one.value)}{one.unit}", wanted, verdict, one.detail))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for what, value, wanted, verdict, detail in rows:
        cells = (what.ljust(widths[0]), value.rjust(widths[1]), wanted.rjust(widths[2]), verdict.ljust(widths[3]))
        lines.append("  ".join((*cells, detail)).rstrip())
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """In the unit people read best."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
