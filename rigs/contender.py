"""Owns one of the processes that fight for the week through the use cases, straight on the file as the shell does.

    python -m rigs.contender FOLDER SEED ATTEMPTS

Each attempt is one transaction. A refusal for taken dates is judged inside it, by the rig's own reading of the bookings: somebody
must stand in the way at that very moment. So is every success: nobody may. One JSON object goes to stdout for each attempt.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import bookings, guests
from housebot.services.bookings import Booking
from housebot.services.ports import Actor
from housebot.storage.file import DatabaseFile
from housebot.storage.tx import Tx
from rigs import truth
from rigs.place import MONDAY, Place

OWNER = Actor("staff", 1, "Анна", "telegram", "owner")
WEEK_HOURS = 7 * 24
LETS_GO = 0.6  # of one's own stays, while the week is still to be fought over
CHURN = 0.6  # the share of the attempts after which nobody lets go any more, so that the week fills up


def wish(chance: random.Random) -> StayRequest:
    """A stay that touches the week, of twelve hours to two days."""
    arrival = MONDAY + timedelta(hours=chance.randrange(WEEK_HOURS))
    hours = chance.choice([12, 12, 13, 15, 24, 24, 26, 48])
    tariff = "half-day" if hours < 20 else "day"
    unit = chance.choice(["house", "white", "green"])
    return StayRequest(unit, tariff, arrival, arrival + timedelta(hours=hours), {"adult": 2})


class Contender:
    """One process: takes dates again and again, and lets some of its own go."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        self.file = DatabaseFile.open(place.database)
        self.chance = random.Random(seed)
        self.mine: list[int] = []
        self.guest = self.file.write_now(
            lambda tx: guests.seen(
                tx,
                telegram_id=10_000 + seed,
                name=f"Guest {seed}",
                username=None,
                language_code="ru",
                now=place.clock.now(),
            )
        ).id

    def take(self, request: StayRequest) -> dict[str, Any]:
        """One attempt to hold dates, with what the rig saw in the same transaction."""
        now, method = self.place.clock.now(), self.chance.choice([None, "bank"])
        by_staff = self.chance.random() < 0.2
        actor = OWNER if by_staff else Actor("guest", self.guest, "Guest", "telegram")

        def piece(tx: Tx) -> dict[str, Any]:
            taking = [one for one in _stays(tx) if one.alive(now)]
            seen: dict[str, Any] = {"wish": words(request), "at": now.isoformat()}
            try:
                with tx.attempt():
                    booking = bookings.hold(
                        tx,
                        request,
                        guest_id=self.guest,
                        contact="+375291112233",
                        source="phone" if by_staff else "api",
                        actor=actor,
                        method=method,
                        now=now,
                    )
            except Refusal as refusal:
                return seen | refused(refusal, request, taking)
            mine = next(one for one in _stays(tx) if one.id == booking.id)
            # Whom it took the place of had lapsed; it must not have been anybody who was alive.
            return seen | {"held": booking.id, "over": [one.id for one in taking if one.touches(mine)]}

        outcome = self._told(piece, request)
        if "held" in outcome:
            self.mine.append(outcome["held"])
        return outcome

    def decide(self, *, let_go: bool) -> None:
        """Something else happens to an own stay: confirmed, declined, released, cancelled."""
        if not self.mine:
            return
        booking_id = self.chance.choice(self.mine)
        now = self.place.clock.now()
        guest = Actor("guest", self.guest, "Guest", "telegram")
        ways: list[Callable[[Tx], Booking]] = [
            lambda tx: bookings.confirm(tx, booking_id, actor=OWNER, received=100, now=now),
        ]
        if let_go:
            ways = [
                lambda tx: bookings.release(tx, booking_id, actor=guest, now=now),
                lambda tx: bookings.decline(tx, booking_id, reason="dates_taken", actor=OWNER, now=now),
                lambda tx: bookings.cancel(tx, booking_id, by="owner", reason="rig", actor=OWNER, now=now),
            ]
        try:
            self.file.write_now(self.chance.choice(ways))
        except Refusal as refusal:
            if refusal.code == "temporarily_unavailable":
                say({"trouble": str(refusal)})

    def _told(self, piece: Callable[[Tx], dict[str, Any]], request: StayRequest) -> dict[str, Any]:
        try:
            return self.file.write_now(piece)
        except Refusal as refusal:
            return {"wish": words(request), "refused": refusal.code, "trouble": str(refusal)}


def refused(refusal: Refusal, request: StayRequest, taking: list[truth.Stay]) -> dict[str, Any]:
    """The refusal, with the bookings that stood in the way as the rig sees it and as the refusal says it."""
    if refusal.code != "dates_taken":
        return {"refused": refusal.code, "facts": str(refusal)}
    mine = asked(request)
    there = [one for one in taking if one.touches(mine)]
    return {"refused": "dates_taken", "by": [one.id for one in there], "unfounded": unfounded(refusal.facts, there)}


def unfounded(facts: dict[str, Any], there: list[truth.Stay]) -> list[dict[str, str]]:
    """What a refusal gives as its reason although nobody is there at that time; a refusal without a reason is one such."""
    known = {(f"{one.start:%Y-%m-%dT%H:%M:%SZ}", f"{one.end:%Y-%m-%dT%H:%M:%SZ}") for one in there}
    given = facts.get("conflicts") or [{"start": "", "end": ""}]
    return [conflict for conflict in given if (conflict["start"], conflict["end"]) not in known]


def asked(request: StayRequest) -> truth.Stay:
    """The wish as a stay: Minsk is three hours ahead of UTC all year."""
    utc = [
        datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}+03:00") for moment in (request.arrival, request.departure)
    ]
    before, after = (timedelta(minutes=minutes) for minutes in truth.BUFFERS[request.unit])
    return truth.Stay(0, "", request.unit, "held", utc[0], utc[1], before, after, None, False)


def words(request: StayRequest) -> list[str]:
    moments = [moment.isoformat(timespec="minutes") for moment in (request.arrival, request.departure)]
    return [request.unit, request.tariff, *moments]


def of_words(said: list[str]) -> StayRequest:
    arrival, departure = (datetime.fromisoformat(moment) for moment in said[2:])
    return StayRequest(said[0], said[1], arrival, departure, {"adult": 2})


def say(outcome: dict[str, Any]) -> None:
    print(json.dumps(outcome), flush=True)


def _stays(tx: Tx) -> list[truth.Stay]:
    """What may stand in the way of this week; read by SQL of the rig's own."""
    return truth.stays(
        tx.all("SELECT * FROM bookings WHERE status IN ('held', 'awaiting_payment', 'awaiting_owner', 'confirmed')")
    )


def main(folder: str, seed: str, attempts: str) -> int:
    contender = Contender(Place(Path(folder)), int(seed))
    for number in range(int(attempts)):
        outcome = contender.take(wish(contender.chance))
        say(outcome)
        fighting = number < int(attempts) * CHURN
        if fighting and contender.chance.random() < LETS_GO:
            contender.decide(let_go=True)
        elif contender.chance.random() < 0.1:
            contender.decide(let_go=False)
        # Nobody stands at the door again at the very moment they left: SQLite's lock knows no queue, and others are waiting.
        time.sleep(contender.chance.uniform(0.0, 0.03))
    contender.file.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
