"""What is said to YooKassa and what is made of its answers, against a double that refuses what the real one refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from housebot.errors import ProviderAway, ProviderRefused
from housebot.integrations.yookassa import YooKassa
from housebot.services.ports import Order
from tests.yookassa import SECRET, SHOP, YooKassaDouble

ORDER = Order(40000, "BYN", "HB-7K3F", "HB-7K3F · сб 5 дек", "https://t.me/house_bot", phone="+375291112233")


@pytest.fixture
async def shop() -> AsyncIterator[YooKassaDouble]:
    async with YooKassaDouble() as double:
        yield double


@asynccontextmanager
async def client(shop: YooKassaDouble, secret: str = SECRET, **more: Any) -> AsyncIterator[YooKassa]:
    async with YooKassa(SHOP, secret, base=shop.url, **more) as provider:
        yield provider


async def test_money_is_authorised_then_taken_then_sent_back_in_parts(shop: YooKassaDouble) -> None:
    async with client(shop) as provider:
        made = await provider.create(ORDER, key="k1")
        assert (made.state, made.amount, made.currency, made.booking) == ("pending", 40000, "BYN", "HB-7K3F")
        assert made.confirmation_url is not None
        assert shop.newest()["amount"] == {"value": "400.00", "currency": "BYN"}
        assert shop.bodies[0]["capture"] is False
        await shop.pay()
        held = await provider.get(made.id)
        assert held.state == "waiting_for_capture"
        assert (await provider.capture(held, key="k1-capture")).state == "succeeded"
        assert (await provider.refund(made.id, replace(ORDER, amount=15050), key="r1")).state == "succeeded"
        with pytest.raises(ProviderRefused):
            await provider.refund(made.id, replace(ORDER, amount=24951), key="r2")
        assert str(shop.taken()) == "249.50"


async def test_defect_15_a_call_made_again_with_its_key_is_one_payment(shop: YooKassaDouble) -> None:
    async with client(shop) as provider:
        shop.lost_answers = 1
        with pytest.raises(ProviderAway):
            await provider.create(ORDER, key="k1")
        first = await provider.create(ORDER, key="k1")
        assert (await provider.create(ORDER, key="k1")).id == first.id
        assert len(shop.payments) == 1
        with pytest.raises(ProviderRefused):
            await provider.create(replace(ORDER, amount=1), key="k1")


async def test_still_at_work_is_asked_again_after_the_time_it_names(shop: YooKassaDouble) -> None:
    async with client(shop) as provider:
        shop.busy = 1
        with pytest.raises(ProviderAway) as away:
            await provider.create(ORDER, key="k1")
        assert away.value.retry_after == 1.8
        assert (await provider.create(ORDER, key="k1")).state == "pending"


async def test_only_authorised_money_can_be_let_go(shop: YooKassaDouble) -> None:
    async with client(shop) as provider:
        made = await provider.create(ORDER, key="k1")
        with pytest.raises(ProviderRefused):
            await provider.cancel(made.id, key="k1-cancel")
        await shop.pay()
        gone = await provider.cancel(made.id, key="k1-cancel-2")
        assert (gone.state, gone.reason) == ("canceled", "canceled_by_merchant")


async def test_a_wrong_key_is_not_a_no_and_is_never_repeated_in_words(shop: YooKassaDouble) -> None:
    async with client(shop, "live_wrong-secret") as provider:
        with pytest.raises(ProviderAway) as away:
            await provider.create(ORDER, key="k1")
    assert away.value.locked_out
    told = repr(away.value) + repr(away.value.__context__) + repr(away.value.__cause__)
    assert "wrong-secret" not in told


@pytest.mark.parametrize("trouble", ["down", "nobody", "odd id"])
async def test_trouble_on_the_way_is_told_apart_from_an_answer(shop: YooKassaDouble, trouble: str) -> None:
    async with client(shop) as provider:
        if trouble == "odd id":
            with pytest.raises(ProviderRefused):
                await provider.get("../refunds")
            assert shop.calls == []
            return
        if trouble == "down":
            shop.down = True
        else:
            provider._base = "http://127.0.0.1:9/v3"
        with pytest.raises(ProviderAway):
            await provider.get("22e12f66-000f-5000-8000-18db351245c7")


async def test_money_of_a_test_shop_is_marked(shop: YooKassaDouble) -> None:
    shop.test = True
    async with client(shop) as provider:
        assert not (await provider.create(ORDER, key="k1")).genuine
    async with client(shop, test=True) as provider:
        assert (await provider.create(ORDER, key="k2")).genuine


async def test_a_receipt_goes_to_the_guests_phone_or_to_the_owner(shop: YooKassaDouble) -> None:
    async with client(shop, vat_code=1, tax_system=2, receipt_email="me@example.com") as provider:
        await provider.create(ORDER, key="k1")
        await provider.create(replace(ORDER, phone=None, whole=True), key="k2")
    first, second = (body["receipt"] for body in shop.bodies)
    assert first["customer"] == {"phone": "375291112233"}
    assert (first["tax_system_code"], first["items"][0]["payment_mode"]) == (2, "prepayment")
    assert second["customer"] == {"email": "me@example.com"}
    assert second["items"][0]["payment_mode"] == "full_prepayment"


async def test_a_currency_without_cents_is_written_without_them(shop: YooKassaDouble) -> None:
    async with client(shop) as provider:
        made = await provider.create(replace(ORDER, amount=5000, currency="JPY"), key="k1")
    assert made.amount == 5000
    assert shop.newest()["amount"] == {"value": "5000", "currency": "JPY"}
