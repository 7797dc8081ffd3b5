"""UX 7.30 and the settings: groups by link, people by link, bank data, photos and texts, all without a file or a restart."""

from datetime import datetime

import pytest

from housebot.integrations.telegram.setup import Setup
from housebot.services import catalogs, chats, house_words, settings, staff
from housebot.services.ports import SYSTEM, Tx
from tests.journeys.afterwards import rows
from tests.journeys.house import House
from tests.journeys.staffroom import CARD, card, ledger, present, stay, texts_of, waiting


async def connected(house: House, purpose: str = "подтверждений", *, chat: int | None = None) -> int:
    """The owner connects a group by the link of the settings; its id."""
    await house.owner.send("/settings")
    await house.owner.wait_for("Настройки")
    await house.owner.press("💬 Чаты")
    await house.owner.wait_for("Карточки на подтверждение")
    await house.owner.press(f"Добавить группу для {purpose}")
    await house.owner.wait_for("Выберите группу")
    link = (await house.owner.press("Выбрать группу")).value
    payload = link.partition("startgroup=")[2]
    assert payload.startswith("chat_")
    made = await house.sim.call("startgroup", user=house.owner.id, payload=payload, chat=chat, title="Брони")
    await house.settle()
    return int(made["chat_id"])


async def test_check_30_a_group_is_connected_by_a_link_and_the_next_card_arrives_there(house: House) -> None:
    group = await connected(house)
    assert "Сюда будут приходить брони" in (await house.owner.last(group)).text
    booking = await waiting(house, await house.guest())
    assert CARD in (await card(house.owner, booking, chat=group)).text
    assert not [text for text in await texts_of(house.second_owner) if booking.code in text]
    await house.sim.call("member", chat=group, user=house.second_owner.id)
    await house.second_owner.press("✅ Подтвердить · пришло 400", chat=group)
    await house.settle()
    assert ledger(house, booking) == [("payment", 40000)]
    assert "✅ Подтверждено: Пётр" in (await card(house.owner, booking, chat=group)).text


async def test_check_30_a_link_works_once_and_only_for_staff(house: House) -> None:
    token = await house.write(lambda tx: chats.invite(tx, "approvals", actor=SYSTEM, now=house.now))
    stranger = await house.guest("Чужой")
    foreign = await house.sim.call("startgroup", user=stranger.id, payload=f"chat_{token}", title="Чужая")
    await house.settle()
    assert house.read(chats.connected) == []
    assert await texts_of(stranger, foreign["chat_id"]) == []
    ours = await house.sim.call("startgroup", user=house.owner.id, payload=f"chat_{token}", title="Наша")
    again = await house.sim.call("startgroup", user=house.owner.id, payload=f"chat_{token}", title="Вторая")
    await house.settle()
    assert [chat.chat_id for chat in house.read(chats.connected)] == [ours["chat_id"]]
    assert "уже использована" in (await house.owner.last(again["chat_id"])).text


async def test_check_30_a_group_that_migrates_gets_the_next_card_in_its_new_chat(house: House) -> None:
    group = await connected(house)
    moved = (await house.sim.call("migrate", chat=group))["chat_id"]
    await house.settle()
    booking = await waiting(house, await house.guest())
    assert CARD in (await card(house.owner, booking, chat=moved)).text
    await house.owner.press("✅ Подтвердить · пришло 400", chat=moved)
    await house.settle()
    assert present(house, booking).status == "confirmed"


@pytest.mark.parametrize("kick", [True, False], ids=["thrown out", "gone without a word"])
async def test_t6_a_group_that_is_closed_to_the_desk_hands_its_cards_to_the_owners_who_are_told(
    house: House, kick: bool
) -> None:
    group = await connected(house)
    first = await waiting(house, await house.guest())
    await house.sim.call("remove_bot", chat=group, user=house.owner.id, kick=kick)
    await house.settle()
    second = await waiting(house, await house.guest("Ольга"), stay(datetime(2026, 12, 8, 16)))
    for owner in (house.owner, house.second_owner):
        assert len([text for text in await texts_of(owner) if "«Брони» закрыта для меня" in text]) == 1
        for booking in (first, second):
            assert len([text for text in await texts_of(owner) if CARD in text and booking.code in text]) == 1
    assert house.read(chats.connected) == []
    await house.second_owner.press("✅ Подтвердить · пришло 400", message_id=(await card(house.second_owner, first)).id)
    await house.settle()
    assert present(house, first).status == "confirmed"
    assert rows(house, "staff.alert") == 2, "one alert for each owner, none about the group's dead cards"


async def test_t6_the_group_of_facts_that_is_closed_to_the_desk_is_told_of_once(house: House) -> None:
    group = await connected(house, "уборки")
    await house.sim.call("remove_bot", chat=group, user=house.owner.id, kick=False)
    for name, day in (("Мария", 5), ("Ольга", 8)):
        booking = await waiting(house, await house.guest(name), stay(datetime(2026, 12, day, 16)))
        await house.confirm(booking, received=40000)
    assert len([text for text in await texts_of(house.owner) if "больше никуда не приходят" in text]) == 1
    assert house.read(chats.connected) == []


async def test_check_30_an_anonymous_administrator_gets_a_hint_and_no_data(house: House) -> None:
    group = await connected(house)
    booking = await waiting(house, await house.guest())
    await house.sim.call("anonymous", chat=group, user=house.owner.id)
    before = len(await texts_of(house.owner, group))
    for command in ("/today", "/bookings", "/settings"):
        await house.owner.send(command, chat=group)
        await house.settle()
    said = (await texts_of(house.owner, group))[before:]
    hints = [text for text in said if not text.startswith("/")]
    assert len(hints) == 3, said
    assert [text for text in hints if "от своего имени" not in text or booking.code in text] == []
    await house.owner.press("✅ Подтвердить · пришло 400", chat=group)
    await house.settle()
    assert present(house, booking).status == "confirmed"


async def test_a_topic_is_connected_and_cards_stay_in_it(house: House) -> None:
    group = await house.sim.group("Форум", house.owner, house.second_owner, type="supergroup", forum=True)
    thread = (await house.sim.call("topic", chat=group, user=house.owner.id, name="Брони"))["thread"]
    token = await house.write(lambda tx: chats.invite(tx, "approvals", actor=SYSTEM, now=house.now))
    await house.owner.send(f"/start chat_{token}", chat=group, thread=thread)
    await house.settle()
    assert [(chat.chat_id, chat.thread_id) for chat in house.read(chats.connected)] == [(group, thread)]
    booking = await waiting(house, await house.guest())
    shown = await card(house.owner, booking, chat=group)
    assert CARD in shown.text
    calls = await house.sim.journal("sendPhoto", chat_id=group)
    assert calls
    assert all(str(call["params"]["message_thread_id"]) == str(thread) for call in calls)


async def test_strangers_in_a_group_get_nothing(house: House) -> None:
    group = await connected(house)
    booking = await waiting(house, await house.guest())
    stranger = await house.guest("Чужой")
    await house.sim.call("member", chat=group, user=stranger.id)
    before = await texts_of(house.owner, group)
    for text in ("/today", "/bookings", "/settings", "/new", "/start", "/book", "привет"):
        await stranger.send(text, chat=group)
    press = await stranger.press("✅ Подтвердить · пришло 400", chat=group)
    await house.settle()
    said = [text for text in await texts_of(house.owner, group) if text not in before and not text.startswith("/")]
    assert [text for text in said if text != "привет"] == []
    assert press.toast == "Не нашли такую бронь."
    assert present(house, booking).status == "awaiting_owner"


async def test_disconnecting_brings_the_cards_back_to_the_owners(house: House) -> None:
    await connected(house)
    await house.owner.send("/settings")
    await house.owner.wait_for("Настройки")
    await house.owner.press("💬 Чаты")
    await house.settle()
    await house.owner.press("Отключить")
    await house.settle()
    booking = await waiting(house, await house.guest())
    assert CARD in (await card(house.second_owner, booking)).text


async def test_the_facts_chat_hears_of_stays_without_money_or_phone(house: House) -> None:
    group = await connected(house, "уборки")
    booking = await waiting(house, await house.guest())
    assert not [text for text in await texts_of(house.owner, group) if booking.code in text]
    await house.owner.press("✅ Подтвердить · пришло 400")
    await house.settle()
    fact = await card(house.owner, booking, chat=group)
    assert "сб 5 дек 16:00 → вс 6 дек 16:00" in fact.text
    assert "4 гостя" in fact.text
    for secret in ("400", "800", "+375", "Мария"):
        assert secret not in fact.text


async def invited(house: House, role: str) -> str:
    """The payload of a fresh invitation made by pressing."""
    await house.owner.send("/settings")
    await house.owner.wait_for("Настройки")
    await house.owner.press("👥 Сотрудники")
    await house.owner.wait_for("Сотрудники")
    await house.owner.press(f"＋ {role}")
    link = await house.owner.wait_for("Ссылка действует один раз")
    return link.text.partition("start=")[2].split()[0]


async def test_a_staff_link_takes_one_person_on_with_its_role(house: House) -> None:
    payload = await invited(house, "управляющий")
    olga, other = await house.guest("Ольга"), await house.guest("Чужой")
    await olga.start(payload)
    await olga.wait_for("управляющий")
    await house.settle()
    assert any("Ольга теперь в команде: управляющий" in text for text in await texts_of(house.owner))
    await other.start(payload)
    await other.wait_for("уже использована")
    people = {one.telegram_id: one.role for one in house.read(staff.listing)}
    assert people[olga.id] == "manager"
    assert other.id not in people
    await house.owner.send("/settings")
    await house.owner.wait_for("Настройки")
    await house.owner.press("👥 Сотрудники")
    await house.settle()
    await house.owner.press("✖️ Ольга")
    await house.owner.wait_for("Убрать из команды: Ольга")
    await house.owner.press("Да, убрать")
    await house.settle()
    assert olga.id not in {one.telegram_id for one in house.read(staff.listing)}
    booking = await waiting(house, await house.guest("Гостья"))
    await olga.send("/bookings")
    await house.settle()
    assert not [text for text in await texts_of(olga) if booking.code in text]


async def test_bank_data_are_asked_step_by_step_shown_and_can_be_taken_back(house: House) -> None:
    await house.owner.send("/settings")
    await house.owner.wait_for("Настройки")
    await house.owner.press("🏦 Реквизиты")
    await house.owner.wait_for("4255 1234 5678 9012")
    await house.owner.press("✏️ Изменить")
    await house.owner.wait_for("Название банка")
    await house.owner.send("Приорбанк")
    await house.owner.wait_for("Номер карты")
    await house.owner.send("нет номера")
    await house.owner.wait_for("Не похоже на номер карты")
    await house.owner.send("1111 2222 3333 4445")
    await house.owner.wait_for("получателя")
    await house.owner.send("ANNA <b>KOVAL</b>")
    seen = await house.owner.wait_for("Так увидит гость")
    assert "ANNA <b>KOVAL</b>" in seen.text
    assert (await house.owner.press("📋 Номер карты")).value["text"] == "1111 2222 3333 4445"
    before = house.read(settings.bank)
    assert before is not None
    assert before.number == "4255 1234 5678 9012"
    await house.owner.press("Обязательно")
    await house.settle()
    await house.owner.press("Сохранить")
    await house.owner.wait_for("Сохранено: реквизиты")
    saved = house.read(settings.bank)
    assert saved is not None
    assert (saved.bank, saved.number, saved.reference) == ("Приорбанк", "1111 2222 3333 4445", "required")
    await house.owner.press("Отменить действие")
    await house.owner.wait_for("Вернули как было")
    assert house.read(settings.bank) == before
    press = await house.owner.press("Отменить действие")
    assert press.toast.startswith("Уже изменено")
    assert house.read(settings.bank) == before


async def test_photos_are_just_sent_and_cleared(house: House) -> None:
    await house.owner.send("/settings")
    await house.owner.wait_for("Настройки")
    await house.owner.press("📷 Фото")
    await house.owner.wait_for("Пришлите фотографии")
    await house.owner.photo()
    await house.owner.wait_for("Сохранена 1 фотография")
    await house.owner.album(3)
    await house.settle()
    assert len(house.read(lambda tx: settings.photos(tx, "house"))) == 4
    assert "Сохранено 4 фотографии" in (await house.owner.last()).text
    await house.owner.press("🗑 Убрать все фото")
    await house.settle()
    assert house.read(lambda tx: settings.photos(tx, "house")) == ()
    await house.owner.press("Отменить действие")
    await house.settle()
    assert len(house.read(lambda tx: settings.photos(tx, "house"))) == 4


@pytest.mark.parametrize(
    ("button", "key"), [("Адрес", "address"), ("Приветствие", "welcome"), ("О нас", "about"), ("Правила", "rules")]
)
async def test_a_text_is_shown_as_guests_see_it_before_it_is_saved(house: House, button: str, key: str) -> None:
    def said(language: str) -> str:
        def read(tx: Tx) -> str:
            if key == "address":
                return house_words.address(tx, catalogs.current(tx, now=house.now).units[0], language, now=house.now)
            return house_words.texts(tx, key, language, now=house.now)

        return house.read(read)

    english, russian = said("en"), said("ru")
    await house.owner.send("/settings")
    await house.owner.wait_for("Настройки")
    await house.owner.press("📝 Тексты")
    await house.owner.wait_for("Какой текст")
    await house.owner.press(button)
    await house.owner.wait_for("на каком языке")
    await house.owner.press("Русский")
    await house.owner.wait_for("Новый текст (RU)")
    await house.owner.send("Лесная, 5 <b>&")
    seen = await house.owner.wait_for("Так увидит гость")
    assert "Лесная, 5 <b>&" in seen.text
    assert said("ru") == russian
    await house.owner.press("Сохранить")
    await house.owner.wait_for("Сохранено: текст")
    assert said("ru") == "Лесная, 5 <b>&"
    if key != "address":
        assert said("en") == english


@pytest.mark.parametrize(
    "typed", ["я" * 5000, "🏡" * 3, "שלום <b>עולם</b>", "<b>"], ids=["5000", "emoji", "rtl", "tag"]
)
async def test_check_42_anything_may_be_typed_at_a_staff_prompt(house: House, typed: str) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await house.owner.press("Другая сумма")
    await house.owner.wait_for("какая сумма")
    await house.owner.send(typed)
    await house.owner.wait_for("Не похоже на сумму")
    await house.owner.press("❌ Отклонить")
    await house.settle()
    await house.owner.press("Другое…")
    await house.owner.wait_for("напишите причину")
    await house.owner.send(typed)
    await house.settle()
    last = (await house.owner.last()).text
    assert "Гость прочтёт" in last or "Слишком длинно" in last
    await house.owner.send("/settings")
    await house.owner.wait_for("Настройки")
    await house.owner.press("📝 Тексты")
    await house.settle()
    await house.owner.press("Правила")
    await house.settle()
    await house.owner.press("Русский")
    await house.owner.wait_for("Новый текст")
    await house.owner.send(typed)
    await house.settle()
    last = (await house.owner.last()).text
    assert "Так увидит гость" in last or "Слишком длинно" in last
    assert present(house, booking).status == "awaiting_owner"


async def test_check_31_commands_differ_for_guests_staff_and_groups_in_both_languages(house: House) -> None:
    group = await connected(house)
    assert house.app is not None
    await Setup(house.app._api, house.app.db, clock=house.clock)()
    api = house.app._api
    expected = {
        None: {"start", "book", "dates", "prices", "my", "gift", "about", "help", "language"},
        house.owner.id: {
            *("today", "bookings", "new", "settings", "price", "block", "promo", "undo"),
            *("guest", "help", "language"),
        },
        group: {"today", "bookings", "new", "settings"},
    }
    for chat, names in expected.items():
        scope = {"type": "default"} if chat is None else {"type": "chat", "chat_id": chat}
        said = {}
        for language in ("ru", "en"):
            commands = await api.call("getMyCommands", scope=scope, language_code=language)
            assert {one["command"] for one in commands} == names
            said[language] = [one["description"] for one in commands]
        assert said["ru"] != said["en"]
