"""Random histories of money: after each step the ledger is what the provider's own books say (R36, R44, R45, R48).

Here some three hundred of them, seeded; `make rigs` runs two thousand, `python -m rigs histories --seed N` others.
"""

import pytest

from tests.histories.running import run

HISTORIES = 150  # of each seed
STEPS = 30
LEAST = 5  # of everything a history should have met
NEEDED = (
    "payments by card",
    "refunds by card",
    "strange payments",
    "payments that were late or strange",
    "confirmed",
    "notifications",
    "the rest by card",
    "a change to be paid",
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_r44_r45_after_every_step_of_a_random_history_the_ledger_is_what_the_provider_says(seed: int) -> None:
    seen = run(histories=HISTORIES, steps=STEPS, seed=seed)
    assert seen["histories"] >= HISTORIES
    for name in NEEDED:
        assert seen[name] >= LEAST, f"vacuous: {seen[name]} {name}"
