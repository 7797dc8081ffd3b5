"""A person with a phone, as tests and scripts hold one: writes, presses, waits for answers. Made by `SimClient.user`."""

import base64
import json
from typing import TYPE_CHECKING, Any

from housebot.simulator.seen import PATIENCE, Json, Press, Seen, SimError, Wanted

if TYPE_CHECKING:
    from housebot.simulator.client import SimClient


class Person:
    """A person with a phone. `chat` in every method is the id of a group; without it, the chat with the bot."""

    def __init__(self, sim: "SimClient", user_id: int, name: str) -> None:
        self.sim = sim
        self.id = user_id
        self.name = name
        self._mark = 0

    async def _act(self, name: str, /, **arguments: Any) -> Any:
        result = await self.sim.call(name, user=self.id, **arguments)
        self._mark = self.sim.mark
        return result

    async def start(self, payload: str = "") -> Seen:
        """Opens the bot, with what its link carries."""
        return Seen(await self._act("start", payload=payload))

    async def send(self, text: str, **where: Any) -> Seen:
        """Writes. `where`: chat, reply_to (0: not even to a forced reply), thread."""
        return Seen(await self._act("send", text=text, **where))

    async def edit(self, message_id: int, text: str, **where: Any) -> Seen:
        """Corrects an own text."""
        return Seen(await self._act("edit", message_id=message_id, text=text, **where))

    async def photo(self, data: bytes | None = None, **wishes: Any) -> Seen:
        """Sends a picture, a new sample receipt by default. Wishes: caption, chat, reply_to, fresh."""
        return Seen(await self._act("photo", data=_encoded(data), **wishes))

    async def document(self, data: bytes | None = None, **wishes: Any) -> Seen:
        """Sends a file, a sample PDF by default. Wishes: name, mime, caption, chat, reply_to."""
        return Seen(await self._act("document", data=_encoded(data), **wishes))

    async def voice(self, **wishes: Any) -> Seen:
        """Sends a voice message."""
        return Seen(await self._act("voice", **wishes))

    async def sticker(self, **wishes: Any) -> Seen:
        """Sends a sticker."""
        return Seen(await self._act("sticker", **wishes))

    async def album(self, count: int = 3, *, kind: str = "photo", **wishes: Any) -> list[Seen]:
        """Sends several pictures or files at once."""
        return [Seen(one) for one in await self._act("album", items=[{"kind": kind}] * count, **wishes)]

    async def share_contact(self, **where: Any) -> Seen:
        """Shares the own contact, as the button under the input field does."""
        return Seen(await self._act("contact", **where))

    async def send_contact(self, phone: str, first_name: str, user_id: int | None = None, **where: Any) -> Seen:
        """Sends somebody's card from the address book."""
        card = {"phone_number": phone, "first_name": first_name} | ({"user_id": user_id} if user_id else {})
        return Seen(await self._act("contact", card=card, **where))

    async def forward(self, message_id: int, **where: Any) -> Seen:
        """Forwards a message. `where`: from_chat, chat."""
        return Seen(await self._act("forward", message_id=message_id, **where))

    async def forward_foreign(self, origin: str, **wishes: Any) -> Seen:
        """Forwards from somebody outside. Wishes: text, photo, chat."""
        return Seen(await self._act("forward_foreign", origin=origin, **wishes))

    async def press(
        self, text: str | None = None, *, wait: bool = True, timeout: float = PATIENCE, **place: Any  # noqa: ASYNC109
    ) -> Press:  # fmt: skip
        """Presses the button whose text is this or begins with it, on the newest message that has it.

        `place`: row and col, data (also of an older state), message_id, chat. Waits for the bot's answer unless told not to.
        """
        done = await self._act("press", text=text, **place)
        kind, message_id = done["kind"], done["message_id"]
        if kind != "callback_data":
            return Press(kind, message_id, value=done.get(kind))
        if not wait:
            return Press(kind, message_id, done["query_id"])
        answer = await self.answer(done["query_id"], timeout=timeout)
        return Press(kind, message_id, done["query_id"], answer["text"], answer["alert"], answer["url"] or None)

    async def answer(self, query_id: str, timeout: float = PATIENCE) -> Json:  # noqa: ASYNC109
        """The bot's answer to a pressed button."""

        async def answered() -> Json | None:
            found = [one for one in await self.sim.call("answers", user=self.id) if one["query_id"] == query_id]
            return found[0]["answer"] if found else None

        try:
            answer = await self.sim.until(answered, timeout)
        except SimError:
            raise SimError(f"{self.name}'s button was not answered in {timeout} s") from None
        return answer or {}

    async def toasts(self) -> list[str]:
        """What the answers to pressed buttons said, empty ones left out."""
        answers = await self.sim.call("answers", user=self.id)
        return [one["answer"]["text"] for one in answers if one["answer"] and one["answer"].get("text")]

    async def block(self) -> None:
        """Stops the bot."""
        await self._act("block")

    async def unblock(self) -> None:
        """Lets the bot write again."""
        await self._act("unblock")

    async def pay(self, message_id: int | None = None, **wishes: Any) -> Json:
        """Pays the newest invoice, or one by message or link; answers {paid, error, message_id}."""
        paid: Json = await self._act("pay", message_id=message_id, **wishes)
        return paid

    async def chat(self, chat: int | None = None) -> Json:
        """The whole chat: messages, keyboard under the input field, commands of the menu."""
        found: Json = await self.sim.call("chat", user=self.id, chat=chat)
        return found

    async def messages(self, chat: int | None = None, *, after: int = 0) -> list[Seen]:
        """The messages on the screen, oldest first."""
        found = await self.sim.call("chat", user=self.id, chat=chat, after=after)
        return [Seen(one) for one in found["messages"]]

    async def last(self, chat: int | None = None) -> Seen:
        """The newest message that is not the person's own."""
        others = [one for one in await self.messages(chat) if not one["mine"]]
        if not others:
            raise SimError(f"{self.name} has not been written to")
        return others[-1]

    async def keyboard(self, chat: int | None = None) -> list[str]:
        """Texts of the buttons under the input field."""
        shown = (await self.chat(chat))["keyboard"]
        return [button["text"] for row in shown["keyboard"] for button in row] if shown else []

    async def wait_for(
        self, wanted: Wanted, timeout: float = PATIENCE, *, chat: int | None = None, fresh: bool = True  # noqa: ASYNC109
    ) -> Seen:  # fmt: skip
        """The newest message of somebody else that contains a text or fulfils a condition.

        Only what came or changed since the person's last action counts, unless `fresh` is false.
        """
        after = self._mark if fresh else 0

        async def found() -> Seen | None:
            seen = [one for one in await self.messages(chat, after=after) if not one["mine"] and _fits(one, wanted)]
            return seen[-1] if seen else None

        try:
            message = await self.sim.until(found, timeout)
        except SimError:
            shown = [f"  {one.id}: {one.text[:200]!r} {one.buttons}" for one in (await self.messages(chat))[-6:]]
            tail = "\n".join(shown)
            raise SimError(f"{self.name} did not see {wanted!r} in {timeout} s; on the screen:\n{tail}") from None
        return message or Seen()

    def __repr__(self) -> str:
        return f"Person({self.id}, {json.dumps(self.name, ensure_ascii=False)})"


def _fits(message: Seen, wanted: Wanted) -> bool:
    return wanted in message.text if isinstance(wanted, str) else wanted(message)


def _encoded(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
