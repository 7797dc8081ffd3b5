"""Owns what people do with their phones: write, send files, share contacts, press buttons, block, pay."""

import asyncio
import re
from typing import Any
from zoneinfo import ZoneInfo

from housebot.simulator import markup as keyboards
from housebot.simulator import pictures
from housebot.simulator.entities import plain
from housebot.simulator.errors import WrongWishError
from housebot.simulator.files import StoredFile
from housebot.simulator.methods.copying import content_of, origin_of
from housebot.simulator.model import ANONYMOUS, Bot, Charge, Chat, Invoice, Json, Message, Query, User
from housebot.simulator.world import World

SAMPLE_SUM = "400.00 BYN"
_SUM = re.compile(r"\d{1,6}([.,]\d{1,3})?")  # longer ones are account numbers
_CURRENCY = re.compile(r"\b[A-Z]{3}\b")
_TEXT_LIMIT = 4096
_PRE_CHECKOUT_SECONDS = 10.0


class People:
    """Actions of people. Each answers the message it made, or what became of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def say(
        self, user: User, chat: Chat, body: Json, *, reply_to: int | None = None, thread: int | None = None
    ) -> Message:
        """Puts a person's message into a chat and lets the bots hear it."""
        if chat.private:
            self._open(chat)
        sender: Json = {"from": user.json()}
        if user.id in chat.anonymous:
            sender = {"from": ANONYMOUS, "sender_chat": self._world.chat_json(chat)}
        if thread is not None:
            if thread not in chat.topics:
                raise WrongWishError(f"there is no topic {thread} in chat {chat.id}")
            sender |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to is None:
            reply_to = self._world.must_reply(chat, user.id)
        if reply_to and reply_to not in chat.messages:
            raise WrongWishError(f"there is no message {reply_to} to answer")
        if reply_to == chat.force_reply:
            chat.force_reply = None
        content = {**sender, "date": self._world.clock.timestamp(), **body}
        message = self._world.put(chat, Message(0, content, user.id, reply_to=reply_to or None))
        self._world.hear(chat, message)
        return message

    def _open(self, chat: Chat) -> None:
        if chat.blocked:
            raise WrongWishError("this person has blocked the bot: unblock first")
        chat.started = True

    def text(self, user: User, chat: Chat, text: str, **where: Any) -> Message:
        """Writes a text; longer ones go out in pieces, as Telegram's apps do. Answers the first."""
        rest, first = text, None
        while rest:
            piece = rest.encode("utf-16-le")[: 2 * _TEXT_LIMIT].decode("utf-16-le", errors="ignore")
            found, rest = plain(piece), rest[len(piece) :]
            if not found.text:
                continue
            message = self.say(user, chat, found.fields("text", "entities"), **where)
            first = first or message
        if first is None:
            raise WrongWishError("an empty text cannot be sent")
        return first

    def start(self, user: User, chat: Chat, payload: str = "") -> Message:
        """Opens the bot by its link; also lifts a block, as the Start button does."""
        if chat.blocked:
            self.unblock(user, chat)
        chat.started = True
        return self.text(user, chat, f"/start {payload}".strip(), reply_to=0)

    def edit(self, user: User, chat: Chat, message_id: int, text: str) -> Message:
        """Corrects an own text."""
        message = self._message(chat, message_id)
        if message.sender != user.id or "text" not in message.body:
            raise WrongWishError("only an own text can be edited")
        message.body = {name: value for name, value in message.body.items() if name not in {"text", "entities"}}
        message.body |= plain(text).fields("text", "entities") | {"edit_date": self._world.clock.timestamp()}
        message.edits += 1
        self._world.touch(chat, message)
        self._world.hear(chat, message, edited=True)
        return message

    def file_body(
        self, kind: str, content: bytes | None, *, name: str = "", mime: str = "", salt: str = "", amount: str = ""
    ) -> Json:
        """The body of a photo, document, voice or sticker; without content a new sample is drawn, a receipt with that sum."""
        world = self._world
        if content is None:
            number = world.next("sample", 1)
            at = world.clock.now().astimezone(ZoneInfo(world.zone)).strftime("%d.%m.%Y %H:%M")
            content = (
                pictures.sample_pdf(number)
                if kind == "document"
                else pictures.receipt(number, amount=amount or SAMPLE_SUM, at=at)
            )
            name = name or (f"receipt-{number}.pdf" if kind == "document" else "")
        if kind == "photo":
            return {"photo": world.files.add_photo(content, salt=salt)}
        if kind == "document":
            return {"document": world.files.add("Document", content, {}, name=name, mime=mime, salt=salt)}
        if kind == "voice":
            return {"voice": world.files.add("Voice", content, {"duration": 3}, mime="audio/ogg", salt=salt)}
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "👍"}
        return {"sticker": world.files.add("Sticker", content, shape, mime="image/webp", salt=salt)}

    def asked(self, chat: Chat) -> str:
        """The sum a person was asked for last, as they would copy it from the chat; empty where nobody asked."""
        for message in reversed(chat.messages.values()):
            buttons = keyboards.buttons(message.markup) if message.by_bot and message.markup else []
            for button in buttons:
                sum_ = button.get("copy_text", {}).get("text", "")
                if _SUM.fullmatch(sum_):
                    currency = _CURRENCY.search(message.body.get("text") or message.body.get("caption") or "")
                    return f"{sum_} {currency[0]}" if currency else str(sum_)
        return ""

    def again(self, file: StoredFile) -> Json:
        """The body of a file that exists already."""
        return {"photo": file.photo} if file.photo else {file.kind.lower(): file.shape}

    def contact(self, user: User, chat: Chat, card: Json | None, **where: Any) -> Message:
        """Shares a contact: the own one by the button when no card is given, else somebody's card from the address book."""
        if card is None:
            if not user.phone:
                user.phone = f"+37529{user.id % 10_000_000:07d}"
            card = {"phone_number": user.phone, "first_name": user.first_name, "user_id": user.id}
            if user.last_name:
                card["last_name"] = user.last_name
            asking = self._asking_for_contact(chat)
            where.setdefault("reply_to", asking)
            self._spend_keyboard(chat)
        return self.say(user, chat, {"contact": card}, **where)

    def _asking_for_contact(self, chat: Chat) -> int:
        for message in reversed(chat.messages.values()):
            if message.markup and any(button.get("request_contact") for button in keyboards.buttons(message.markup)):
                return message.id
        return 0

    def forward(self, user: User, chat: Chat, source: Chat, message_id: int) -> Message:
        """Forwards a message from another chat, or the same one."""
        message = self._message(source, message_id)
        return self.say(
            user, chat, content_of(message) | {"forward_origin": origin_of(self._world, message)}, reply_to=0
        )

    def foreign(self, user: User, chat: Chat, body: Json, origin_name: str) -> Message:
        """Forwards something from somebody who is not in this world, such as a bank's bot."""
        origin = {"type": "hidden_user", "date": self._world.clock.timestamp(), "sender_user_name": origin_name}
        return self.say(user, chat, body | {"forward_origin": origin}, reply_to=0)

    def press_data(self, user: User, chat: Chat, message_id: int, data: str) -> Query:
        """Presses an inline button that carries this data, also one an older state of the message had."""
        message = self._message(chat, message_id)
        if not message.by_bot:
            raise WrongWishError("only a bot's message has buttons")
        query = Query(
            self._world.new_secret(), message.sender, user.id, chat.id, message.id, data, self._world.clock.timestamp()
        )
        self._world.queries[query.id] = query
        bot = self._world.bots[message.sender]
        body: Json = {
            "id": query.id,
            "from": user.json(),
            "message": self._world.message_json(bot, chat, message),
            "chat_instance": str(abs(chat.id) * 7919 + bot.id),
            "data": data,
        }
        self._world.notify(bot, "callback_query", body)
        return query

    def press_keyboard(self, user: User, chat: Chat, button: Json, **where: Any) -> Message:
        """Presses a button under the input field: it sends its text, or the contact it asks for."""
        if button.get("request_contact"):
            return self.contact(user, chat, None, **where)
        where.setdefault("reply_to", 0)
        message = self.text(user, chat, button["text"], **where)
        self._spend_keyboard(chat)
        return message

    def _spend_keyboard(self, chat: Chat) -> None:
        if chat.keyboard and chat.keyboard.get("one_time_keyboard"):
            chat.keyboard_used = True
            self._world.changed(chat, "keyboard")

    def block(self, user: User, chat: Chat) -> None:
        """Stops the bot."""
        if not chat.blocked:
            chat.blocked = True
            self._membership(user, chat, "member", "kicked")

    def unblock(self, user: User, chat: Chat) -> None:
        """Lets the bot write again."""
        if chat.blocked:
            chat.blocked = False
            self._membership(user, chat, "kicked", "member")

    def _membership(self, user: User, chat: Chat, before: str, after: str) -> None:
        bot = self._world.bots[chat.bot_id or 0]
        until = {"until_date": 0}
        states = [{"status": s, "user": bot.json()} | (until if s == "kicked" else {}) for s in (before, after)]
        body = {
            "chat": self._world.chat_json(chat),
            "from": user.json(),
            "date": self._world.clock.timestamp(),
            "old_chat_member": states[0],
            "new_chat_member": states[1],
        }
        self._world.notify(bot, "my_chat_member", body)
        self._world.changed(chat)

    async def pay(self, user: User, chat: Chat, invoice: Invoice, *, wait: float = _PRE_CHECKOUT_SECONDS) -> Json:
        """Pays an invoice: pre-checkout, the bot's answer within ten seconds, then the successful payment."""
        world = self._world
        bot = world.bots[invoice.bot_id]
        query = Query(world.new_secret(), bot.id, user.id, chat.id, 0, invoice.payload, world.clock.timestamp())
        world.queries[query.id] = query
        facts = {"currency": invoice.currency, "total_amount": invoice.total, "invoice_payload": invoice.payload}
        seen = world.events.last
        world.notify(bot, "pre_checkout_query", {"id": query.id, "from": user.json(), **facts})
        deadline = asyncio.get_running_loop().time() + wait
        while query.answer is None and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await world.events.wait(seen, left)
            seen = world.events.last
        if query.answer is None:
            query.answer = {"ok": False, "error_message": "the bot did not answer in time"}
        if not query.answer["ok"]:
            return {"paid": False, "error": query.answer["error_message"], "message_id": None}
        return {"paid": True, "error": None, "message_id": self._paid(user, chat, bot, invoice, facts).id}

    def _paid(self, user: User, chat: Chat, bot: Bot, invoice: Invoice, facts: Json) -> Message:
        charge = Charge(f"ch_{self._world.new_secret()}", bot.id, user.id, invoice)
        self._world.charges[charge.id] = charge
        payment = facts | {
            "telegram_payment_charge_id": charge.id,
            "provider_payment_charge_id": f"prov_{self._world.new_secret()}",
        }
        body = {"from": user.json(), "date": self._world.clock.timestamp(), "successful_payment": payment}
        message = self._world.put(chat, Message(0, body, user.id, service=True))
        self._world.hear(chat, message)
        return message

    def _message(self, chat: Chat, message_id: int) -> Message:
        if message_id not in chat.messages:
            raise WrongWishError(f"there is no message {message_id} in chat {chat.id}")
        return chat.messages[message_id]
