"""A request that is sent twice has its effect once, and is answered alike (A1)."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.promo import Promo
from housebot.services import bookings, guesses, holding, idempotency, promos
from housebot.services.bookings import Booking
from tests import factories
from tests.web.api.test_bookings import BOOKINGS, STAY, on
from tests.web.serving import OWNER, Served, serving


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


@pytest.fixture
async def key(desk: Served) -> str:
    return await desk.key()


def made(desk: Served) -> list[Booking]:
    return desk.db.read(lambda tx: bookings.listing(tx).items)


async def test_a1_the_same_request_again_is_given_the_same_answer_to_the_letter(desk: Served, key: str) -> None:
    first = await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one")
    desk.clock.instant += timedelta(hours=1)
    again = await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one")
    assert again[:2] == first[:2] == (201, first[1])
    assert again[2]["Location"] == first[2]["Location"]
    assert ("Idempotent-Replayed" in first[2], again[2]["Idempotent-Replayed"]) == (False, "true")
    assert len(made(desk)) == 1


async def test_a1_the_key_is_taken_for_another_body_another_path_and_another_method(desk: Served, key: str) -> None:
    await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one")
    number = made(desk)[0].id
    for method, path, body in (
        ("POST", BOOKINGS, on(8)),
        ("POST", BOOKINGS, STAY | {"comment": ""}),
        ("POST", f"{BOOKINGS}/{number}/no-show", {}),
        ("PATCH", f"{BOOKINGS}/{number}", {"confirm": True}),
    ):
        status, said, _ = await desk.ask(method, path, key=key, json=body, Idempotency_Key="one")
        assert (status, said["error"]["code"]) == (422, "idempotency_mismatch")
    assert [one.status for one in made(desk)] == ["held"]


async def test_a1_a_twin_that_comes_while_the_first_is_at_work_is_told_so(desk: Served, key: str) -> None:
    release = threading.Event()
    busy = asyncio.ensure_future(desk.db.write(lambda tx: release.wait(60)))  # the one writer has its hands full
    twins = {
        asyncio.ensure_future(desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one")) for _ in range(2)
    }
    done, waiting = await asyncio.wait(twins, return_when=asyncio.FIRST_COMPLETED)
    release.set()
    status, said, _ = done.pop().result()
    assert (status, said["error"]["code"]) == (409, "in_flight")
    assert (await waiting.pop())[0] == 201
    await busy
    assert (await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one"))[0] == 201
    assert len(made(desk)) == 1


async def test_a1_a_conflict_is_not_kept_it_may_pass(desk: Served, key: str) -> None:
    _, first, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    assert (await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="two"))[0] == 409
    await desk.ask("DELETE", f"{BOOKINGS}/{first['id']}", key=key)
    assert (await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="two"))[0] == 201


async def test_a1_a_limit_is_not_kept_either(desk: Served) -> None:
    key = await desk.key("book")
    for number in range(guesses.MOST_OF_KEY):
        await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"promocode": f"GUESS{number}"})
    wish = STAY | {"promocode": "SPRING"}
    assert (await desk.ask("POST", BOOKINGS, key=key, json=wish, Idempotency_Key="one"))[0] == 429
    code = Promo(id=0, code="SPRING", kind="percent", value=1500)
    await desk.db.write(lambda tx: promos.add(tx, factories.secret_house(), code, actor=OWNER, now=desk.clock.now()))
    desk.clock.instant += timedelta(hours=1, seconds=1)
    assert (await desk.ask("POST", BOOKINGS, key=key, json=wish, Idempotency_Key="one"))[0] == 201


async def test_a1_what_a_rule_said_is_kept_like_a_success(desk: Served, key: str) -> None:
    wish = STAY | {"promocode": "SPRING"}
    first = await desk.ask("POST", BOOKINGS, key=key, json=wish, Idempotency_Key="one")
    code = Promo(id=0, code="SPRING", kind="percent", value=1500)
    await desk.db.write(lambda tx: promos.add(tx, factories.secret_house(), code, actor=OWNER, now=desk.clock.now()))
    again = await desk.ask("POST", BOOKINGS, key=key, json=wish, Idempotency_Key="one")
    assert again[:2] == first[:2]
    assert (first[0], again[2]["Idempotent-Replayed"]) == (422, "true")
    assert (await desk.ask("POST", BOOKINGS, key=key, json=wish, Idempotency_Key="two"))[0] == 201


async def test_a1_a_fault_of_ours_leaves_nothing_and_the_same_key_may_try_again(
    desk: Served, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:

        def keep(*_: Any, **__: Any) -> None:
            raise RuntimeError("between the effect and its answer")

        broken.setattr(idempotency, "keep", keep)
        status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one")
        assert (status, said["error"]["code"]) == (500, "temporarily_unavailable")
        assert "between" not in str(said)
    assert made(desk) == []
    with monkeypatch.context() as broken:
        broken.setattr(holding, "_begin", keep)
        assert (await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one"))[0] == 500
    assert made(desk) == []
    assert (await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one"))[0] == 201


async def test_a1_the_key_belongs_to_one_credential(desk: Served, key: str) -> None:
    other = await desk.key("book")
    statuses = [
        (await desk.ask("POST", BOOKINGS, key=one, json=on(day), Idempotency_Key="one"))[0]
        for one, day in ((key, 5), (other, 8))
    ]
    assert (statuses, len(made(desk))) == ([201, 201], 2)


async def test_a1_a_day_later_the_key_is_a_new_one(desk: Served, key: str) -> None:
    await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one")
    await desk.ask("PATCH", f"{BOOKINGS}/1", key=key, json={"confirm": True})
    desk.clock.instant += timedelta(hours=24) - timedelta(seconds=1)
    assert (await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one"))[0] == 201
    desk.clock.instant += timedelta(seconds=1)
    status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key="one")
    assert (status, said["error"]["code"]) == (409, "dates_taken")


async def test_a1_a_change_sent_twice_is_made_once(desk: Served, key: str) -> None:
    await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    for _ in range(2):
        body = {"notes": "comes by bus"}
        status, found, _ = await desk.ask("PATCH", f"{BOOKINGS}/1", key=key, json=body, Idempotency_Key="note")
        assert (status, len(found["notes"])) == (200, 1)
    status, found, _ = await desk.ask("PATCH", f"{BOOKINGS}/1", key=key, json={"notes": "comes by bus"})
    assert len(found["notes"]) == 2


@pytest.mark.parametrize("word", ["", "x" * 201, "ключ", "order 17"])
async def test_a1_a_key_that_is_no_word_is_refused_before_anything_is_done(desk: Served, key: str, word: str) -> None:
    status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY, Idempotency_Key=word)
    assert (status, list(said["error"]["details"]["fields"])) == (422, ["Idempotency-Key"])
    assert made(desk) == []
