"""Owns a cancellation policy laid out on the clock: until which minute each tier decides, and what it gives back (R53)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from housebot.domain.catalog import CancellationPolicy, CancellationTier
from housebot.domain.policy import cancellation, tier_ends
from housebot.domain.stay import Stay


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the end of the one before up to and including `until`: what a cancellation then costs and gives back.

    `tier` is the one that decides. The last stretch has neither: the time to cancel for less is over, or it never ends.
    """

    tier: CancellationTier | None
    until: datetime | None
    fee: int
    refund: int


def stretches(
    policy: CancellationPolicy,
    stay: Stay,
    *,
    total: int,
    deposit: int,
    city_tax: int,
    paid: int,
    nights: Sequence[int] = (),
) -> tuple[Stretch, ...]:
    """The whole policy in the order of the clock, at any minute as `policy.cancellation` says; the first that has not ended applies.

    A tier that never decides, because a cheaper one holds for longer, is in none. Without tiers there is one stretch without an end.
    """
    sums = {"total": total, "deposit": deposit, "city_tax": city_tax, "paid": paid, "nights": nights}
    found: list[Stretch] = []
    for end in sorted({tier_ends(tier, stay) for tier in policy.tiers}):
        then = cancellation(policy, stay, now=end, **sums)  # type: ignore[arg-type]
        if found and found[-1].tier == then.tier:
            found.pop()
        found.append(Stretch(then.tier, end, then.fee, then.refund))
    most = min(paid, max(total - city_tax, 0)) if policy.tiers else 0
    return (*found, Stretch(None, None, most, paid - most))


def applies(laid_out: Sequence[Stretch], now: datetime) -> int:
    """The place of the stretch that decides at this minute."""
    return next(place for place, one in enumerate(laid_out) if one.until is None or now <= one.until)
