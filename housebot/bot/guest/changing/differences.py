"""Owns a change in words: what was struck out, what it becomes, and what each part of it adds to the price (M11)."""

from collections.abc import Iterator
from datetime import datetime

from housebot.bot.guest.telling import Told
from housebot.domain.catalog import Kind
from housebot.domain.changes import LineChange
from housebot.domain.stay import Stay
from housebot.services.differences import Difference
from housebot.words import Html

_OF_TIME = frozenset({"base", "extra_hours", "length", "cap", "dated"})
_HOUR_SECONDS = 3600


def parts(told: Told, found: Difference) -> list[Html]:
    """`Заезд: 16:00 → 14:00 (+2 ч — 60)`, `Гости: 4 → 5 (до 6 включено — 0)`, every extra, and whatever else the price does."""
    rest = list(found.lines)
    return [*_times(told, found, rest), *_party(told, found, rest), *_extras(told, found, rest), *_other(told, rest)]


def _sum(told: Told, lines: list[LineChange]) -> str:
    return told.amount(sum(one.amount for one in lines))


def _take(rest: list[LineChange], *codes: str) -> list[LineChange]:
    """The lines of these codes, taken out of the rest."""
    taken = [one for one in rest if one.line.code in codes]
    for one in taken:
        rest.remove(one)
    return taken


def _times(told: Told, found: Difference, rest: list[LineChange]) -> Iterator[Html]:
    old, new, words = found.was.stay, found.now.stay, told.words
    if (old.arrival, old.departure) == (new.arrival, new.departure):
        return
    taken = _take(rest, *_OF_TIME)
    amount = _sum(told, taken)
    if told.is_slot:
        yield words.t("changing.part.visit", was=words.visit(old.arrival, old.departure), now=words.visit(new.arrival, new.departure), amount=amount)  # fmt: skip
        return
    ends = [(name, getattr(old, name), getattr(new, name)) for name in ("arrival", "departure")]
    changed = [(name, was, now) for name, was, now in ends if was != now]
    length = _longer(told, old, new)
    for place, (name, was, now) in enumerate(changed, 1):
        facts = {"was": _shown(told, was, was, now), "now": _shown(told, now, was, now)}
        if place < len(changed) or not (length or taken):  # the price of both ends stands once, behind the last
            yield words.t(f"changing.part.{name}", **facts)
        elif length:
            yield words.t(f"changing.part.{name}_by", length=length, amount=amount, **facts)
        else:
            yield words.t(f"changing.part.{name}_for", amount=amount, **facts)


def _shown(told: Told, moment: datetime, was: datetime, now: datetime) -> str:
    """The clock alone on the same day, else the day too."""
    return f"{moment:%H:%M}" if was.date() == now.date() else told.words.moment(moment)


def _longer(told: Told, old: Stay, new: Stay) -> str:
    """`+2 ч`, `−1 ч`, `+1 ночь`; empty where it is as long as before."""
    if new.tariff.kind is Kind.NIGHTLY:
        by = len(new.nights) - len(old.nights)
        return f"{_sign(by)}{told.words.length(nights=abs(by))}" if by else ""
    by = round(((new.departure - new.arrival) - (old.departure - old.arrival)).total_seconds() / _HOUR_SECONDS)
    return f"{_sign(by)}{told.words.length(hours=abs(by))}" if by else ""


def _sign(number: int) -> str:
    return "+" if number > 0 else "−"


def _party(told: Told, found: Difference, rest: list[LineChange]) -> Iterator[Html]:
    old, new, words = found.was.stay, found.now.stay, told.words
    if old.party == new.party:
        return
    lines = _take(rest, "extra_guests")
    was, now = sum(old.party.values()), sum(new.party.values())
    facts = {"was": str(was), "now": str(now), "amount": _sum(told, lines)}
    included = new.tariff.guests_included or told.stay.unit.capacity
    if not lines and now <= included:
        yield words.t("changing.part.guests_included", most=str(included), **facts)
    else:
        yield words.t("changing.part.guests", by=f"{_sign(now - was)}{words.guests(abs(now - was))}" if now != was else words.guests(now), **facts)  # fmt: skip


def _extras(told: Told, found: Difference, rest: list[LineChange]) -> Iterator[Html]:
    old, new = found.was.stay.extras, found.now.stay.extras
    for extra in found.now.stay.tariff.extras | found.was.stay.tariff.extras:
        if (extra in old) == (extra in new):
            continue
        lines = _take(rest, f"extra:{extra}")
        known = told.catalog.extra(extra)  # noqa: S610  no query: the catalog
        name = told.say(lines[0].line.label) if lines else told.say(known.name) if known else extra
        added = "changing.part.extra_added" if extra in new else "changing.part.extra_dropped"
        yield told.words.t(added, name=name, amount=_sum(told, lines))


def _other(told: Told, rest: list[LineChange]) -> Iterator[Html]:
    """A discount that grew, a tax on more nights: every line that is otherwise."""
    for one in rest:
        if one.amount:
            sign = "+" if one.amount > 0 else ""
            yield told.words.t(
                "changing.part.line", label=told.say(one.line.label), amount=f"{sign}{told.amount(one.amount)}"
            )
