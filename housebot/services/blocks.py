"""Owns times closed by hand: repairs, own use. A block may not lie on a stay, and stays may not lie on it (R6, R7)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from housebot.domain.occupancy import in_the_way
from housebot.domain.period import Period, utc_text
from housebot.errors import Refusal
from housebot.services import audit, availability, catalogs, holding
from housebot.services.ports import Actor
from housebot.storage import blocks as rows
from housebot.storage import occupancies
from housebot.storage.blocks import Block
from housebot.storage.tx import Tx

__all__ = ["Block", "add", "get", "listing", "remove"]

NO_TIME = timedelta(0)


def add(
    tx: Tx, *, unit: str, period: Period, reason: str, parts: Sequence[str] = (), actor: Actor, now: datetime
) -> Block:
    """Close a unit, or some of its parts, for a time. A stay inside is `dates_taken` with the list; nothing is cancelled by itself.

    The cleaning after a stay is kept: it may be shortened, not overlooked (R6). Expired holds in the way are expired.
    """
    place = catalogs.current(tx, now=now).unit(unit)
    if place is None:
        raise Refusal("unknown_unit", unit=unit)
    strangers = [part for part in parts if part not in place.parts]
    if strangers:
        raise Refusal("invalid", reason="parts", parts=strangers, allowed=list(place.parts))
    if period.end <= now:
        raise Refusal("past", end=utc_text(period.end))
    closed = tuple(parts) or catalogs.every_part(tx, place, now=now)
    around = occupancies.between(tx, closed, period.start, period.end)
    taken = in_the_way(period, NO_TIME, NO_TIME, around, now)
    if taken:
        raise Refusal(
            "dates_taken",
            unit=place.id,
            conflicts=availability.conflicts_json(taken),
            bookings=[one.ref for one in taken if one.kind == "booking"],
        )
    holding.expire_in_the_way(tx, closed, period, now=now)
    block_id = rows.insert(
        tx,
        unit=place.id,
        parts=closed,
        start=utc_text(period.start),
        end=utc_text(period.end),
        reason=reason.strip(),
        actor=str(actor),
        at=utc_text(now),
    )
    occupancies.put(tx, parts=closed, kind="block", period=period, ref=block_id)
    block = get(tx, block_id)
    audit.write(tx, actor, "block.add", f"block:{block_id}", after=asdict(block), reason=block.reason or None, now=now)
    return block


def get(tx: Tx, block_id: int) -> Block:
    """A block that stands; `not_found`."""
    block = rows.get(tx, block_id)
    if block is None:
        raise Refusal("not_found", what="block")
    return block


def listing(tx: Tx, *, since: datetime) -> list[Block]:
    """What is closed from that instant on, in order of time."""
    return rows.listing(tx, since=utc_text(since))


def remove(tx: Tx, block_id: int, *, actor: Actor, now: datetime) -> Block:
    """Open the time again; `not_found` where it is open."""
    block = get(tx, block_id)
    rows.remove(tx, block_id, at=utc_text(now))
    occupancies.remove_block(tx, block_id)
    audit.write(tx, actor, "block.remove", f"block:{block_id}", asdict(block), now=now)
    return block
