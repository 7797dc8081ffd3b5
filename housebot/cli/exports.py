"""Owns the files `housebot bookings export` writes: CSV for a spreadsheet, JSON, and an iCalendar that is easy on other programs (I1, I2)."""

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from housebot.domain.money import plain
from housebot.domain.period import utc_text
from housebot.storage import quotes
from housebot.storage.tx import Tx

BLOCKING = {"held", "awaiting_payment", "awaiting_owner", "confirmed", "in_house", "completed"}
FIRM = {"confirmed", "in_house", "completed"}
COLUMNS = ("code", "status", "unit", "tariff", "arrival", "departure", "start", "end", "guests", "name", "contact", "extras",
    "total", "deposit", "paid", "due", "currency", "source", "test", "comment", "created_at")  # fmt: skip
_PHONE = re.compile(r"\+[0-9]+")
FOLD = 75  # octets a line, its end apart


def write(form: str, items: list[dict[str, Any]], *, desk_id: str, now: datetime) -> None:
    """The file on stdout, its line ends as its format wants them."""
    if form == "json":
        text = json.dumps(items, ensure_ascii=False, indent=1) + "\n"
    elif form == "csv":
        text = as_csv(items)
    else:
        text = as_ics(items, desk_id=desk_id, now=now)
    sys.stdout.reconfigure(newline="")  # type: ignore[union-attr]
    sys.stdout.write(text)


def as_csv(items: list[dict[str, Any]]) -> str:
    """One line a stay; amounts are main units. What guests typed cannot become a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for item in items:
        money = {key: plain(item[key]["amount"], item[key]["currency"]) for key in ("total", "deposit", "paid", "due")}
        extras = " ".join(f"{one['id']}={one['quantity']}" for one in item["extras"])
        known = item | money
        known |= {
            "name": _typed((item["guest"] or {}).get("name")),
            "contact": _typed(item["contact"]),
            "comment": _typed(item["comment"]),
            "extras": extras,
        }
        known |= {"currency": item["total"]["currency"], "test": int(item["test"])}
        writer.writerow(["" if known[column] is None else known[column] for column in COLUMNS])
    return out.getvalue()


def as_ics(items: list[dict[str, Any]], *, desk_id: str, now: datetime) -> str:
    """What takes dates, as events without names. A UID is made of booking and desk, never of time (I2)."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//housebot//bookings//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ]
    for item in items:
        if item["status"] not in BLOCKING or item["test"]:
            continue
        lines += [
            "BEGIN:VEVENT",
            f"UID:{item['code']}@{desk_id}",
            f"DTSTAMP:{_ics_time(utc_text(now))}",
            f"LAST-MODIFIED:{_ics_time(item['updated_at'])}",
            f"SEQUENCE:{item['version']}",
            f"DTSTART:{_ics_time(item['start'])}",
            f"DTEND:{_ics_time(item['end'])}",
            f"SUMMARY:{item['code']} {_escaped(item['unit'])}",
            f"STATUS:{'CONFIRMED' if item['status'] in FIRM else 'TENTATIVE'}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def desk_id(tx: Tx) -> str:
    """A name of this desk that stays: no two desks make the same UID."""
    import hashlib

    return hashlib.sha256(b"desk:" + (quotes.key(tx) or b"")).hexdigest()[:16] + ".housebot"


def _typed(text: str | None) -> str:
    """A spreadsheet would run `=cmd…`; an apostrophe in front makes it text. A phone is a number and runs nothing."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" and not _PHONE.fullmatch(text) else text or ""


def _ics_time(text: str) -> str:
    return text.replace("-", "").replace(":", "")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 octets, never cut inside a letter."""
    part = ""
    for sign in line:
        if len((part + sign).encode()) > FOLD:
            yield part
            part = " "
        part += sign
    yield part
