"""Owns the promise that what a piece of work has read before never stands in the way of what is true (R31, R33)."""

import asyncio
import inspect
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog_document import to_document
from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import bookings as desk
from housebot.services import catalogs
from housebot.services.ports import SYSTEM
from housebot.storage import booking_list, bookings, guests, quotes
from housebot.storage.bookings import Booking
from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile, Tx
from housebot.storage.guests import Guest
from tests import factories

AT = "2026-11-01T10:00:00Z"
NOW = factories.at(AT)

WRITES: dict[str, Callable[[Tx, Guest], Any]] = {
    "touch": lambda tx, one: guests.touch(tx, one.id, name="Anna", username="a", language="en", at=AT),
    "set_language": lambda tx, one: guests.set_language(tx, one.id, "en"),
    "set_contact": lambda tx, one: guests.set_contact(tx, one.id, "+375291234567", shared=True),
    "set_name": lambda tx, one: guests.set_name(tx, one.id, "Anna"),
    "set_ban": lambda tx, one: guests.set_ban(tx, one.id, at=AT, reason="a door"),
    "set_unreachable": lambda tx, one: guests.set_unreachable(tx, 700, at=AT),
}


@pytest.fixture
def file(tmp_path: Path) -> DatabaseFile:
    return DatabaseFile.open(tmp_path / "desk.db", create=True)


def newcomer(tx: Tx) -> Guest:
    return guests.insert(tx, telegram_id=700, name="Анна", username=None, language="ru", source="", at=AT)


def stored(tx: Tx, guest_id: int) -> dict[str, Any]:
    row = tx.one("SELECT * FROM guests WHERE id = :id", id=guest_id)
    assert row is not None
    return dict(row)


@pytest.mark.parametrize("name", WRITES)
def test_a_guest_who_was_changed_is_read_anew(file: DatabaseFile, name: str) -> None:
    def work(tx: Tx) -> None:
        one = newcomer(tx)
        assert guests.get(tx, one.id) == one
        before = stored(tx, one.id)
        WRITES[name](tx, one)
        assert stored(tx, one.id) != before
        shown = guests.get(tx, one.id)
        assert shown is not None
        assert {field: getattr(shown, field) for field in before} == stored(tx, one.id)

    file.write_now(work)


def test_every_change_of_a_guest_is_among_those_that_are_tried() -> None:
    writers = {
        name
        for name, function in inspect.getmembers(guests, inspect.isfunction)
        if "UPDATE guests" in inspect.getsource(function)
    }
    assert writers == set(WRITES)


def test_a_new_guest_is_as_their_row_is(file: DatabaseFile) -> None:
    def work(tx: Tx) -> tuple[Guest, Guest | None]:
        one = guests.insert(
            tx,
            telegram_id=None,
            name="Мария",
            username="m",
            language="ru",
            source="api",
            at=AT,
            contact="+375291234567",
        )
        tx.begin_anew()
        return one, guests.get(tx, one.id)

    made, read = file.write_now(work)
    assert made == read


BOOKING_WRITES: dict[str, Callable[[Tx, Booking], Any]] = {
    "insert": lambda tx, one: bookings.insert(tx, replace(one, code="HB-0000", comment="another one")),
    "swap": lambda tx, one: bookings.swap(tx, one, replace(one, status="awaiting_payment", comment="late", version=2)),
    "reallocate": lambda tx, one: bookings.reallocate(tx, one, replace(one, total=one.total + 1, guests=3, version=2)),
}


@pytest.mark.parametrize("name", BOOKING_WRITES)
def test_a_booking_that_was_just_made_or_changed_is_shown_as_it_is_stored(file: DatabaseFile, name: str) -> None:
    def work(tx: Tx) -> None:
        catalogs.apply(tx, to_document(factories.secret_house()), actor=SYSTEM, now=NOW)
        wish = StayRequest("house", "day", datetime(2026, 12, 5, 14), datetime(2026, 12, 6, 14), {"adult": 2})
        one = desk.hold(tx, wish, guest_id=newcomer(tx).id, name="Анна", source="api", actor=SYSTEM, now=NOW)
        made = booking_list.one(tx, one.id)
        changed = BOOKING_WRITES[name](tx, one)
        assert changed
        number = changed.id if isinstance(changed, Booking) else one.id
        shown = booking_list.one(tx, number)
        tx.begin_anew()
        assert booking_list.one(tx, number) == shown != made

    file.write_now(work)


def test_every_change_of_a_booking_is_among_those_that_are_tried() -> None:
    writers = {
        name
        for name, function in inspect.getmembers(bookings, inspect.isfunction)
        if "UPDATE bookings" in inspect.getsource(function) or 'tx.add("bookings"' in inspect.getsource(function)
    }
    assert writers == set(BOOKING_WRITES)


def test_what_an_attempt_undoes_was_not_read(file: DatabaseFile) -> None:
    def work(tx: Tx) -> str:
        one = newcomer(tx)
        with suppress(Refusal), tx.attempt():
            guests.set_name(tx, one.id, "somebody else")
            assert getattr(guests.get(tx, one.id), "name", "") == "somebody else"
            raise Refusal("stale")
        return getattr(guests.get(tx, one.id), "name", "")

    assert file.write_now(work) == "Анна"


async def test_a_piece_reads_what_its_neighbour_in_the_group_has_stored_and_nothing_of_what_was_refused(
    tmp_path: Path,
) -> None:
    database = Database.open(tmp_path / "desk.db", create=True)
    one = await database.write(newcomer)

    def rename(tx: Tx, name: str, *, refuse: bool) -> str:
        guests.set_name(tx, one.id, name)
        shown = getattr(guests.get(tx, one.id), "name", "")
        if refuse:
            raise Refusal("stale")
        return shown

    commits = database.stats.commits
    said = await asyncio.gather(
        database.write(lambda tx: getattr(guests.get(tx, one.id), "name", "")),
        database.write(lambda tx: rename(tx, "kept", refuse=False)),
        database.write(lambda tx: getattr(guests.get(tx, one.id), "name", "")),
        database.write(lambda tx: rename(tx, "refused", refuse=True)),
        database.write(lambda tx: getattr(guests.get(tx, one.id), "name", "")),
        return_exceptions=True,
    )
    assert database.stats.commits == commits + 1, "they were one group"
    assert [one if isinstance(one, str) else type(one) for one in said] == ["Анна", "kept", "kept", Refusal, "kept"]
    assert database.read(lambda tx: getattr(guests.get(tx, one.id), "name", "")) == "kept"
    await asyncio.to_thread(_rename_by_another_process, tmp_path / "desk.db", one.id)
    assert await database.write(lambda tx: getattr(guests.get(tx, one.id), "name", "")) == "by the shell"
    assert database.read(lambda tx: getattr(guests.get(tx, one.id), "name", "")) == "by the shell"
    await database.aclose()


def test_a_catalog_that_was_applied_is_in_force_for_the_rest_of_the_piece(file: DatabaseFile) -> None:
    catalog = factories.secret_house()
    renamed = to_document(replace(catalog, name={"en": "The other house", "ru": "Другой дом"}))

    def work(tx: Tx) -> tuple[str, str]:
        catalogs.apply(tx, to_document(catalog), actor=SYSTEM, now=NOW)
        before = catalogs.current(tx, now=NOW).name["en"]
        with suppress(Refusal), tx.attempt():
            catalogs.apply(tx, renamed, actor=SYSTEM, now=NOW)
            assert catalogs.current(tx, now=NOW).name["en"] == "The other house"
            raise Refusal("stale")
        assert catalogs.current(tx, now=NOW).name["en"] == before
        catalogs.apply(tx, renamed, actor=SYSTEM, now=NOW)
        return before, catalogs.current(tx, now=NOW).name["en"]

    before, after = file.write_now(work)
    assert before != after == "The other house"


def test_a_quote_of_a_code_that_is_stored_is_not_stored_twice(file: DatabaseFile) -> None:
    def store(tx: Tx) -> int | None:
        return quotes.insert(
            tx, code="ABC", guest_id=None, catalog_version=1, request={}, price={}, total=1, deposit=0, currency="BYN", created_at=AT, expires_at=AT
        )  # fmt: skip

    def work(tx: Tx) -> tuple[int | None, int | None, int]:
        catalogs.apply(tx, to_document(factories.secret_house()), actor=SYSTEM, now=NOW)
        return store(tx), store(tx), quotes.id_of(tx, "ABC")

    first, second, known = file.write_now(work)
    assert (second, known) == (None, first)


def test_a_quote_that_cannot_be_stored_for_another_reason_says_so(file: DatabaseFile) -> None:
    def store(tx: Tx) -> int | None:
        return quotes.insert(
            tx, code="ABC", guest_id=None, catalog_version=9, request={}, price={}, total=1, deposit=0, currency="BYN", created_at=AT, expires_at=AT
        )  # fmt: skip

    with pytest.raises(sqlite3.IntegrityError):
        file.write_now(store)


def _rename_by_another_process(path: Path, guest_id: int) -> None:
    other = DatabaseFile.open(path)
    other.write_now(lambda tx: guests.set_name(tx, guest_id, "by the shell"))
    other.close()
