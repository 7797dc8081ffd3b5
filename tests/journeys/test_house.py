"""The harness itself: a desk that polls, rests, and comes back."""

from tests.journeys.house import House


async def test_the_desk_comes_to_rest_and_survives_a_restart(house: House) -> None:
    await house.close()
    await house.open()
    await house.settle()
    assert house.read(lambda tx: tx.value("SELECT COUNT(*) FROM inbox WHERE state = 'new'")) == 0
