"""Money goes back to gifts first, then newest payment first, and never more than has come (R48)."""

from hypothesis import given
from hypothesis import strategies as st

from housebot.domain.refund import Part, left, split, total

CARD, BANK, CASH = Part(1, "gift", 6000), Part(2, "bank", 3000), Part(3, "cash", 1000)
STAY = Part(4, "gift", 6000, whole=True)


def back(paid: list[Part], amount: int) -> list[tuple[int, int]]:
    return [(part.payment_id, part.amount) for part in split(paid, amount)]


def test_r48_gifts_come_first_then_the_newest_money() -> None:
    paid = [BANK, CARD, CASH]
    assert back(paid, 5000) == [(1, 5000)]
    assert back(paid, 6500) == [(1, 6000), (3, 500)]
    assert back(paid, 9000) == [(1, 6000), (3, 1000), (2, 2000)]
    assert back(paid, 99_999) == [(1, 6000), (3, 1000), (2, 3000)]
    assert back(paid, 0) == []


def test_r49_a_certificate_goes_back_whole_or_not_at_all() -> None:
    assert back([STAY, BANK], 7000) == [(4, 6000), (2, 1000)]
    assert back([STAY, BANK], 5999) == [(2, 3000)]


def test_what_has_gone_back_went_from_the_newest() -> None:
    assert [(part.payment_id, part.amount) for part in left([BANK, CASH], 1500)] == [(2, 2500)]


parts = st.lists(st.builds(Part, st.integers(1, 10**6), st.sampled_from(["gift", "bank", "cash"]), st.integers(1, 10**7)), max_size=6)  # fmt: skip


@given(parts, st.integers(0, 10**8))
def test_nothing_is_lost_and_nothing_is_made_up(paid: list[Part], amount: int) -> None:
    assert total(split(paid, amount)) == min(amount, total(paid))
    assert total(left(paid, amount)) == max(total(paid) - amount, 0)
