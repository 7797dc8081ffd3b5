"""The policy laid out on the clock says at every minute what a cancellation at that minute says (R53)."""

import random
from datetime import timedelta
from typing import Any

import pytest

from housebot.domain import edges
from housebot.domain.catalog import CancellationPolicy, CancellationTier
from housebot.domain.policy import cancellation, tier_ends
from tests.domain.test_policy import DAY, stay_from

FREE = CancellationTier(14 * DAY, "percent", 0)
HALF = CancellationTier(3 * DAY, "percent", 5000)
ALL = CancellationTier(0, "percent", 10_000)
SUMS: dict[str, Any] = {"total": 80000, "deposit": 40000, "city_tax": 0, "paid": 80000}


def test_r53_each_tier_stands_with_its_last_minute_and_its_sum() -> None:
    stay = stay_from("2026-12-05T16:00")
    found = edges.stretches(CancellationPolicy((ALL, FREE, HALF)), stay, **SUMS)
    assert [(one.tier, one.until, one.refund) for one in found] == [
        (FREE, stay.start - timedelta(days=14), 80000),
        (HALF, stay.start - timedelta(days=3), 40000),
        (ALL, stay.start, 0),
        (None, None, 0),
    ]


def test_r53_the_edge_belongs_to_the_tier_that_ends_there() -> None:
    stay = stay_from("2026-12-05T16:00")
    found = edges.stretches(CancellationPolicy((FREE, HALF)), stay, **SUMS)
    edge = tier_ends(FREE, stay)
    assert edges.applies(found, edge) == 0
    assert edges.applies(found, edge + timedelta(seconds=1)) == 1


def test_r53_a_tier_that_a_cheaper_one_outlasts_is_not_told() -> None:
    dear = CancellationTier(14 * DAY, "percent", 10_000)
    found = edges.stretches(CancellationPolicy((dear, HALF)), stay_from("2026-12-05T16:00"), **SUMS)
    assert [one.tier for one in found] == [HALF, None]


def test_r53_without_tiers_everything_goes_back_at_any_time() -> None:
    (only,) = edges.stretches(CancellationPolicy(), stay_from("2026-12-05T16:00"), **SUMS)
    assert (only.until, only.refund, only.fee) == (None, 80000, 0)


@pytest.mark.parametrize("seed", range(40))
def test_r53_laid_out_or_asked_at_a_minute_the_policy_says_the_same(seed: int) -> None:
    dice = random.Random(seed)
    zone = dice.choice(["Europe/Minsk", "Europe/Berlin", "America/New_York"])
    stay = stay_from(dice.choice(["2026-12-05T16:00", "2027-03-28T16:00", "2027-03-14T18:00"]), zone)
    tiers = tuple(
        CancellationTier(
            dice.choice([0, 1, 90, DAY, 3 * DAY, 3 * DAY + 125, 14 * DAY]),
            dice.choice(["percent", "deposit", "nights"]),
            dice.choice([0, 1, 2, 5000, 10_000]),
        )
        for _ in range(dice.randrange(5))
    )
    policy = CancellationPolicy(tiers)
    sums: dict[str, Any] = {
        "total": 80000,
        "deposit": 40000,
        "city_tax": dice.choice([0, 900]),
        "paid": dice.choice([0, 30000, 80000]),
    }
    laid_out = edges.stretches(policy, stay, **sums)
    ends = [tier_ends(tier, stay) for tier in tiers] or [stay.start]
    for end in ends:
        for now in (end - timedelta(seconds=1), end, end + timedelta(seconds=1), end + timedelta(days=60)):
            asked, told = cancellation(policy, stay, now=now, **sums), laid_out[edges.applies(laid_out, now)]
            assert (told.tier, told.fee, told.refund) == (asked.tier, asked.fee, asked.refund)
