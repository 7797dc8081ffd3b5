"""Owns when keys were used last, until it is written down: many uses are one write, and no request waits for it (A4)."""

from datetime import datetime

from housebot.services import keys
from housebot.services.ports import Database


class Uses:
    """The last use of each key since the last `write_down`."""

    def __init__(self) -> None:
        self._seen: dict[int, datetime] = {}

    def note(self, key_id: int, at: datetime) -> None:
        self._seen[key_id] = at

    async def write_down(self, db: Database) -> int:
        """How many keys were used; nothing is written where none was. What cannot be written now is kept for the next time."""
        taken, self._seen = self._seen, {}
        if not taken:
            return 0
        try:
            await db.write(lambda tx: keys.used(tx, taken))
        except BaseException:
            self._seen = taken | self._seen
            raise
        return len(taken)
