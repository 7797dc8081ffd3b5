"""What a request does is done when its turn has come, not when its first line came: at that time, and by a key that still opens something."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.services import bookings, keys
from housebot.storage.file import DatabaseFile
from housebot.web.api import serving as api
from tests.web.api.test_bookings import BOOKINGS, STAY
from tests.web.serving import OPENED, OWNER, Served, serving

LATER = timedelta(seconds=12)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


def while_the_body_comes(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    read = api._body

    async def reading(*said: Any) -> object:
        body = await read(*said)
        meanwhile()
        return body

    monkeypatch.setattr(api, "_body", reading)


def wait(desk: Served) -> None:
    desk.clock.instant += LATER


async def test_a3_a_booking_whose_body_came_slowly_is_told_to_who_has_looked_meanwhile(
    desk: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await desk.key()
    while_the_body_comes(monkeypatch, lambda: wait(desk))
    status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    assert (status, made["created_at"]) == (201, "2026-11-20T12:00:12Z")
    _, found, _ = await desk.ask("GET", f"{BOOKINGS}?updated_since=2026-11-20T12:00:12Z", key=key)
    assert [one["id"] for one in found["items"]] == [made["id"]]


@pytest.mark.parametrize("once", [{}, {"Idempotency_Key": "one"}], ids=["plain", "once"])
async def test_a3_a_booking_that_waited_for_the_writer_is_told_to_who_has_looked_meanwhile(
    desk: Served, once: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, write = await desk.key(), desk.db.write

    async def after_others(work: Any) -> Any:
        wait(desk)
        return await write(work)

    monkeypatch.setattr(desk.db, "write", after_others)
    _, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY, **once)
    assert made["created_at"] == "2026-11-20T12:00:12Z"


async def test_r32_a_hold_that_ends_while_the_body_of_a_change_comes_is_over(
    desk: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await desk.key()
    _, held, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    ends = desk.db.read(lambda tx: bookings.get(tx, held["id"])).hold_expires_at
    assert ends is not None
    desk.clock.instant = ends - timedelta(seconds=1)
    while_the_body_comes(monkeypatch, lambda: wait(desk))
    status, said, _ = await desk.ask("PATCH", f"{BOOKINGS}/{held['id']}", key=key, json={"number_of_guests": 2})
    assert (status, said["error"]["code"]) == (409, "stale")


async def test_a4_a_key_that_is_revoked_while_its_body_comes_does_nothing_more(
    desk: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await desk.key("book")

    def revoke() -> None:
        shell = DatabaseFile.open(tmp_path / "housebot.db")
        try:
            shell.write_now(lambda tx: keys.revoke(tx, int(key.split("_")[1]), actor=OWNER, now=OPENED))
        finally:
            shell.close()
        desk.db._look_again()  # the turn of the loop in which a slow body comes is another one

    while_the_body_comes(monkeypatch, revoke)
    status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    assert (status, said["error"]["code"]) == (401, "unauthorized")
    assert desk.db.read(lambda tx: bookings.listing(tx).items) == []
