"""Must-show: random histories of money, and after each step the ledger is what the provider's own books say (R36, R44, R45, R48)."""

from hypothesis import HealthCheck, settings

from tests.histories.machine import MoneyMachine

MoneyMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestMoneyHistories = MoneyMachine.TestCase
