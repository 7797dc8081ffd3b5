"""A catalog written out is read back as the same catalog."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from housebot.catalog_file import parse
from housebot.catalog_text import to_toml
from housebot.domain.catalog_document import Document, to_document
from tests.factories import example, guesthouse, secret_house


@pytest.mark.parametrize("name", ["secret-house", "guesthouse", "salon"])
def test_an_example_written_out_is_read_back_as_it_was(name: str) -> None:
    document = to_document(example(name))
    assert parse(to_toml(document)) == document


def test_what_is_written_is_what_an_owner_would_write() -> None:
    text = to_toml(to_document(secret_house()))
    assert 'length = "24h"\n' in text
    assert "day_totals = [700, 1100, 1500" in text
    assert (
        'extras = { sauna = 100, secret-room = "included", second-bedroom = "included", photo-session = 100 }\n' in text
    )
    assert 'weekdays = ["mon", "tue", "wed", "thu"]\n' in text
    assert '{ dates = "12-31..01-02", name = { ru = "Новый год", en = "New Year" } }' in text
    assert '[texts.rules]\nru = """\n• Гостей не больше, чем в брони.\n' in text


def with_everything() -> Document:
    """What the examples leave out."""
    document = copy.deepcopy(to_document(guesthouse()))
    document["tariffs"][0] |= {"weekday_pairs": [[4, 6]], "extra_guest_price": 1250, "active": False}
    document["extras"].insert(0, {"id": "service", "name": {"en": "Service"}, "basis": "percent", "price": 550})
    document["tariffs"][0]["extras"]["service"] = 550
    document["extras"][1]["stop_dates"] = ["2026-12-01..2026-12-05"]
    document["cancellation"]["tiers"] = [
        {"before_minutes": 1530, "fee": "nights", "value": 2},
        {"before_minutes": 45, "fee": "percent", "value": 1250},
    ]
    document["holds"] = {"bank_transfer": 90, "cash_hours": 5, "per_guest": 1}
    document["deposits"] = [{"fixed": 5000, "tariffs": ["house"]}, {"first_nights": 1}]
    document["dated_prices"].append(
        {"id": "cheap", "name": {"en": "Cheap"}, "dates": ["2027-02-01"], "percent": -1250, "priority": 3}
    )
    return document


def test_what_the_examples_do_not_use_is_read_back_too() -> None:
    document = with_everything()
    assert parse(to_toml(document)) == document


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=200).map(str.strip).filter(bool))
def test_any_words_survive(words: str) -> None:
    words = words.encode("utf-8", "replace").decode()
    document = to_document(secret_house())
    document["texts"] = {"rules": {"ru": words}, "about": {"en": f"first\n{words}"}}
    assert parse(to_toml(document))["texts"] == document["texts"]
