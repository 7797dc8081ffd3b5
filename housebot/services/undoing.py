"""Owns taking back what a colleague has just done: found in the audit log, judged by how things stand now, and written there too.

What was done in one go, such as the blocks around stays, is one entry and is taken back in one go. Taking back is done once,
within a day, by whoever did it, and is itself no action to take back.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from housebot.domain.period import Period, from_utc_text, local
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import audit, blocks, catalogs, closing, prices, promos, settings
from housebot.services.audit import Entry
from housebot.services.ports import Actor, Tx

FOR = timedelta(hours=24)
LOOKED_AT = 200  # entries: more than a day's work of one person
UNDO = "undo"

# What a person is invited by is no change of the desk.
_SMALL = frozenset({"link.issue", UNDO})


def latest(tx: Tx, *, actor: Actor, now: datetime) -> list[Entry]:
    """What this person did within a day and has not taken back, the newest first."""
    found = audit.of_actor(tx, str(actor), since=now - FOR, limit=LOOKED_AT)
    skipped = {number for entry in found if entry.action == UNDO for number in (*entry.before, *entry.after)}
    within = {f"block:{one['id']}" for entry in found if entry.action == closing.AROUND for one in entry.after}
    return [
        entry
        for entry in found
        if entry.at + FOR > now
        and entry.id not in skipped
        and entry.action not in _SMALL
        and not (entry.action == "block.add" and entry.subject in within)
    ]


def made(tx: Tx, *, actor: Actor, now: datetime) -> Entry:
    """What this person has done just now, in this transaction; `not_found` for nothing."""
    found = latest(tx, actor=actor, now=now)
    if not found:
        raise Refusal("not_found", what="deed")
    return found[0]


def is_undoable(entry: Entry) -> bool:
    """Whether there is a way back from such an action at all."""
    return entry.action in _BACK


def of_id(tx: Tx, number: int, *, actor: Actor) -> Entry:
    """The deed of that number; `not_found` for one of somebody else, as for none."""
    entry = audit.entry(tx, number)
    if entry is None or entry.actor != str(actor):
        raise Refusal("not_found", what="deed")
    return entry


def take_back(tx: Tx, number: int, *, actor: Actor, now: datetime) -> Entry:
    """Make it as it was before the deed. Refusals: `not_found`, `stale` after a day, or for what has changed since,
    `already_decided` where it is taken back, `forbidden` for what cannot be."""
    deed = of_id(tx, number, actor=actor)
    if not is_undoable(deed):
        raise Refusal("forbidden", reason="undo")
    if deed.at + FOR <= now:
        raise Refusal("stale", reason="undo_late")
    if deed.id not in {one.id for one in latest(tx, actor=actor, now=now)}:
        raise Refusal("already_decided", what="undo")
    before = audit.newest(tx)
    with tx.attempt():
        _undo(tx, deed, actor=actor, now=now)
    after = [one.id for one in audit.of_actor(tx, str(actor), since=now, limit=LOOKED_AT) if one.id > before]
    audit.write(tx, actor, UNDO, f"audit:{deed.id}", [deed.id], after, now=now)
    return deed


def _undo(tx: Tx, entry: Entry, *, actor: Actor, now: datetime) -> None:
    try:
        _BACK[entry.action](tx, entry, actor, now)
    except Refusal as refusal:
        if refusal.code in {"not_found", "already_decided"}:  # somebody was faster, in another way
            raise Refusal("already_decided", what="undo") from None
        raise


def _subject(entry: Entry) -> int:
    return int(entry.subject.partition(":")[2])


def _price_away(tx: Tx, entry: Entry, actor: Actor, now: datetime) -> None:
    prices.remove(tx, _subject(entry), actor=actor, now=now)


def _price_again(tx: Tx, entry: Entry, actor: Actor, now: datetime) -> None:
    prices.restore(tx, _subject(entry), actor=actor, now=now)


def _open_again(tx: Tx, entry: Entry, actor: Actor, now: datetime) -> None:
    blocks.remove(tx, _subject(entry), actor=actor, now=now)


def _open_all_again(tx: Tx, entry: Entry, actor: Actor, now: datetime) -> None:
    for one in entry.after:
        blocks.remove(tx, int(one["id"]), actor=actor, now=now)


def _close_again(tx: Tx, entry: Entry, actor: Actor, now: datetime) -> None:
    """A block of its own; what was sold there meanwhile is `dates_taken`."""
    was = entry.before
    since, until = from_utc_text(was["start"]), from_utc_text(was["end"])
    if was["extra"] is None:
        blocks.add(
            tx,
            unit=was["unit"],
            period=Period(since, until),
            reason=was["reason"],
            parts=_still_parts(tx, was, now),
            actor=actor,
            now=now,
        )
        return
    catalog = catalogs.current(tx, now=now)
    place = catalog.unit(was["unit"]) if was["unit"] else None
    zone = catalog.zone if place is None else place.zone
    dates = DateSpan(local(since, zone).date(), local(until, zone).date())
    blocks.stop_extra(tx, extra=was["extra"], dates=dates, unit=was["unit"], reason=was["reason"], actor=actor, now=now)


def _still_parts(tx: Tx, was: Mapping[str, Any], now: datetime) -> list[str]:
    place = catalogs.current(tx, now=now).unit(was["unit"])
    return [part for part in was["parts"] if place is not None and part in place.parts]


def _promo_off(tx: Tx, entry: Entry, actor: Actor, now: datetime) -> None:
    promos.disable(tx, promos.of_id(tx, _subject(entry)).code, actor=actor, now=now)


def _promo_on(tx: Tx, entry: Entry, actor: Actor, now: datetime) -> None:
    promos.enable(tx, promos.of_id(tx, _subject(entry)).code, actor=actor, now=now)


def _setting_back(tx: Tx, entry: Entry, actor: Actor, now: datetime) -> None:
    key = entry.subject.partition(":")[2]
    if settings.get(tx, key) != entry.after:
        raise Refusal("stale", reason="undo_changed")
    if key == settings.BANK and actor.role != "owner":
        raise Refusal("forbidden", reason="role")
    settings.put(tx, key, entry.before, actor=actor, now=now)


_BACK: dict[str, Callable[[Tx, Entry, Actor, datetime], None]] = {
    "price.set": _price_away,
    "price.remove": _price_again,
    "block.add": _open_again,
    closing.AROUND: _open_all_again,
    "block.remove": _close_again,
    "promo.add": _promo_off,
    "promo.disable": _promo_on,
    "promo.enable": _promo_off,
    "setting.change": _setting_back,
}
