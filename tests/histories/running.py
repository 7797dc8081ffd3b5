"""Runs random histories of money, the same for the same seed."""

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import seed as seed_of
from hypothesis.stateful import run_state_machine_as_test

from tests.histories.machine import SEEN
from tests.histories.purposes import EveryPurpose


def run(*, histories: int, steps: int, seed: int) -> Counter[str]:
    """So many histories; what they were made of. A fault is raised, shrunk to the steps that matter."""
    SEEN.clear()
    seeded = seed_of(seed)(type("Seeded", (EveryPurpose,), {}))
    run_state_machine_as_test(
        seeded,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Counter(SEEN)
