"""Owns how Bukza tells of an order: the request its owner pastes there, and the reading of what comes back by it.

Bukza puts an order's words into the template as they are: a quote, a backslash or a line break in a name breaks the JSON. So it is
read by its shape and never as JSON: the keys of the template in its order, each value up to the first next key. What a guest can
write stands at the end, where it can reach nothing else.
"""

import json
import re
from contextlib import suppress
from datetime import datetime
from itertools import pairwise

from housebot.errors import Unreadable
from housebot.services.ports import ForeignOrder

NAME = "bukza"
HEADER = "X-Housebot-Secret"
VERSION = "1"
# Key of the template, what Bukza puts there. The names in brackets are those of its editor ("Insert parameter").
FIELDS = (
    ("order", "[bukza_order_number]"),
    ("reservation", "[bukza_code]"),
    ("status", "[bukza_status]"),
    ("changed", "[bukza_updated_at]"),
    ("resource", "[bukza_resource]"),
    ("start", "[bukza_start]"),
    ("end", "[bukza_end]"),
    ("total", "[bukza_total]"),
    ("paid", "[bukza_paid]"),
    ("phone", "[bukza_phone]"),
    ("first_name", "[bukza_first_name]"),
    ("last_name", "[bukza_last_name]"),
    ("comment", "[bukza_comment]"),
)
_NEEDED = frozenset({"order", "status", "resource", "start", "end"})
_LONGEST = {"order": 64, "reservation": 64, "status": 64, "resource": 200, "comment": 2000}
_HEAD = re.compile(r'\s*\{\s*"housebot"\s*:\s*"bukza-1"\s*,\s*')
_TAIL = re.compile(r'"\s*\}\s*\Z')
_YEARS = range(2000, 2200)
_PLACEHOLDER = re.compile(r"\[bukza_\w+\]")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)


def template() -> str:
    """The body of the request, to paste into Bukza as it stands."""
    lines = [f'  "{key}": "{placeholder}"' for key, placeholder in FIELDS]
    return "\n".join(["{", f'  "housebot": "bukza-{VERSION}",', ",\n".join(lines), "}"])


class Bukza:
    """Reads what was sent by our template."""

    name = NAME

    def read(self, body: bytes) -> ForeignOrder:
        """Unreadable with a word of why, of what is not our template, is cut off, or lacks what an order must have."""
        said = _values(body)
        for key in _NEEDED:
            if not said[key]:
                raise Unreadable(f"{key} is empty")
        return ForeignOrder(
            number=said["order"],
            reservation=said["reservation"],
            status=said["status"],
            changed_at=_moment(said["changed"], "changed") if said["changed"] else None,
            resource=said["resource"],
            start=_moment(said["start"], "start"),
            end=_moment(said["end"], "end"),
            total=said["total"],
            paid=said["paid"],
            name=" ".join(f"{said['first_name']} {said['last_name']}".split()),
            phone=said["phone"],
            comment=said["comment"],
        )


def _values(body: bytes) -> dict[str, str]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("not UTF-8") from None
    head = _HEAD.match(text)
    tail = _TAIL.search(text)
    if head is None or tail is None:
        raise Unreadable("not our template, or cut off")
    said, place = {}, _opened(text, head.end(), FIELDS[0][0])
    for (key, _), (following, _) in pairwise(FIELDS):
        found = re.compile(rf'"\s*,\s*"{following}"\s*:\s*"').search(text, place, tail.start() + 1)
        if found is None:
            raise Unreadable(f"{following} is missing")
        said[key], place = text[place : found.start()], found.end()
    if place > tail.start():
        raise Unreadable("cut off")
    said[FIELDS[-1][0]] = text[place : tail.start()]
    return {key: _plain(key, value) for key, value in said.items()}


def _opened(text: str, place: int, key: str) -> int:
    found = re.compile(rf'"{key}"\s*:\s*"').match(text, place)
    if found is None:
        raise Unreadable(f"{key} is missing")
    return found.end()


def _plain(key: str, value: str) -> str:
    """As it was meant: escapes undone where it is sound JSON, else as it stands; a name Bukza does not know is nothing."""
    with suppress(ValueError):
        value = str(json.loads(f'"{value}"', strict=False))
    value = "".join(sign if sign.isprintable() else " " for sign in value).strip()
    value = value.encode(errors="ignore").decode()  # half a surrogate pair is no text
    if _PLACEHOLDER.fullmatch(value):
        if key in _NEEDED:
            raise Unreadable(f"Bukza does not know {value}")
        return ""
    most = _LONGEST.get(key, 500)
    if len(value) > most and key in _NEEDED | {"reservation"}:
        raise Unreadable(f"{key} is too long")
    return value[:most]


def _moment(text: str, key: str) -> datetime:
    """`2026-12-05T16:00`, with or without an offset, or `05.12.2026 16:00`, in whole minutes for a stay."""
    try:
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            moment = datetime.fromisoformat(f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{key} is no time") from None
    if moment.year not in _YEARS:  # at the ends of the calendar no offset can be reckoned with
        raise Unreadable(f"{key} is no time of ours")
    return moment if key == "changed" else moment.replace(second=0, microsecond=0)
