"""A small scripted bot over bare HTTP that shows the page everything a booking bot uses."""

import asyncio
from typing import Any

from housebot.simulator import pictures
from tests.simulator.rawbot import Json, RawBot

MENU = {
    "keyboard": [["✨ Помочь выбрать"], ["📅 Забронировать", "🗓 Свободные даты"], ["💰 Цены", "🏡 О доме и фото"], ["🧾 Мои брони", "💬 Написать нам"]],
    "resize_keyboard": True, "is_persistent": True,
}  # fmt: skip
WELCOME = (
    "<b>Secret House</b>. Дом с сауной под Минском, до 6 гостей. Скажите, когда и сколько вас, — покажу варианты с ценой. "
    "Можно написать: «сб, 4 чел, сауна»."
)
HOLD = (
    "<b>Держим для вас до 21:30 сегодня</b> (ещё 2 ч) · HB-7K3F\nсб 5 дек 16:00 → вс 6 дек 16:00\n\n"
    "Переведите <b>400 BYN</b>: Demo Bank, карта <code>4255 0000 0000 0000</code>, получатель <s>Иванова</s> Петрова.\n"
    "<blockquote>Потом пришлите сюда снимок экрана или PDF чека, кнопка не нужна.</blockquote>"
)
OFFERS = (
    "Сб 5 дек, 4 гостя, сауна. Подходит:\n<b>12 часов</b> 20:00 → вс 08:00 — 490 BYN (одна спальня; вторая +70)\n"
    "<b>Сутки</b> 16:00 → вс 16:00 — 800 BYN (200 с человека), все комнаты"
)


def data(text: str, value: str, **more: Any) -> Json:
    return {"text": text, "callback_data": value, **more}


def calendar() -> Json:
    cells: list[str] = [" "] + [str(day) for day in range(1, 32)] + [" "] * 3
    signs = {"5": "✓5", "6": "–6", "12": "×12", "13": "×13", "19": "◐19", "3": "(3)", "1": "·", "2": "·"}
    rows = [[data("‹", "m.1"), data("Декабрь 2026", "m.0"), data("›", "m.2")]]
    rows.append([data(name, "-") for name in ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")])
    rows += [[data(signs.get(cell, cell), f"d.{cell}") for cell in cells[row : row + 7]] for row in range(0, 35, 7)]
    rows.append([data("Ближайшие выходные", "w"), data("Показать цены", "p")])
    return {"inline_keyboard": [*rows, [data("← Назад", "b"), data("☰ Меню", "menu")]]}


def hold_buttons(time: str = "2 ч") -> Json:
    return {
        "inline_keyboard": [
            [
                {"text": "📋 Номер карты", "copy_text": {"text": "4255000000000000"}},
                {"text": "📋 400", "copy_text": {"text": "400"}},
            ],
            [data("📎 Отправить чек", "receipt")],
            [data(f"⏳ Оплачиваю, ещё {time}", "more"), {"text": "🗺 Карта", "url": "https://example.org/map"}],
            [data("✅ Подтвердить", "yes", style="success"), data("✖️ Отказаться", "no", style="danger")],
        ]
    }


async def answer(bot: RawBot, update: Json) -> None:
    """Answers one update."""
    if "callback_query" in update:
        return await pressed(bot, update["callback_query"])
    message = update.get("message")
    if not message or message["chat"]["id"] < 0:
        return None
    chat = {"chat_id": message["chat"]["id"]}
    text = message.get("text", "")
    await bot.ok("sendChatAction", **chat, action="typing")
    if text.startswith("/start"):
        await bot.ok("sendMessage", **chat, text=WELCOME, parse_mode="HTML", reply_markup=MENU)
    elif text.startswith("✨"):
        offers = {
            "inline_keyboard": [
                [data("12 часов · 490", "o1")],
                [data("Сутки · 800", "o2")],
                [data("Дата", "x"), data("Время", "x"), data("Гости", "x")],
            ]
        }
        await bot.ok("sendMessage", **chat, text=OFFERS, parse_mode="HTML", reply_markup=offers)
    elif text.startswith("📅"):
        await bot.ok(
            "sendMessage",
            **chat,
            text="<b>Заезд</b> · Сутки · 4 гостя\nБудни 700 · 31 дек – 1 янв 3000\n<i>× занято · ◐ часть дня</i>",
            parse_mode="HTML",
            reply_markup=calendar(),
        )
    elif text.startswith("💰"):
        await bot.ok("sendMessage", **chat, text=HOLD, parse_mode="HTML", reply_markup=hold_buttons())
    elif text.startswith("🏡"):
        media = [
            {"type": "photo", "media": f"attach://p{n}", "caption": "Дом, сауна и лес вокруг" if n == 1 else ""}
            for n in (1, 2, 3)
        ]
        files = {f"p{n}": (f"{n}.jpg", pictures.receipt(n)) for n in (1, 2, 3)}
        await bot.upload("sendMediaGroup", files, chat_id=str(chat["chat_id"]), media=media)
    elif text.startswith("💬"):
        await bot.ok(
            "sendMessage",
            **chat,
            text="Напишите, что передать хозяину.",
            reply_markup={"force_reply": True, "input_field_placeholder": "Вопрос"},
        )
    elif "photo" in message or "document" in message:
        await bot.ok(
            "sendMessage",
            **chat,
            text="Чек получили, спасибо. Даты за вами, отсчёт остановлен.",
            reply_parameters={"message_id": message["message_id"]},
        )
        await bot.ok("sendMessage", **chat, text="Напомним утром.", disable_notification=True)
    elif "contact" in message:
        await bot.ok("sendMessage", **chat, text=f"Спасибо, {message['contact']['phone_number']}", reply_markup=MENU)
    else:
        await bot.ok(
            "sendMessage",
            **chat,
            text=f"Вы написали: {text}",
            reply_markup={"keyboard": [[{"text": "📱 Поделиться номером", "request_contact": True}], ["☰ Меню"]]},
        )
    return None


async def pressed(bot: RawBot, query: Json) -> None:
    """Answers one pressed button."""
    message, value = query["message"], query["data"]
    place = {"chat_id": message["chat"]["id"], "message_id": message["message_id"]}
    await asyncio.sleep(0.15)
    if value.startswith("d."):
        await bot.ok(
            "answerCallbackQuery",
            callback_query_id=query["id"],
            text=f"{value[2:]} декабря занято. Рядом свободно: 10 и 14",
        )
    elif value == "no":
        await bot.ok(
            "answerCallbackQuery",
            callback_query_id=query["id"],
            text="Даты сразу станут свободны. Нажмите ещё раз, если уверены.",
            show_alert=True,
        )
    elif value == "more":
        await bot.ok("answerCallbackQuery", callback_query_id=query["id"], text="Добавили 30 минут")
        await bot.ok(
            "editMessageText",
            **place,
            text=HOLD.replace("21:30", "22:00"),
            parse_mode="HTML",
            reply_markup=hold_buttons("0 мин"),
        )
    else:
        await bot.ok("answerCallbackQuery", callback_query_id=query["id"])
