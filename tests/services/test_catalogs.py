"""Catalog versions: in force from their day, kept by bookings, covered by what is set by hand."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import audit, catalog_versions, catalogs, house_words, prices, settings
from housebot.services.catalogs import Applied
from housebot.services.settings import BankData
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.services.conftest import OPENED, OWNER


def dearer(price: int) -> Catalog:
    catalog = factories.secret_house()
    first = replace(catalog.tariffs[0], price=price)
    return replace(catalog, tariffs=(first, *catalog.tariffs[1:]))


def moved(address: str) -> Catalog:
    catalog = factories.secret_house()
    return replace(catalog, units=(replace(catalog.units[0], address={"ru": address}),))


def apply(db: DatabaseFile, catalog: Catalog, **more: Any) -> Applied:
    return db.write_now(lambda tx: catalogs.apply(tx, to_document(catalog), **{"actor": OWNER, "now": OPENED, **more}))


def price_at(db: DatabaseFile, text: str) -> int:
    return db.read(lambda tx: catalogs.current(tx, now=factories.at(text))).tariffs[0].price


def test_a_desk_without_a_catalog_says_so(empty: DatabaseFile) -> None:
    with pytest.raises(Refusal, match="not_found"):
        empty.read(lambda tx: catalogs.current(tx, now=OPENED))


def test_the_applied_document_is_the_catalog(db: DatabaseFile) -> None:
    assert db.read(lambda tx: catalogs.current(tx, now=OPENED)) == factories.secret_house()
    assert db.read(lambda tx: catalogs.number(tx, now=OPENED)) == 1


def test_an_equal_document_changes_and_stores_nothing(db: DatabaseFile) -> None:
    again = apply(db, factories.secret_house())
    assert (again.version, again.changes) == (1, [])
    assert [row.version for row in db.read(catalogs.history)] == [1]


def test_applying_shows_what_changes_and_is_remembered(db: DatabaseFile) -> None:
    applied = apply(db, dearer(80_000), note="осень")
    assert applied.version == 2
    assert any("800" in line for line in applied.changes)
    entry = db.read(lambda tx: audit.history(tx, "catalog:2"))[0]
    assert (entry.action, entry.actor, entry.reason, entry.before["version"]) == (
        "catalog.apply",
        "staff:1",
        "осень",
        1,
    )


def test_a_version_is_in_force_from_its_local_day_on(db: DatabaseFile) -> None:
    apply(db, dearer(80_000), from_date=date(2026, 12, 1))
    # Midnight in Minsk is 21:00 UTC the evening before.
    assert price_at(db, "2026-11-30T20:59:59Z") == 70_000
    assert price_at(db, "2026-11-30T21:00:00Z") == 80_000


def test_what_is_applied_today_does_not_cancel_what_is_planned(db: DatabaseFile) -> None:
    planned = apply(db, dearer(80_000), from_date=date(2026, 12, 1))
    today = apply(db, dearer(75_000))
    assert today.later == [planned.version]
    assert price_at(db, "2026-11-25T12:00:00Z") == 75_000
    assert price_at(db, "2026-12-02T12:00:00Z") == 80_000


def test_a_day_that_is_over_is_refused(db: DatabaseFile) -> None:
    with pytest.raises(Refusal, match="from_date_past"):
        apply(db, dearer(80_000), from_date=date(2026, 11, 19))
    assert [row.version for row in db.read(catalogs.history)] == [1]


def test_bookings_find_the_version_they_were_sold_under(db: DatabaseFile) -> None:
    apply(db, dearer(80_000))
    assert db.read(lambda tx: catalogs.version(tx, 1)).tariffs[0].price == 70_000
    assert db.read(lambda tx: catalogs.version(tx, 2)).tariffs[0].price == 80_000
    with pytest.raises(Refusal, match="not_found"):
        db.read(lambda tx: catalogs.version(tx, 3))


def test_a_version_rolled_back_is_not_taken_for_the_one_that_follows(db: DatabaseFile) -> None:
    class Never(Exception):  # noqa: N818
        pass

    def tried(tx: Any) -> None:
        catalogs.apply(tx, to_document(dearer(99_000)), actor=OWNER, now=OPENED)
        assert catalogs.current(tx, now=OPENED).tariffs[0].price == 99_000
        raise Never

    with pytest.raises(Never):
        db.write_now(tried)
    assert apply(db, dearer(80_000)).version == 2
    assert price_at(db, "2026-11-25T12:00:00Z") == 80_000


def test_what_is_kept_in_memory_is_bounded(db: DatabaseFile) -> None:
    for price in range(71_000, 71_000 + 2 * catalog_versions.KEPT):
        apply(db, dearer(price))
    for row in db.read(catalogs.history):
        db.read(lambda tx, row=row: catalogs.version(tx, row.version))  # type: ignore[misc]
    assert len(db.cache["catalogs"]) == catalog_versions.KEPT


def test_r12_hand_set_words_lie_above_the_document_and_apply_lists_them(db: DatabaseFile) -> None:
    key = next(iter(factories.secret_house().texts))
    written = db.read(lambda tx: house_words.texts(tx, key, "ru", now=OPENED))
    db.write_now(lambda tx: settings.set_text(tx, key, "ru", "Свои слова", actor=OWNER, now=OPENED))
    assert written
    assert db.read(lambda tx: house_words.texts(tx, key, "ru", now=OPENED)) == "Свои слова"
    assert db.read(lambda tx: house_words.texts(tx, "nothing of the kind", "ru", now=OPENED)) == ""
    applied = apply(db, dearer(80_000))
    assert f"text {key}" in applied.covered
    assert db.read(lambda tx: house_words.texts(tx, key, "ru", now=OPENED)) == "Свои слова"


def test_r12_prices_set_by_hand_are_marked_so(db: DatabaseFile) -> None:
    assert db.read(catalogs.hand_prices) == ()
    dates = DateSpan(date(2026, 12, 5), date(2026, 12, 7))
    db.write_now(lambda tx: prices.put(tx, dates=dates, percent=2000, actor=OWNER, now=OPENED))
    (kept,) = db.read(catalogs.hand_prices)
    assert (kept.id, kept.dates, kept.percent, kept.by_hand) == ("hand-1", (dates,), 2000, True)
    assert "price hand-1" in apply(db, dearer(80_000)).covered


def test_photos_sent_to_the_bot_replace_those_of_the_document(db: DatabaseFile) -> None:
    unit = replace(factories.secret_house().units[0], photos=("a.jpg",))
    assert db.read(lambda tx: house_words.photos(tx, unit)) == ("a.jpg",)
    db.write_now(lambda tx: settings.add_photo(tx, unit.id, "file-id", actor=OWNER, now=OPENED))
    assert db.read(lambda tx: house_words.photos(tx, unit)) == ("file-id",)


def codes(db: DatabaseFile) -> set[str]:
    return {one.code for one in db.read(lambda tx: house_words.leftovers(tx, now=OPENED))}


def address(db: DatabaseFile) -> str:
    unit = db.read(lambda tx: catalogs.current(tx, now=OPENED)).units[0]
    return db.read(lambda tx: house_words.address(tx, unit, "ru", now=OPENED))


def test_guests_are_not_sent_the_examples_address(db: DatabaseFile) -> None:
    assert factories.secret_house().units[0].address
    assert "address" in codes(db)
    assert address(db) == ""


def test_an_address_set_from_the_chat_is_the_owners(db: DatabaseFile) -> None:
    db.write_now(lambda tx: settings.set_text(tx, "address.house", "ru", "Лесная 5", actor=OWNER, now=OPENED))
    assert address(db) == "Лесная 5"
    assert "address" not in codes(db)


def test_an_address_changed_in_the_file_is_the_owners(db: DatabaseFile) -> None:
    apply(db, moved("Озёрная 2"))
    assert address(db) == "Озёрная 2"
    assert "address" not in codes(db)


def test_bank_data_are_missed_until_they_are_set_and_then_judged(db: DatabaseFile) -> None:
    assert "bank_missing" in codes(db)
    shipped, real = BankData("B", "0000 0000 0000 0000", "N"), BankData("B", "9112 3456", "N")
    db.write_now(lambda tx: settings.set_bank(tx, shipped, actor=OWNER, now=OPENED))
    assert "bank_number" in codes(db)
    db.write_now(lambda tx: settings.set_bank(tx, real, actor=OWNER, now=OPENED))
    assert not {"bank_number", "bank_missing"} & codes(db)
