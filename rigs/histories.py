"""Owns the rig of random money: thousands of histories of payments, refunds and gifts against the books of a strict provider (R44, R45).

The machine and what must be true of it live in `tests/histories`; here it only runs for longer, and says what it has tried.
"""

from tests.histories.running import run

HISTORIES, SMALL = 2000, 200
STEPS = 30
TOLD = (
    "histories",
    "steps",
    "confirmed",
    "payments by card",
    "strange payments",
    "payments that were late or strange",
    "refunds by card",
    "notifications",
    "captured in the cabinet",
    "sent back in the cabinet",
    "a chargeback",
    "the rest by card",
    "a change to be paid",
    "an offer",
)


def main(*, small: bool, seed: int) -> int:
    try:
        seen = run(histories=SMALL if small else HISTORIES, steps=STEPS, seed=seed)
    except AssertionError as wrong:
        print(f"FAULT  {wrong}\n" + "\n".join(getattr(wrong, "__notes__", [])), flush=True)
        return 1
    print("\n".join(f"{seen[name]:>8}  {name}" for name in TOLD))
    return 0
