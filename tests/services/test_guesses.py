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


def test_r49_strangers_who_guess_keep_no_guest_and_no_key_from_typing_a_code(db: DatabaseFile) -> None:
    for number in range(guesses.MOST_OF_ALL):
        db.write_now(partial(guesses.wrong, who=f"address:{number}", now=OPENED))
    with pytest.raises(Refusal, match="rate_limited"):
        db.write_now(lambda tx: guesses.limit(tx, "address:new", now=OPENED))
    db.write_now(lambda tx: guesses.limit(tx, "guest:1", now=OPENED))
    db.write_now(lambda tx: guesses.limit(tx, "key:1", now=OPENED))


def test_r49_a_key_asks_for_many_people_and_is_limited_by_itself(db: DatabaseFile) -> None:
    for _ in range(guesses.MOST_OF_KEY):
        db.write_now(lambda tx: guesses.limit(tx, "key:1", now=OPENED))
        db.write_now(lambda tx: guesses.wrong(tx, "key:1", now=OPENED))
    with pytest.raises(Refusal, match="rate_limited"):
        db.write_now(lambda tx: guesses.limit(tx, "key:1", now=OPENED))
    for who in ("key:11", "key:2", "guest:1", "address:1"):
        db.write_now(partial(guesses.limit, who=who, now=OPENED))
