"""Prices by API: by the engine of the desk, line by line, signed for a while, never the client's (R22, R23, R49)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog_document import to_document
from housebot.domain.promo import Promo
from housebot.services import catalogs, guesses, promos
from tests import factories
from tests.web.api.test_bookings import BOOKINGS, STAY
from tests.web.serving import OWNER, Served, serving

CALCULATE = "/api/v1/pricing/calculate"
TARIFFS = "/api/v1/pricing/tariffs"
WISH = {name: value for name, value in STAY.items() if name not in {"user_contact", "name"}}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def quoted(desk: Served, key: str | None = None, **changes: Any) -> dict[str, Any]:
    status, found, _ = await desk.ask("POST", CALCULATE, key=key, json=WISH | changes)
    assert status == 200, found
    return dict(found)


async def dearer(desk: Served) -> None:
    """The price of every day goes up."""
    document = to_document(factories.secret_house())
    for tariff in document["tariffs"]:
        tariff["price"] += 10_000
        if "day_totals" in tariff:
            tariff["day_totals"] = [total + 10_000 for total in tariff["day_totals"]]
    await desk.db.write(lambda tx: catalogs.apply(tx, document, actor=OWNER, now=desk.clock.now()))


async def test_r22_every_line_explains_itself_and_their_sum_is_the_total(desk: Served) -> None:
    found = await quoted(desk)
    assert found["total"]["amount"] == sum(one["amount"]["amount"] for one in found["lines"]) > 0
    assert {"code", "label", "quantity", "unit_price", "amount", "rule"} <= set(found["lines"][0])
    assert (found["currency"], found["quote_token"] is not None) == ("BYN", True)


async def test_r23_a_token_keeps_its_price_for_its_time_and_for_its_stay_alone(desk: Served) -> None:
    key = await desk.key("book")
    found = await quoted(desk)
    await dearer(desk)
    assert (await quoted(desk))["total"]["amount"] > found["total"]["amount"]
    other = STAY | {"quote_token": found["quote_token"], "number_of_guests": 6}
    status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=other)
    assert (status, said["error"]["details"]["reason"]) == (422, "quote_token_of_another_stay")
    wish = STAY | {"quote_token": found["quote_token"]}
    status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=wish)
    assert (status, made["total"], made["quote"]["total"]) == (201, found["total"], found["total"])


async def test_r23_a_token_that_is_over_or_forged_gives_no_price(desk: Served) -> None:
    key = await desk.key("book")
    found = await quoted(desk)
    token = found["quote_token"]
    body, _, signature = token.partition(".")
    for forged in (body, f"{body}.", f"{body}.{signature[::-1]}", f"{body[:-2]}AA.{signature}", "ё", "a" * 16_000):
        status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"quote_token": forged})
        assert (status, said["error"]["code"]) == (422, "invalid"), forged
    desk.clock.instant = factories.at(found["expires_at"])
    status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"quote_token": token})
    assert (status, said["error"]["code"]) == (409, "stale")
    desk.clock.instant -= timedelta(seconds=1)
    assert (await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"quote_token": token}))[0] == 201


async def test_r51_a_promo_code_is_a_line_and_its_token_is_honoured_with_the_code_alone(desk: Served) -> None:
    for name, percent in (("SPRING", 1500), ("WINTER", 1000)):
        code = Promo(id=0, code=name, kind="percent", value=percent)
        await desk.db.write(
            lambda tx, code=code: promos.add(  # type: ignore[misc]
                tx, factories.secret_house(), code, actor=OWNER, now=desk.clock.now()
            )
        )
    plain, found = await quoted(desk), await quoted(desk, promocode=" spring ")
    assert found["total"]["amount"] < plain["total"]["amount"]
    assert "promo" in [one["code"] for one in found["lines"]]
    key = await desk.key("book")
    other = STAY | {"quote_token": found["quote_token"], "promocode": "WINTER"}
    status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=other)
    assert (status, said["error"]["details"]["reason"]) == (422, "quote_token_of_another_stay")
    wish = STAY | {"quote_token": found["quote_token"], "promocode": "SPRING"}
    status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=wish)
    assert (status, made["total"]) == (201, found["total"])


async def test_r49_strangers_guess_no_codes_and_learn_nothing_of_them(desk: Served) -> None:
    for number in range(guesses.MOST):
        status, said, _ = await desk.ask("POST", CALCULATE, json=WISH | {"promocode": f"GUESS{number}"})
        assert (status, said["error"]["code"], said["error"]["details"]) == (422, "promo_invalid", {})
    status, said, headers = await desk.ask("POST", CALCULATE, json=WISH | {"gift_code": "GUESS"})
    assert (status, said["error"]["code"], int(headers["Retry-After"]) > 0) == (429, "rate_limited", True)
    assert "an hour" in said["error"]["message"]
    assert (await quoted(desk))["total"]  # a price without a code is told as ever
    assert (await desk.ask("POST", CALCULATE, key=await desk.key(), json=WISH | {"promocode": "X"}))[0] == 422


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit": "castle"}, "unknown_unit"),
        ({"tariff": None}, "invalid"),
        ({"number_of_guests": 40}, "max_guests"),
        ({"extras": [{"id": "sauna", "quantity": 99}]}, "invalid"),
        ({"extras": ["transfer"]}, "extra_not_offered"),
        ({"end_date": "2026-12-04T14:00"}, "invalid"),
        ({"start_date": "2026-11-19T14:00", "end_date": "2026-11-20T14:00"}, "past"),
        ({"total": {"amount": 1, "currency": "BYN"}}, "invalid"),
        ({"quote_token": "x"}, "invalid"),
        ({"user_contact": "+375291234567"}, "invalid"),
        ({"promocode": ""}, "invalid"),
        ({"gift_code": "x" * 65}, "invalid"),
    ],
)
async def test_what_cannot_be_sold_is_refused_with_its_reason(desk: Served, changes: dict[str, Any], code: str) -> None:
    status, said, _ = await desk.ask("POST", CALCULATE, json=WISH | changes)
    assert (status, said["error"]["code"]) == (422, code)


@pytest.mark.parametrize("example", ["secret_house", "guesthouse", "salon"])
async def test_the_list_of_tariffs_speaks_the_language_of_the_client_and_hides_nothing_that_is_sold(
    tmp_path: Path, example: str
) -> None:
    catalog = getattr(factories, example)()
    async with serving(tmp_path / "other.db", catalog) as desk:
        _, english, _ = await desk.ask("GET", TARIFFS)
        _, russian, _ = await desk.ask("GET", TARIFFS, Accept_Language="ru-BY, en;q=0.5")
    assert [one["id"] for one in english["tariffs"]] == [one.id for one in catalog.tariffs if one.active]
    assert [one["id"] for one in english["units"]] == [one.id for one in catalog.units]
    assert [one["name"] for one in russian["tariffs"]] != [one["name"] for one in english["tariffs"]]
    assert [one["from_price"]["amount"] for one in english["tariffs"]] == [
        one.price for one in catalog.tariffs if one.active
    ]


async def test_a_desk_without_a_catalog_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path / "empty.db") as desk:
        await desk.db.write(lambda tx: tx.run("DELETE FROM catalog_versions"))
        for method, path, body in (("GET", TARIFFS, None), ("POST", CALCULATE, WISH)):
            status, said, _ = await desk.ask(method, path, json=body)
            assert (status, said["error"]["code"]) == (404, "not_found")
