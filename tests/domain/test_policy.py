"""What a cancellation costs, to the minute (R53). The deposit is proven with the prices (R28)."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from housebot.domain.catalog import CancellationPolicy, CancellationTier
from housebot.domain.period import instant
from housebot.domain.policy import Cancellation, cancellation, fee_words, percent_words
from housebot.domain.stay import Stay, StayRequest, resolve
from tests.factories import secret_house

HOUSE = secret_house()
DAY = 24 * 60


def stay_from(arrival: str, zone: str = "Europe/Minsk") -> Stay:
    catalog = replace(HOUSE, units=(replace(HOUSE.units[0], zone=ZoneInfo(zone)),))
    at = datetime.fromisoformat(arrival)
    return resolve(catalog, StayRequest("house", "day", at, at + timedelta(hours=24), {"adult": 2}))


def cancelled(*tiers: CancellationTier, before: timedelta, paid: int = 40000, **what: object) -> Cancellation:
    stay = stay_from("2026-12-05T16:00")
    usual: dict[str, object] = {"total": 80000, "deposit": 40000, "city_tax": 0}
    return cancellation(CancellationPolicy(tiers), stay, paid=paid, now=stay.start - before, **(usual | what))  # type: ignore[arg-type]


FREE = CancellationTier(7 * DAY, "percent", 0)
HALF = CancellationTier(2 * DAY, "percent", 2500)
DEPOSIT = CancellationTier(0, "deposit")


@pytest.mark.parametrize(
    ("before", "fee"),
    [
        pytest.param(timedelta(days=7), 0, id="seven-days-to-the-minute"),
        pytest.param(timedelta(days=7) - timedelta(seconds=1), 20000, id="a-second-later"),
        pytest.param(timedelta(days=2), 20000, id="two-days"),
        pytest.param(timedelta(days=1), 40000, id="one-day"),
        pytest.param(timedelta(0), 40000, id="at-check-in"),
    ],
)
def test_r53_the_lowest_fee_of_the_matching_tiers_applies(before: timedelta, fee: int) -> None:
    found = cancelled(DEPOSIT, HALF, FREE, before=before)
    assert (found.fee, found.refund) == (fee, 40000 - fee)


def test_r53_the_order_of_the_tiers_is_no_matter() -> None:
    assert cancelled(FREE, HALF, DEPOSIT, before=timedelta(days=3)) == cancelled(
        DEPOSIT, HALF, FREE, before=timedelta(days=3)
    )


def test_r53_the_fee_is_never_more_than_was_paid() -> None:
    assert cancelled(DEPOSIT, before=timedelta(days=1), paid=10000).fee == 10000
    assert cancelled(DEPOSIT, before=timedelta(days=1), paid=0).refund == 0


def test_r53_city_tax_always_comes_back() -> None:
    everything = CancellationTier(0, "percent", 10_000)
    found = cancelled(everything, before=timedelta(days=1), paid=80000, city_tax=3000)
    assert (found.fee, found.refund) == (77000, 3000)


def test_r53_after_the_last_tier_nothing_else_comes_back() -> None:
    found = cancelled(HALF, before=timedelta(hours=5), paid=80000, city_tax=3000)
    assert (found.refund, found.tier) == (3000, None)


def test_r53_first_nights_are_a_fee() -> None:
    found = cancelled(CancellationTier(0, "nights", 1), before=timedelta(days=1), nights=[15000, 25000])
    assert found.fee == 15000


def test_r53_the_owners_cancel_refunds_everything_and_so_does_no_policy() -> None:
    assert cancelled(DEPOSIT, before=timedelta(days=1), by_owner=True).refund == 40000
    assert cancelled(before=timedelta(days=1)).refund == 40000


def test_r5_days_before_are_counted_on_the_calendar() -> None:
    # Between 24 and 25 October Berlin's clock goes back: the day has 25 hours.
    stay = stay_from("2026-10-25T16:00", "Europe/Berlin")
    edge, _ = instant(datetime.fromisoformat("2026-10-24T16:00"), stay.unit.zone, gap="refuse")
    policy = CancellationPolicy((CancellationTier(DAY, "percent", 0),))

    def fee(now: datetime) -> int:
        return cancellation(policy, stay, total=80000, deposit=40000, city_tax=0, paid=40000, now=now).fee

    assert (fee(edge), fee(edge + timedelta(seconds=1))) == (0, 40000)


def test_the_house_keeps_the_prepayment_and_allows_one_move() -> None:
    stay = stay_from("2026-12-05T16:00")
    found = cancellation(
        HOUSE.cancellation,
        stay,
        total=80000,
        deposit=40000,
        city_tax=0,
        paid=40000,
        now=stay.start - timedelta(days=30),
    )
    assert (found.fee, found.refund, HOUSE.cancellation.moves_allowed) == (40000, 0, 1)
    assert "не возвращается" in found.words["ru"]


@pytest.mark.parametrize(
    ("points", "ru", "en"), [(5000, "50 %", "50 %"), (1250, "12,5 %", "12.5 %"), (333, "3,33 %", "3.33 %")]
)
def test_percents_are_said_as_people_write_them(points: int, ru: str, en: str) -> None:
    assert percent_words(points) == {"ru": ru, "en": en}


@pytest.mark.parametrize(
    ("tier", "ru", "en"),
    [
        (CancellationTier(14 * DAY, "percent", 0), "за 14 дн. до заезда и раньше: возвращаем всё", "14 d before arrival or earlier: everything is given back"),
        (CancellationTier(3 * DAY + 90, "percent", 5000), "за 3 дн. 1 ч 30 мин до заезда и раньше: удерживаем 50 % цены", "3 d 1 h 30 min before arrival or earlier: 50 % of the price is kept"),
        (CancellationTier(180, "percent", 10_000), "за 3 ч до заезда и раньше: удерживаем всю цену", "3 h before arrival or earlier: the whole price is kept"),
        (CancellationTier(0, "deposit"), "до заезда: удерживаем предоплату", "until arrival: the prepayment is kept"),
        (CancellationTier(0, "nights", 1), "до заезда: удерживаем ночей: 1", "until arrival: nights kept: 1"),
        (None, "срок бесплатной или частичной отмены прошёл", "the time to cancel for less is over"),
    ],
)  # fmt: skip
def test_r53_why_that_fee_is_said_in_words(tier: CancellationTier | None, ru: str, en: str) -> None:
    assert fee_words(CancellationPolicy((HALF,)), tier) == {"ru": ru, "en": en}


def test_r53_the_words_know_an_appointment_and_a_policy_that_keeps_nothing() -> None:
    assert fee_words(CancellationPolicy((HALF,)), HALF, visit=True)["ru"].startswith("за 2 дн. до визита")
    assert fee_words(CancellationPolicy(), None)["en"] == "everything is given back"
