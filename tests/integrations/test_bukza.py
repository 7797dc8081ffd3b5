"""Bukza's request is read by its shape: whatever a name holds, the order is read, and a guest reaches no other key (A5)."""

import json

import pytest

from housebot.errors import Unreadable
from housebot.integrations.bukza import FIELDS, Bukza, template
from tests.bukza import said

NASTY = [
    'Иван "Ваня" Петров',
    "back\\slash",
    "trailing\\",
    "two\nlines",
    "tab\there\r\n",
    '"',
    '""}',
    '"}\n{',
    "'; DROP TABLE bookings; --",
    "ёжик 🦔",
    '\\"',
    "\\u0041",
    "[bukza_status]",
]


@pytest.mark.parametrize("name", NASTY)
def test_a5_a_name_breaks_nothing(name: str) -> None:
    order = Bukza().read(said(first_name=name, last_name=name, comment=name))
    assert (order.number, order.status, order.resource, order.total) == ("1001", "Новый", "Дом", "650")
    assert order.start.isoformat() == "2026-12-05T16:00:00"


@pytest.mark.parametrize(
    "name",
    [
        'x", "status": "Отменён", "total": "1',
        'x",\n  "order": "999",\n  "paid": "650',
        'x", "last_name": "y", "comment": "z"}',
        '"comment": "',
    ],
)
def test_a5_what_a_guest_types_reaches_no_other_key(name: str) -> None:
    for key in ("first_name", "last_name", "comment"):
        order = Bukza().read(said(**{key: name}))
        assert (order.number, order.status, order.total, order.paid) == ("1001", "Новый", "650", "")


def test_a5_escaped_words_are_read_as_they_were_meant() -> None:
    order = Bukza().read(said(first_name='Иван \\"Ваня\\"', last_name="Петров\\u0430"))
    assert order.name == 'Иван "Ваня" Петрова'


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-12-05T16:00", "2026-12-05T16:00:00"),
        ("2026-12-05T16:00:30", "2026-12-05T16:00:00"),
        ("2026-12-05 16:00", "2026-12-05T16:00:00"),
        ("05.12.2026 16:00", "2026-12-05T16:00:00"),
        ("05.12.2026", "2026-12-05T00:00:00"),
        ("2026-12-05T13:00:00Z", "2026-12-05T13:00:00+00:00"),
        ("2026-12-05T16:00:00+03:00", "2026-12-05T16:00:00+03:00"),
    ],
)
def test_a5_both_forms_of_a_time_are_read(text: str, read: str) -> None:
    assert Bukza().read(said(start=text)).start.isoformat() == read


def test_a5_a_placeholder_that_bukza_does_not_know_is_nothing_or_named() -> None:
    assert Bukza().read(said(changed="[bukza_updated_at]")).changed_at is None
    with pytest.raises(Unreadable, match=r"\[bukza_start\]"):
        Bukza().read(said(start="[bukza_start]"))


def test_the_template_is_json_with_every_key_once() -> None:
    found = json.loads(template())
    assert list(found) == ["housebot", *(key for key, _ in FIELDS)]


def test_nothing_of_a_guest_is_in_the_words_of_an_order() -> None:
    order = Bukza().read(said(comment="a secret"))
    assert not any(word in repr(order) for word in ("secret", "Коваль", "375"))
