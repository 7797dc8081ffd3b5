"""Owns bookings as they are shown to scripts: their JSON, one by one and in pages. Light on purpose: a list is wanted at once."""

import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from housebot.domain.instants import from_utc_text, local
from housebot.domain.status import HOLDING
from housebot.errors import Refusal
from housebot.storage import booking_list
from housebot.storage import catalogs as catalog_rows
from housebot.storage.tx import Tx

if TYPE_CHECKING:
    from housebot.storage.bookings import Booking

LONGEST_NUMBER = 18  # digits of an id that SQLite can hold


def as_json(tx: Tx, booking: "Booking") -> dict[str, Any]:
    """A booking as scripts see it (INTERFACE): `booking` is how it stands now, not how it stood before it was changed."""
    row = booking_list.one(tx, booking.id)
    assert row is not None, "bookings are never deleted"
    return _shown(tx, row, party=booking.party, extras=booking.extras, answers=booking.answers)


def page(
    tx: Tx, *, cursor: str | None = None, limit: int = 50, **wanted: Any
) -> tuple[list[dict[str, Any]], str | None]:
    """Bookings as JSON in order of start, and where the next page begins (A3); filters as `bookings.listing`.

    A unit that no catalog ever sold is `unknown_unit`.
    """
    _must_be_sold(tx, wanted.get("unit"))
    found = booking_list.select(tx, after=place(cursor) if cursor else None, limit=limit + 1, **wanted)
    shown = [_listed(tx, row) for row in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return shown, None if last is None else cursor_at(last["start"], last["id"])


def steady_page(
    tx: Tx, *, cursor: str | None = None, limit: int = 50, **wanted: Any
) -> tuple[list[dict[str, Any]], str | None]:
    """As `page`, in the order in which they were made: nothing is lost or comes twice while stays are moved in between (A3)."""
    _must_be_sold(tx, wanted.get("unit"))
    after = 0 if cursor is None else numbered(cursor)
    found = booking_list.select(tx, after_number=after, limit=limit + 1, **wanted)
    shown = [_listed(tx, row) for row in found[:limit]]
    return shown, cursor_behind(found[limit - 1]["id"]) if len(found) > limit else None


def cursor_behind(number: int) -> str:
    """The place behind what has that number, as a word nobody needs to understand."""
    return binascii.hexlify(f"#{number}".encode()).decode()


def numbered(cursor: str) -> int:
    """The number a cursor stands behind; `invalid` for a word of somebody else's."""
    try:
        word = binascii.unhexlify(cursor).decode("ascii")
        number = word[1:]
        if word[:1] != "#" or not number.isdigit() or len(number) > LONGEST_NUMBER:
            raise ValueError
        return int(number)
    except ValueError:
        raise Refusal("invalid", reason="cursor") from None


def cursor_at(start: str, number: int) -> str:
    """The place behind a booking, as a word nobody needs to understand."""
    return binascii.hexlify(f"{start} {number}".encode()).decode()


def place(cursor: str) -> tuple[datetime, int]:
    """The place a cursor stands for; `invalid` for a word of somebody else's."""
    try:
        start, number = binascii.unhexlify(cursor).decode().split(" ")
        if not number.isdigit() or len(number) > LONGEST_NUMBER:
            raise ValueError
        return from_utc_text(start), int(number)
    except (ValueError, Refusal):
        raise Refusal("invalid", reason="cursor") from None


def zone(tx: Tx, *, now: datetime) -> ZoneInfo:
    """The zone of the house by the catalog in force; UTC for a desk without one, which has nothing to list."""
    for row in catalog_rows.in_force(tx):
        found = ZoneInfo(row.zone)
        if row.from_date <= local(now, found).date().isoformat():
            return found
    return ZoneInfo("UTC")


def _must_be_sold(tx: Tx, unit: str | None) -> None:
    if unit is not None and not catalog_rows.ever_sold(tx, unit):
        raise Refusal("unknown_unit", unit=unit[:40])


def _listed(tx: Tx, row: Any) -> dict[str, Any]:
    party, extras, answers = (json.loads(row[name]) for name in ("party", "extras", "answers"))
    return _shown(tx, row, party=party, extras=extras, answers=answers)


def _shown(
    tx: Tx, row: Any, *, party: dict[str, int], extras: dict[str, int], answers: dict[str, str]
) -> dict[str, Any]:
    def money(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": row["currency"]}

    sold_by = _sold_by(tx, row["catalog_version"])
    included = sold_by.included.get(row["tariff"], frozenset())
    name = row["guest_name"] or row["known_name"] or ""
    return {
        "id": row["id"],
        "code": row["code"],
        "unit": row["unit"],
        "zone": sold_by.zones.get(row["unit"], "UTC"),
        "tariff": row["tariff"],
        "status": row["status"],
        "start": row["start"],
        "end": row["end"],
        "arrival": row["arrival"],
        "departure": row["departure"],
        "guests": row["guests"],
        "party": party,
        "guest": {"id": row["guest_id"], "name": name, "telegram_id": row["known_telegram_id"]}
        if row["guest_id"] is not None or name
        else None,
        "contact": row["contact"],
        "extras": [
            {"id": extra, "quantity": quantity, "included": extra in included} for extra, quantity in extras.items()
        ],
        "answers": answers,
        "comment": row["comment"],
        "total": money(row["total"]),
        "deposit": money(row["deposit"]),
        "paid": money(row["paid"]),
        "due": money(max(row["total"] - row["paid"], 0)),
        "payment_method": row["payment_method"],
        "hold_expires_at": row["hold_expires_at"] if row["status"] in HOLDING else None,
        "source": row["source"],
        "test": bool(row["test"]),
        "reason": row["reason"],
        "moves": row["moves"],
        "created_at": row["created_at"],
        "updated_at": max(row["updated_at"], row["paid_at"] or ""),  # what is paid and due is shown above
        "version": row["version"],
    }


class _SoldBy(NamedTuple):
    """What is shown of the catalog a booking was sold under."""

    zones: Mapping[str, str]  # of units
    included: Mapping[str, frozenset[str]]  # extras that came with the tariff


def _sold_by(tx: Tx, version: int) -> _SoldBy:
    """From the stored document: the values of a whole catalog are not needed for it."""
    kept: dict[int, _SoldBy] = tx.cache.get("sold_by", {})
    if version not in kept:
        document = json.loads(catalog_rows.document(tx, version) or "{}")
        new = _SoldBy(
            zones={unit["id"]: unit["zone"] for unit in document.get("units", [])},
            included={one["id"]: frozenset(one.get("included_extras", ())) for one in document.get("tariffs", [])},
        )
        kept = {**dict(list(kept.items())[-100:]), version: new}
        tx.cache["sold_by"] = kept
    return kept[version]
