"""The houses that journeys are walked in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import factories
from tests.journeys.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Secret House, Friday 27 November 2026, 12:00 in Minsk."""
    async with open_house(tmp_path, factories.secret_house()) as opened:
        yield opened


@pytest.fixture
async def guesthouse(tmp_path: Path) -> AsyncIterator[House]:
    """Rooms by the night."""
    async with open_house(tmp_path, factories.guesthouse()) as opened:
        yield opened


@pytest.fixture
async def salon(tmp_path: Path) -> AsyncIterator[House]:
    """Three specialists."""
    async with open_house(tmp_path, factories.salon()) as opened:
        yield opened
