"""Quotes: stored or signed, honoured for a quarter of an hour, never taken from a client (R23)."""

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from housebot.domain.catalog import CancellationPolicy, Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.spans import DateSpan
from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import catalogs, hooks, prices, quote_tokens, quotes, vault
from housebot.services.quotes import Quote
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.services.conftest import OPENED, OWNER

SATURDAY = datetime(2026, 12, 5, 16)
TTL = timedelta(minutes=15)


def wish(**more: Any) -> StayRequest:
    return replace(
        StayRequest("house", "day", SATURDAY, SATURDAY + timedelta(days=1), {"adult": 4}, {"sauna": 1}), **more
    )


def made(db: DatabaseFile, request: StayRequest | None = None) -> Quote:
    return db.write_now(lambda tx: quotes.make(tx, request or wish(), now=OPENED))


def dearer() -> Catalog:
    catalog = factories.secret_house()
    return replace(catalog, tariffs=tuple(replace(tariff, price=tariff.price + 10_000) for tariff in catalog.tariffs))


def test_r23_a_quote_is_stored_with_lines_version_policy_and_end(db: DatabaseFile) -> None:
    quote = made(db)
    assert [(line.code, line.amount) for line in quote.price.lines if line.amount] == [
        ("base", 70_000),
        ("extra:sauna", 10_000),
    ]
    assert (quote.price.total, quote.catalog_version, quote.expires_at) == (80_000, 1, OPENED + TTL)
    assert quote.policy["moves_allowed"] == factories.secret_house().cancellation.moves_allowed
    assert db.read(lambda tx: quotes.load(tx, quote.id or 0)) == quote


def test_r23_a_quote_outlives_the_catalog_it_was_made_from(db: DatabaseFile) -> None:
    quote = made(db)
    changed = replace(dearer(), cancellation=CancellationPolicy(moves_allowed=9))
    db.write_now(lambda tx: catalogs.apply(tx, to_document(changed), actor=OWNER, now=OPENED))
    assert db.read(lambda tx: quotes.load(tx, quote.id or 0)) == quote


def test_r23_inside_its_time_the_shown_price_is_honoured_and_after_it_the_difference_is_shown(db: DatabaseFile) -> None:
    quote = made(db)
    db.write_now(lambda tx: catalogs.apply(tx, to_document(dearer()), actor=OWNER, now=OPENED))
    last_second = OPENED + TTL - timedelta(seconds=1)
    assert db.write_now(lambda tx: quotes.honoured(tx, quote, now=last_second)) == (quote, 0)
    fresh, difference = db.write_now(lambda tx: quotes.honoured(tx, quote, now=OPENED + TTL))
    assert (fresh.price.total, difference, fresh.catalog_version) == (83_000, 3_000, 2)  # capped by the 25th hour
    assert fresh.id not in {None, quote.id}


def test_r12_a_price_set_by_hand_is_in_the_quote(db: DatabaseFile) -> None:
    dates = DateSpan(SATURDAY.date(), SATURDAY.date() + timedelta(days=1))
    db.write_now(lambda tx: prices.put(tx, dates=dates, percent=2000, actor=OWNER, now=OPENED))
    assert made(db, wish(extras={})).price.total == 84_000


def test_a_quote_is_judged_by_the_stay_rules_and_staff_pass_over_the_soft_ones(db: DatabaseFile) -> None:
    soon = wish(arrival=datetime(2026, 11, 20, 16), departure=datetime(2026, 11, 21, 16))
    with pytest.raises(Refusal, match="too_soon"):
        made(db, soon)
    assert db.write_now(lambda tx: quotes.make(tx, soon, now=OPENED, staff=True)).price.total


def test_r23_a_signed_quote_is_stored_nowhere_and_comes_back_whole(db: DatabaseFile) -> None:
    quote = db.read(lambda tx: quotes.draw_up(tx, wish(), now=OPENED))
    token = db.read(lambda tx: quote_tokens.sign(tx, quote))
    assert db.read(lambda tx: tx.value("SELECT count(*) FROM quotes")) == 0
    assert db.read(lambda tx: quote_tokens.opened(tx, token, now=OPENED)) == quote
    kept = db.write_now(lambda tx: quotes.keep(tx, quote_tokens.opened(tx, token, now=OPENED)))
    assert replace(kept, id=None) == quote
    # Brought again, as after a stay that was given up, it is the one that is stored.
    again = db.write_now(lambda tx: quotes.keep(tx, quote_tokens.opened(tx, token, now=OPENED)))
    assert again == kept
    assert db.read(lambda tx: tx.value("SELECT count(*) FROM quotes")) == 1


def test_r23_a_signed_quote_keeps_its_price_when_the_catalog_changes(db: DatabaseFile) -> None:
    token = db.read(lambda tx: quote_tokens.sign(tx, quotes.draw_up(tx, wish(), now=OPENED)))
    db.write_now(lambda tx: catalogs.apply(tx, to_document(dearer()), actor=OWNER, now=OPENED))
    assert db.read(lambda tx: quote_tokens.opened(tx, token, now=OPENED)).price.total == 80_000


def test_r23_a_signed_quote_ends_to_the_second(db: DatabaseFile) -> None:
    token = db.read(lambda tx: quote_tokens.sign(tx, quotes.draw_up(tx, wish(), now=OPENED)))
    with pytest.raises(Refusal, match="stale"):
        db.read(lambda tx: quote_tokens.opened(tx, token, now=OPENED + TTL))


def test_r23_the_price_never_comes_from_a_client(db: DatabaseFile) -> None:
    import zlib

    token = db.read(lambda tx: quote_tokens.sign(tx, quotes.draw_up(tx, wish(), now=OPENED)))
    packed, _, signature = token.partition(".")
    body = json.loads(zlib.decompress(quote_tokens._bytes(packed)))
    body["price"]["total"] = 1
    forged = quote_tokens._text(zlib.compress(json.dumps(body).encode()))
    for text in (
        f"{forged}.{signature}",
        f"{packed}.",
        packed,
        "",
        ".",
        "é.é",
        token[:-2],
        "x" * 20_000,
        f"{packed}.{signature}.x",
    ):
        with pytest.raises(Refusal, match="invalid"):
            db.read(lambda tx, text=text: quote_tokens.opened(tx, text, now=OPENED))  # type: ignore[misc]


def test_a_token_of_another_desk_is_worth_nothing(db: DatabaseFile, tmp_path: Any) -> None:
    token = db.read(lambda tx: quote_tokens.sign(tx, quotes.draw_up(tx, wish(), now=OPENED)))
    other = DatabaseFile.open(tmp_path / "other.db", create=True)
    other.write_now(lambda tx: catalogs.apply(tx, to_document(factories.secret_house()), actor=OWNER, now=OPENED))
    with pytest.raises(Refusal, match="invalid"):
        other.read(lambda tx: quote_tokens.opened(tx, token, now=OPENED))
    other.close()


def test_r23_who_has_a_copy_of_the_database_alone_names_no_price(tmp_path: Any) -> None:
    desk = DatabaseFile.open(tmp_path / "desk.db", create=True)
    desk.write_now(lambda tx: catalogs.apply(tx, to_document(factories.secret_house()), actor=OWNER, now=OPENED))
    desk.write_now(lambda tx: hooks.ensure_token(tx, "bukza"))  # the key file is there now
    ours = desk.read(lambda tx: quote_tokens.sign(tx, quotes.draw_up(tx, wish(), now=OPENED)))
    desk.close()
    (tmp_path / "stolen").mkdir()
    shutil.copy(tmp_path / "desk.db", tmp_path / "stolen")
    stolen = DatabaseFile.open(tmp_path / "stolen" / "desk.db")
    forged = stolen.read(lambda tx: quote_tokens.sign(tx, quotes.draw_up(tx, wish(), now=OPENED)))
    stolen.close()
    desk = DatabaseFile.open(tmp_path / "desk.db")
    with pytest.raises(Refusal, match="invalid"):
        desk.read(lambda tx: quote_tokens.opened(tx, forged, now=OPENED))
    desk.write_now(lambda tx: vault.rotate(tx, actor=OWNER, now=OPENED))
    assert desk.read(lambda tx: quote_tokens.opened(tx, ours, now=OPENED)).price.total == 80_000, (
        "a change of keys ends none"
    )
    desk.close()


def test_the_json_of_a_quote_is_what_scripts_rely_on(db: DatabaseFile) -> None:
    shown = quotes.as_json(made(db), "en", token="t")
    assert {"lines", "total", "deposit", "currency", "expires_at", "quote_token", "taxes", "notes"} <= shown.keys()
    assert shown["total"] == {"amount": 80_000, "currency": "BYN"}
    assert {"id": "sauna", "quantity": 1, "included": False} in shown["extras"]
    assert sum(line["amount"]["amount"] for line in shown["lines"]) == 80_000
    assert all(set(line) == {"code", "label", "quantity", "unit_price", "amount", "rule"} for line in shown["lines"])
    assert json.loads(json.dumps(shown)) == shown
