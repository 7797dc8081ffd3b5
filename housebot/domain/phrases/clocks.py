"""Owns clock times in a phrase: arrival and departure o'clock."""

from datetime import time

from housebot.domain.phrases.text import BEFORE_TIME, Reader, whole

_DAYPART = r"утра|дня|вечера|ночи|am|pm|a\.m\.?|p\.m\.?|at night"
_TO_TIME = whole(rf"(?:до|until|till) (\d{{1,2}})(?:[:.](\d\d))?(?: ?(?:час\w{{0,2}}|ч|h))?(?: ?({_DAYPART}))?")
_FROM_TO = whole(r"(?:с |from )?(\d{1,2})[:.](\d\d) ?- ?(\d{1,2})[:.](\d\d)")
_EXACT = whole(rf"(?:(?:{BEFORE_TIME}) )?(\d{{1,2}})[:.](\d\d)(?: ?({_DAYPART}))?")
_PARTED = whole(rf"(?:(?:{BEFORE_TIME}) )?(\d{{1,2}})(?: ?(?:час\w{{0,2}}|ч|h))? ?({_DAYPART})")
_ROUND = whole(
    r"(?:в|во|с|со|к|ко|после|около|at|from|after|by|around) (\d{1,2})(?: ?(?:час\w{0,2}|ч|h|oclock))?(?![\w.:/+-]| ?-)"
)
_NAMED = (
    (whole(r"в полдень|полдень|at noon|noon"), time(12)),
    (whole(r"в полночь|полночь|at midnight|midnight"), time(0)),
)


def times(reader: Reader) -> tuple[time | None, time | None]:
    """Arrival and departure o'clock."""
    if found := reader.take(_FROM_TO):
        return clock(int(found[1]), int(found[2])), clock(int(found[3]), int(found[4]))
    leave = None
    if found := reader.take(_TO_TIME):
        leave = _said_clock(0 if found[1] == "24" else int(found[1]), int(found[2] or 0), found[3])
    if found := reader.take(_EXACT):
        return _said_clock(int(found[1]), int(found[2]), found[3]), leave
    if found := reader.take(_PARTED):
        return _said_clock(int(found[1]), 0, found[2]), leave
    for pattern, moment in _NAMED:
        if reader.take(pattern):
            return moment, leave
    if found := reader.take(_ROUND):
        hour = int(found[1])
        return clock(hour + 12 if 1 <= hour <= 6 else hour, 0), leave  # nobody arrives «в 4» before dawn
    return None, leave


def _said_clock(hour: int, minute: int, part: str | None) -> time | None:
    part = (part or "").replace(".", "")
    late = part in ("ночи", "at night") and hour >= 9  # «в 11 ночи» is before midnight, «в 3 часа ночи» after it
    if (part in ("вечера", "дня", "pm") or late) and hour < 12:
        hour += 12
    if part in ("ночи", "am", "at night") and hour == 12:
        hour = 0
    return clock(hour, minute)


def clock(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour <= 23 and minute <= 59 else None
