"""Wrong codes are counted for one and for all, and forgotten after an hour (R49)."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from housebot.errors import Refusal
from housebot.services import guesses
from housebot.storage.file import DatabaseFile
from tests.services.conftest import OPENED


def test_r49_guessing_is_limited_for_one_and_for_all(db: DatabaseFile) -> None:
    def limited(who: str, now: datetime = OPENED) -> None:
        db.write_now(lambda tx: guesses.limit(tx, who, now=now))

    for _ in range(guesses.MOST):
        limited("guest:1")
        db.write_now(lambda tx: guesses.wrong(tx, "guest:1", now=OPENED))
    with pytest.raises(Refusal, match="rate_limited"):
        limited("guest:1")
    limited("guest:2")
    for number in range(guesses.MOST_OF_ALL):
        db.write_now(partial(guesses.wrong, who=f"guest:{number + 10}", now=OPENED))
    with pytest.raises(Refusal, match="rate_limited"):
        limited("guest:2")
    limited("guest:1", OPENED + timedelta(hours=1))
