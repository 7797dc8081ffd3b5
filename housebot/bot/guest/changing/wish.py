"""Owns a wish for a change while it is being made: it begins as what was sold, is kept in the conversation, and holds nothing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from housebot.bot.guest import draft as drafts
from housebot.bot.guest.draft import Draft, begin, chose
from housebot.domain.catalog import Kind
from housebot.services import moving, quotes
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.differences import Difference
from housebot.services.ports import Actor, Tx

KEY = "changing"  # where it stands in the conversation's data
MARK = "_"  # the code of its draft begins so: its buttons are told from those of a journey
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """A draft that began as the booking; `departure` None is the length of before from another arrival."""

    booking: int
    draft: Draft
    sold: Draft  # as it began

    def json(self) -> dict[str, Any]:
        """As the conversation keeps it."""
        return {"booking": self.booking, "draft": drafts.to_json(self.draft), "sold": drafts.to_json(self.sold)}


def from_json(stored: Any) -> Wish | None:
    """The wish that was kept; None for none, or one that an older version of the desk wrote differently."""
    if not isinstance(stored, dict):
        return None
    draft, sold = (drafts.from_json(stored.get(name)) for name in ("draft", "sold"))
    return None if draft is None or sold is None else Wish(int(stored["booking"]), draft, sold)


def followed(tx: Tx, booking: Booking, wish: Wish) -> Wish:
    """The wish on top of what is sold now: what somebody else changed meanwhile is not taken back by it."""
    now, old, draft = anew(tx, booking).sold, wish.sold, wish.draft
    if all(getattr(now, name) == getattr(old, name) for name in ("arrival", "departure", "party", "extras")):
        return wish
    times = ("day", "arrival", "departure")
    keeps = (draft.arrival, draft.departure) == (old.arrival, old.departure)
    added = [extra for extra in draft.extras if extra not in old.extras]
    dropped = [extra for extra in old.extras if extra not in draft.extras]
    extras = tuple(dict.fromkeys([*(one for one in now.extras if one not in dropped), *added]))
    party = now.party if dict(draft.party) == dict(old.party) else draft.party
    ends = {name: getattr(now, name) for name in times} if keeps else {}
    return Wish(booking.id, replace(draft, party=party, extras=extras, **ends), now)


def anew(tx: Tx, booking: Booking) -> Wish:
    """A wish that changes nothing yet."""
    asked = quotes.load(tx, booking.quote_id)
    slot = asked.stay.tariff.kind is Kind.SLOT
    fresh = begin("slot" if slot else "book", mode="change")
    draft = replace(
        fresh,
        code=MARK + fresh.code[:5],
        step="menu",
        day=booking.arrival.date(),
        unit=booking.unit,
        tariff=booking.tariff,
        arrival=booking.arrival,
        departure=booking.departure,
        party={band: count for band, count in asked.request.party.items() if count},
        extras=tuple(asked.stay.extras),
    )
    return Wish(booking.id, draft, draft)


def shifted(draft: Draft, at: datetime) -> Draft:
    """The same stay from another time on."""
    return chose(draft, day=at.date(), arrival=at, departure=None)


def at_times(draft: Draft, arrival: datetime, departure: datetime) -> Draft:
    """The stay between these times."""
    return chose(draft, day=arrival.date(), arrival=arrival, departure=departure)


def without(tx: Tx, booking: Booking, draft: Draft, what: str) -> Draft:
    """The draft with its "time" or its "party" as they were sold."""
    sold = anew(tx, booking).draft
    if what == "time":
        return chose(draft, day=sold.day, arrival=sold.arrival, departure=sold.departure)
    return chose(draft, party=sold.party, extras=sold.extras)


def times_change(booking: Booking, draft: Draft) -> bool:
    """Whether another time is wished for."""
    return (draft.arrival, draft.departure or booking.departure) != (booking.arrival, booking.departure)


def party_changes(tx: Tx, booking: Booking, draft: Draft) -> bool:
    """Whether other guests or extras are wished for."""
    sold = anew(tx, booking).draft
    return (dict(draft.party), set(draft.extras)) != (dict(sold.party), set(sold.extras))


def change_of(tx: Tx, booking: Booking, draft: Draft) -> Change:
    """What the draft wants otherwise than it was sold."""
    sold = anew(tx, booking).draft
    wanted = {extra: 1 for extra in draft.extras if extra not in sold.extras}
    dropped = {extra: 0 for extra in sold.extras if extra not in draft.extras}
    party = {band: count for band, count in draft.party.items() if count}
    other = times_change(booking, draft)
    return Change(
        arrival=draft.arrival if other else None,
        departure=draft.departure if other else None,  # an arrival alone is a shift, both ends are a longer stay
        party=party if party != dict(sold.party) else None,
        extras=wanted | dropped,
    )


def judged(tx: Tx, booking: Booking, draft: Draft, *, now: datetime) -> Difference:
    """What the wish would mean at this minute for its guest; refusals of `moving.preview`, and nothing is written."""
    return moving.preview(tx, booking, change_of(tx, booking, draft), actor=guest_of(booking), now=now)


def guest_of(booking: Booking) -> Actor:
    """The guest as the one who changes it."""
    return Actor("guest", booking.guest_id, booking.guest_name or "", "telegram")


def steps_longer(kind: Kind) -> list[timedelta]:
    """By how much a stay may be asked to begin earlier or end later: hours, a whole day, nights."""
    if kind is Kind.NIGHTLY:
        return [count * DAY for count in (1, 2, 3)]
    return [*(count * HOUR for count in (1, 2, 3, 4)), DAY]
