"""UX 7.32: words between staff and guests; nothing reaches a guest that was not meant for them."""

import pytest

from housebot.services import relaying, settings
from housebot.simulator.client import Seen
from tests.journeys.house import House
from tests.journeys.staffroom import card, ledger, texts_of, waiting
from tests.journeys.test_staff_settings import connected


async def test_check_32_a_reply_to_a_card_reaches_nobody_and_says_how_to_write(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    before = await texts_of(guest)
    shown = await card(house.owner, booking)
    await house.owner.send("спроси у неё про собаку", reply_to=shown.id)
    hint = await house.owner.wait_for("нажмите «Гостю»")
    await house.settle()
    assert hint
    assert await texts_of(guest) == before


async def test_check_32_a_reply_to_the_prompt_is_received_once_and_echoed(house: House) -> None:
    guest = await house.guest()
    await waiting(house, guest)
    await house.owner.press("💬 Гостю")
    prompt = await house.owner.wait_for("Ответьте на это сообщение")
    await house.settle()  # a person reads before answering; the desk has noted by then where the question stands
    await house.owner.send("Можно с собакой <b>&", reply_to=prompt.id)
    echo = await house.owner.wait_for("отправлено")
    await house.settle()
    assert "Гостю Мария отправлено: «Можно с собакой <b>&»" in echo.text
    received = [text for text in await texts_of(guest) if "Можно с собакой <b>&" in text]
    assert len(received) == 1
    before = await texts_of(guest)
    await house.owner.send("просто так", reply_to=0)
    await house.settle()
    assert await texts_of(guest) == before


async def test_check_32_in_a_group_only_the_one_who_asked_may_answer_the_prompt(house: House) -> None:
    group = await connected(house)
    guest = await house.guest()
    await waiting(house, guest)
    await house.sim.call("member", chat=group, user=house.second_owner.id)
    stranger = await house.guest("Чужой")
    await house.sim.call("member", chat=group, user=stranger.id)
    await house.owner.press("💬 Гостю", chat=group)
    prompt = await house.owner.wait_for("Ответьте на это сообщение", chat=group)
    before = await texts_of(guest)
    for person in (house.second_owner, stranger):
        await person.send("не от меня", chat=group, reply_to=prompt.id)
        await house.settle()
    assert await texts_of(guest) == before
    await house.owner.send("От хозяйки", chat=group, reply_to=prompt.id)
    await house.settle()
    assert len([text for text in await texts_of(guest) if "От хозяйки" in text]) == 1


async def test_words_of_a_guest_arrive_with_a_way_to_answer_and_a_plain_reply_stays_inside(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    assert booking.guest_id is not None
    known = booking.guest_id
    await house.write(
        lambda tx: relaying.to_staff(tx, guest_id=known, text="Есть ли мангал?", booking=booking, now=house.now)
    )
    await house.settle()
    relay: Seen = await house.owner.wait_for("Есть ли мангал?", fresh=False)
    assert "Мария" in relay.text
    before = await texts_of(guest)
    await house.owner.send("конечно есть", reply_to=relay.id)
    await house.owner.wait_for("нажмите «Гостю»")
    await house.settle()
    assert await texts_of(guest) == before
    await house.owner.press("💬 Ответить")
    prompt = await house.owner.wait_for("Ответьте на это сообщение")
    await house.settle()  # where the question stands is noted after it is shown
    await house.owner.send("Конечно, есть", reply_to=prompt.id)
    await house.settle()
    assert len([text for text in await texts_of(guest) if "Конечно, есть" in text]) == 1


@pytest.mark.parametrize(
    ("buttons", "question"),
    [
        (["Другая сумма"], "какая сумма пришла"),
        (["❌ Отклонить", "Другое…"], "напишите причину"),
        (["💬 Гостю"], "Ответьте на это сообщение"),
        (["⚙️", "🏦 Реквизиты", "✏️ Изменить"], "Название банка"),
        (["⚙️", "📝 Тексты", "Правила", "Русский"], "Новый текст"),
    ],
    ids=["sum", "decline", "guest", "bank", "text"],
)
async def test_t7_every_question_names_its_way_out(house: House, buttons: list[str], question: str) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    for button in buttons:
        await (house.owner.send("/settings") if button == "⚙️" else house.owner.press(button))
        await house.settle()
    prompt = await house.owner.last()
    assert question in prompt.text
    assert "/cancel" in prompt.text
    before = (await texts_of(guest), house.read(settings.bank))
    await house.owner.send("/cancel", reply_to=prompt.id)
    await house.settle()
    assert "вопрос снят" in (await house.owner.last()).text
    await house.owner.send("350", reply_to=prompt.id)
    await house.settle()
    assert (await texts_of(guest), house.read(settings.bank)) == before
    assert ledger(house, booking) == []
    for preview in ("Гость прочтёт", "Так увидит гость"):
        assert not [text for text in await texts_of(house.owner) if preview in text]


async def test_a_question_that_was_walked_away_from_does_not_catch_what_is_written_later(house: House) -> None:
    booking = await waiting(house, await house.guest())
    await house.owner.press("Другая сумма")
    await house.owner.wait_for("какая сумма пришла")
    await house.advance(minutes=11)
    await house.owner.send("350", reply_to=0)
    await house.settle()
    assert ledger(house, booking) == []
    prompt = [one for one in await house.owner.messages() if "какая сумма пришла" in one.text][-1]
    await house.owner.send("350", reply_to=prompt.id)
    await house.settle()
    assert ledger(house, booking) == [("payment", 35000)]
