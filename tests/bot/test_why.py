"""Why this price, why this refund: the words from what was stored and decided, one function for guest and staff (R22, R53)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from housebot.bot import why
from housebot.domain.catalog import CancellationPolicy, CancellationTier
from housebot.services import bookings, refunds
from housebot.services.bookings import Booking
from housebot.storage.file import DatabaseFile
from housebot.words import Html, translator
from tests import factories
from tests.desk import OWNER, SECOND, Desk

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
DAY = 24 * 60
TIERS = (
    CancellationTier(14 * DAY, "percent", 0),
    CancellationTier(3 * DAY, "percent", 5000),
    CancellationTier(0, "percent", 10_000),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    house = factories.secret_house()
    yield Desk(file, replace(house, cancellation=CancellationPolicy(TIERS, 1, {"ru": "По срокам", "en": "By date"})))
    file.close()


def booked(desk: Desk) -> Booking:
    return desk.confirm(desk.hold(*SATURDAY, method="bank", extras={"sauna": 1}), received=80000, twice=True)


def preview(desk: Desk, booking: Booking, choice: refunds.Choice = "policy", language: str = "ru") -> list[str]:
    return desk.read(
        lambda tx: plain(
            why.refund_lines(
                tx, translator(language), booking, refunds.terms(tx, booking, choice, now=desk.now), now=desk.now
            )
        )
    )


def afterwards(desk: Desk, booking: Booking, *, staff: bool = True, language: str = "ru") -> list[str]:
    named = (lambda actor: f"[{actor}]") if staff else None
    return desk.read(
        lambda tx: plain(
            why.refund_lines(tx, translator(language), bookings.get(tx, booking.id), now=desk.now, named=named)
        )
    )


def plain(lines: list[Html]) -> list[str]:
    return [re.sub("<[^>]+>", "", one) for one in lines]


def test_r53_each_tier_is_told_with_date_and_clock_time_and_the_one_that_applies_is_marked(desk: Desk) -> None:
    assert preview(desk, booked(desk)) == [
        "Почему такой возврат",
        "Если отменить сейчас (пт 20 ноя 15:00): вернём 800 BYN из 800 BYN, удержим 0 BYN.",
        "Считаем по условиям отмены, с которыми забронированы даты.",
        "Условия отмены по срокам:",
        "не позже сб 21 ноя 16:00 (за 14 дн. до заезда и раньше: возвращаем всё) — вернём 800 BYN ← этот срок",
        "не позже ср 2 дек 16:00 (за 3 дн. до заезда и раньше: удерживаем 50 % цены) — вернём 400 BYN",
        "не позже сб 5 дек 16:00 (до заезда: удерживаем всю цену) — вернём 0 BYN",
        "позже (срок бесплатной или частичной отмены прошёл) — вернём 0 BYN",
    ]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_r53_what_was_shown_before_is_told_the_same_afterwards(desk: Desk, language: str) -> None:
    booking = booked(desk)
    desk.pass_time(days=5)
    shown = preview(desk, booking, language=language)
    desk.cancel(booking, by="guest", actor=desk.actor(booking))
    desk.pass_time(days=9)  # explained later, by the minute of the cancellation
    told = afterwards(desk, booking, staff=False, language=language)
    assert told[3:] == shown[3:]
    assert "400 BYN" in told[1]


def test_a7_staff_read_who_decided_what_and_why_and_the_guest_does_not(desk: Desk) -> None:
    booking = booked(desk)
    desk.cancel(booking, by="owner", reason="Прорвало трубу", refund=12345, actor=SECOND)
    staff = afterwards(desk, booking)
    assert staff[1:5] == [
        "Отмена пт 20 ноя 15:00: к возврату 123.45 BYN из 800 BYN, удержано 676.55 BYN.",
        "Хозяин решил вернуть 123.45 BYN.",
        "Решение: [staff:2], пт 20 ноя 15:00.",
        "Причина: Прорвало трубу.",
    ]
    guest = " ".join(afterwards(desk, booking, staff=False))
    assert "staff:2" not in guest
    assert "трубу" not in guest


@pytest.mark.parametrize(
    ("choice", "said"),
    [("all", "Отменяет хозяин"), ("none", "решил не возвращать"), (5000, "решил вернуть 50 BYN")],
)
def test_r53_a_choice_of_the_owner_is_told_as_one(desk: Desk, choice: refunds.Choice, said: str) -> None:
    lines = preview(desk, booked(desk), choice)
    assert said in lines[2]
    assert lines[3] == "По условиям отмены было бы так:"


def test_r53_a_hold_and_an_unpaid_stay_have_no_tiers_to_tell(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, method="bank")
    assert preview(desk, hold)[1:] == [
        "Оплаты не было, возвращать нечего.",
        "Бронь не была подтверждена, поэтому возвращаем всё, что пришло.",
    ]
    assert len(preview(desk, desk.confirm(hold))) == 3
    assert afterwards(desk, hold) == []


def test_r22_a_price_is_told_by_its_stored_lines_and_what_the_owner_changed(desk: Desk) -> None:
    booking = booked(desk)
    desk.write(
        lambda tx: bookings.set_price(tx, booking.id, 75000, reason="Постоянный гость", actor=OWNER, now=desk.now)
    )
    lines = desk.read(
        lambda tx: plain(
            why.booking_lines(tx, translator("ru"), bookings.get(tx, booking.id), named=lambda actor: f"[{actor}]")
        )
    )
    assert lines == [
        "Почему такая цена",
        "Сутки, от 3 человек: один раз — 700",
        "Сауна: один раз — 100",
        "Тайная комната: включено — 0",
        "Вторая спальня: включено — 0",
        "Цена хозяина: один раз — −50",
        "Итого 750 BYN",
        "Предоплата 400 BYN: 50 %.",
        "пт 20 ноя 15:00 хозяин изменил цену: было 800, стало 750 BYN.",
        "Кто изменил: [staff:1].",
        "Причина: Постоянный гость.",
    ]
