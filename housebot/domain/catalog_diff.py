"""Owns saying what changes between two catalog documents, one line a change, in the words and units of the file."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from housebot.domain.catalog_document import Document
from housebot.domain.money import plain

_MONEY = frozenset(
    {
        "price",
        "amount",
        "per_date",
        "fixed",
        "extra_price",
        "extra_hour_price",
        "extra_guest_price",
        "damage_deposit",
        "day_totals",
        "extras",
    }
)
_MINUTES = frozenset(
    {"minutes", "before", "cleaning", "bank_transfer", "bank_transfer_soon", "soon", "extension", "staff"}
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST = 60  # characters of a text that are shown
_NOT_SET = object()


def diff(old: Document, new: Document) -> list[str]:
    """What is different, in the order of the new document: `tariffs (day) → price: 700 → 750`; nothing when they are equal."""
    return list(_changes((), old, new, _Units(old), _Units(new)))


class _Units:
    """How the bare numbers of one document are shown."""

    def __init__(self, document: Document) -> None:
        self.currency = document["currency"]
        self.percents = {one["id"] for one in document.get("extras", ()) if one["basis"] == "percent"}

    def show(self, path: tuple[str, ...], value: Any) -> str:
        """A value as an owner would write it; `path` tells what it is."""
        if value is _NOT_SET or value is None:
            return "not set"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return self._number(path, value)
        if isinstance(value, str):
            shown = " ".join(value.split())
            return f'"{shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"}"'
        if isinstance(value, list):
            if path[-1] == "weekdays":
                return ", ".join(_WEEKDAYS[day] for day in value)
            return ", ".join(self.show(path, one) for one in value) or "none"
        return ", ".join(f"{key} {self.show((*path, key), one)}" for key, one in value.items()) or "none"

    def _number(self, path: tuple[str, ...], value: int) -> str:
        names = [name for name in path if not name.startswith(("(", "["))]
        key = names[-1] if names[-1] not in self.percents else "percent"
        about_percent = key == "price" and bool(self.percents & {name.strip("()") for name in path})
        if key in {"percent", "length_discounts"} or about_percent:
            return f"{plain(value, 'EUR')} %"
        if key in _MONEY or names[-2:-1] == ["extras"]:
            return plain(value, self.currency)
        if key in _MINUTES or key.endswith("_minutes"):
            return _duration(value)
        return str(value)


def _changes(path: tuple[str, ...], old: Any, new: Any, was: _Units, now: _Units) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*new, *(key for key in old if key not in new)):
            yield from _changes((*path, key), old.get(key, _NOT_SET), new.get(key, _NOT_SET), was, now)
    elif _named(old, or_absent=_named(new)) and _named(new, or_absent=_named(old)):
        yield from _named_changes(path, _by_id(old), _by_id(new), was, now)
    elif _rows(old) and _rows(new) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _changes((*path, f"[{index}]"), before, after, was, now)
    else:
        # What is left out has its default value, and a yes or no that is written is the other one.
        before = not new if old is _NOT_SET and isinstance(new, bool) else old
        after = not old if new is _NOT_SET and isinstance(old, bool) else new
        yield f"{_place(path)}: {was.show(path, before)} → {now.show(path, after)}"


def _named_changes(path: tuple[str, ...], old: Document, new: Document, was: _Units, now: _Units) -> Iterator[str]:
    for name in (*new, *(name for name in old if name not in new)):
        place = (*path, f"({name})")
        if name not in old:
            yield f"{_place(place)}: added"
        elif name not in new:
            yield f"{_place(place)}: removed"
        else:
            yield from _changes(place, old[name], new[name], was, now)
    kept_before, kept_now = [name for name in old if name in new], [name for name in new if name in old]
    if kept_before != kept_now:
        yield f"{_place(path)}: order is now {', '.join(new)}"


def _named(value: Any, *, or_absent: bool = False) -> bool:
    """Whether it is a list of things with ids, or may stand for an empty one."""
    if value is _NOT_SET or value == []:
        return or_absent
    return isinstance(value, list) and all(isinstance(one, dict) and "id" in one for one in value)


def _rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _by_id(value: Any) -> Document:
    return {} if value is _NOT_SET else {one["id"]: one for one in value}


def _place(path: tuple[str, ...]) -> str:
    """`tariffs (day) → name.ru`, `deposits[0] → percent`."""
    place = path[0]
    for before, step in pairwise(path):
        if step.startswith(("(", "[")):
            place += f" {step}" if step.startswith("(") else step
        else:
            place += f" → {step}" if before.startswith(("(", "[")) else f".{step}"
    return place


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(piece for piece in (f"{hours}h" if hours else "", f"{rest}m" if rest or not hours else "") if piece)
