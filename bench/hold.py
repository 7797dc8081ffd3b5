"""Measures the whole use case `bookings.hold`: 64 callers who share commits, beside one commit for each booking."""

import statistics
import tempfile
from functools import partial
from pathlib import Path

from bench import callers, house
from bench.figures import Figure, Size, ratio
from housebot.services import bookings
from housebot.services.bookings import Booking
from housebot.services.ports import Actor
from housebot.storage.tx import Tx


def measure(size: Size) -> list[Figure]:
    pieces = size.of(640, 64)
    with tempfile.TemporaryDirectory() as folder:
        found = callers.compare(
            partial(house.new_desk, people=pieces * size.rounds), Path(folder), hold, rounds=size.rounds, pieces=pieces
        )
    speeds = f"{statistics.median(found.together):,.0f}/s : {statistics.median(found.commit_each):,.0f}/s"
    return [
        Figure(
            "bookings.hold, 64 callers : one commit each",
            ratio(found.together, found.commit_each),
            "≥",
            1,
            detail=speeds,
        ),
        Figure("bookings.hold, 64 callers: commits a booking", found.commits_a_piece, "≤", 0.2, unit=""),
    ]


def hold(tx: Tx, number: int) -> Booking:
    """Every guest holds one night, and nobody the same one."""
    guest = number + 1
    return bookings.hold(
        tx,
        house.wish(number),
        guest_id=guest,
        source="telegram",
        actor=Actor("guest", guest, f"Guest {guest}", "telegram"),
        now=house.NOW,
    )
