"""What becomes of a message: how it is said, and every way in which saying it can go wrong."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from housebot.integrations.telegram.api import Api
from housebot.integrations.telegram.sender import Sender
from housebot.services.ports import Button, Invoice, Message, Outgoing, Picture, ReplyKeyboard
from housebot.simulator.client import Person, SimClient
from housebot.simulator.pictures import receipt
from tests.wire import TOKEN, Wire

ROW = Outgoing(1, "test.text", {}, 0, None, "en", silent=False, card=None)


@pytest.fixture
def sender(wire: Wire) -> Sender:
    return Sender(wire.api)


@pytest.fixture
def row(anna: Person) -> Outgoing:
    return replace(ROW, chat_id=anna.id)


async def test_buttons_of_every_sort_arrive(sender: Sender, row: Outgoing, anna: Person) -> None:
    buttons = (
        (Button("Free", data="d.1"), Button("Map", url="https://example.org/")),
        (Button("Copy 400", copy="400"),),
    )
    sent = await sender.send(row, Message("<b>Hi</b>", buttons))
    assert sent.outcome == "sent"
    seen = await anna.last()
    assert (seen.text, seen.rows) == ("Hi", [["Free", "Map"], ["Copy 400"]])
    assert (await anna.press("Copy 400")).value == {"text": "400"}


async def test_a_reply_keyboard_and_a_contact_button_arrive(sender: Sender, row: Outgoing, anna: Person) -> None:
    keyboard = ReplyKeyboard((("Share my number",), ("Menu",)), contact="Share my number", placeholder="…")
    assert (await sender.send(row, Message("Your number?", reply_keyboard=keyboard))).outcome == "sent"
    assert await anna.keyboard() == ["Share my number", "Menu"]
    await sender.send(row, Message("Thanks", remove_keyboard=True))
    assert await anna.keyboard() == []


async def test_a_forced_reply_is_answered_by_the_next_words(sender: Sender, row: Outgoing, anna: Person) -> None:
    sent = await sender.send(row, Message("What shall we tell the guest?", force_reply="Your words"))
    written = await anna.send("Welcome!")
    assert written["reply_to"]["message_id"] == sent.message_id


async def test_a_picture_is_sent_from_bytes_and_again_by_its_id(
    sender: Sender, row: Outgoing, anna: Person, wire: Wire
) -> None:
    png = receipt(1)
    sent = await sender.send(row, Message("Look", pictures=(Picture(content=png),)))
    assert sent.outcome == "sent"
    assert (await anna.last()).text == "Look"
    call = (await anna.sim.journal("sendPhoto"))[-1]
    file_id = call["answer"]["result"]["photo"][-1]["file_id"]
    assert await sender.download(file_id)
    again = await sender.send(row, Message("Again", pictures=(Picture(file_id=file_id),)))
    assert again.outcome == "sent"
    album = await sender.send(row, Message("Three", pictures=(Picture(file_id=file_id), Picture(content=png))))
    assert album.outcome == "sent"
    paper = await sender.send(
        row, Message("Paper", pictures=(Picture(content=b"%PDF-1.4 x", name="a.pdf", document=True),))
    )
    assert paper.outcome == "sent"


async def test_t2_an_edit_that_changes_nothing_is_a_success(sender: Sender, row: Outgoing) -> None:
    sent = await sender.send(row, Message("Same"))
    again = await sender.send(replace(row, message_id=sent.message_id), Message("Same"))
    assert (again.outcome, again.message_id) == ("sent", sent.message_id)


async def test_t2_an_edit_of_a_message_that_is_gone_is_a_lost_card(sender: Sender, row: Outgoing) -> None:
    assert (await sender.send(replace(row, message_id=987654), Message("Hello?"))).outcome == "card_lost"


async def test_a_card_with_a_picture_keeps_its_place_when_it_changes(
    sender: Sender, row: Outgoing, anna: Person
) -> None:
    sent = await sender.send(row, Message("Waits", pictures=(Picture(content=receipt(1)),)))
    edited = await sender.send(
        replace(row, message_id=sent.message_id), Message("Decided", pictures=(Picture(content=receipt(2)),))
    )
    assert (edited.outcome, edited.message_id) == ("sent", sent.message_id)
    assert (await anna.last()).text == "Decided"


@pytest.mark.parametrize(
    ("trouble", "wishes", "outcome"),
    [
        ("429", {"retry_after": 3}, "later"),
        ("500", {}, "later"),
        ("502", {}, "later"),
        ("403", {}, "gone"),
        ("error", {"code": 400, "description": "Bad Request: can't parse entities"}, "failed"),
        ("lose_reply", {}, "ambiguous"),
        ("drop_connection", {}, "ambiguous"),
    ],
)
async def test_t2_every_failure_has_its_outcome(
    sim: SimClient, sender: Sender, row: Outgoing, trouble: str, wishes: dict[str, object], outcome: str
) -> None:
    await sim.misbehave(trouble, method="sendMessage", **wishes)
    sent = await sender.send(row, Message("Hello"))
    assert sent.outcome == outcome
    assert sent.retry_after == (3 if trouble == "429" else 0)


async def test_a_call_that_never_left_may_be_repeated() -> None:
    async with Api(TOKEN, "http://127.0.0.1:9") as api:
        assert (await Sender(api).send(replace(ROW, chat_id=1), Message("Hello"))).outcome == "later"


async def test_the_token_is_in_no_error_and_no_log(
    caplog: pytest.LogCaptureFixture, sim: SimClient, wire: Wire
) -> None:
    caplog.set_level("DEBUG")
    secret = TOKEN.partition(":")[2]
    async with Api(TOKEN, "http://127.0.0.1:9") as away:
        calls: list[Any] = [away.call("getMe"), away.download("photos/1.jpg")]
        errors = [*await asyncio.gather(*calls, return_exceptions=True)]
    await sim.misbehave("drop_connection", method="getMe")
    errors += await asyncio.gather(wire.api.call("getMe"), wire.api.call("noSuchMethod"), return_exceptions=True)
    for error in errors:
        assert isinstance(error, Exception)
        chain = [error, error.__cause__, error.__context__]
        assert all(secret not in repr(one) and secret not in str(one) for one in chain)
    assert secret not in caplog.text


async def test_a_group_that_became_a_supergroup_says_where_it_went(
    sim: SimClient, sender: Sender, anna: Person
) -> None:
    group = await sim.group("Desk", anna)
    new = (await sim.call("migrate", chat=group))["chat_id"]
    sent = await sender.send(replace(ROW, chat_id=group), Message("Hello"))
    assert sent.moved_to == new


INVOICE = Invoice("Prepayment HB-7K3F", "The house", "opaque", "pay", "Prepayment", 40000, "BYN")


async def test_r47_an_invoice_always_has_a_start_parameter_and_the_providers_token(
    wire: Wire, row: Outgoing, anna: Person
) -> None:
    sent = await Sender(wire.api, provider_token="1:TEST:x").send(row, Message("Prepayment", invoice=INVOICE))
    assert sent.outcome == "sent"
    (call,) = await anna.sim.journal("sendInvoice")
    asked = call["params"]
    assert (asked["start_parameter"], asked["payload"], asked["currency"]) == ("pay", "opaque", "BYN")
    assert (await anna.last())["invoice"]["total_amount"] == 40000


async def test_r47_without_a_token_the_invoice_fails_and_is_told(sender: Sender, row: Outgoing) -> None:
    assert (await sender.send(row, Message("Prepayment", invoice=INVOICE))).outcome == "failed"


async def test_r47_an_answer_before_a_payment_that_comes_too_late_is_nobodys_loss(sender: Sender) -> None:
    await sender.answer_checkout("unknown", None)
    await sender.answer_checkout("unknown", "Too late")
