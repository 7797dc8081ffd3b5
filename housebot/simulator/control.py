"""Owns the controls: everything people do and everything a test may read or wish, as methods here and as `POST /sim/<method>`.

Over HTTP the arguments are one JSON object (`Content-Type: application/json`), the answer is `{"ok": true, "result": …, "event": N}`
(N: the last event before it) or, with status 400, `{"ok": false, "error": "…"}`. File contents travel as base64 in `data`; without it a sample is drawn, a receipt with the sum that was asked for last. `chat` is the id of a
group; left out, it is the private chat with the bot. `bot` (an id) may be left out while there is one bot.

| people | |
|---|---|
| `user(id?, first_name?, last_name?, username?, language_code?, phone?)` | creates a person or changes one |
| `users()`, `bots()`, `register(token, name?, username?)` | who there is |
| `start(user, payload?)` | opens `t.me/<bot>?start=payload` |
| `send(user, text, chat?, reply_to?, thread?)` | writes; answers a forced reply by itself unless `reply_to` is 0 |
| `edit(user, message_id, text, chat?)` | corrects an own text |
| `photo / document / voice / sticker(user, data?, name?, mime?, caption?, chat?, reply_to?, thread?, fresh?)` | the same bytes keep their file_unique_id unless `fresh` |
| `album(user, items, caption?, chat?)` | items: `[{kind: photo or document, data?, name?}]` |
| `contact(user, card?, chat?)` | shares the own contact, or a card `{phone_number, first_name, user_id?}` |
| `location(user, latitude, longitude, chat?)` | |
| `forward(user, message_id, from_chat?, chat?)`, `forward_foreign(user, origin, text?, photo?, data?)` | |
| `press(user, text? or data? or row?+col?, message_id?, keyboard?, chat?)` | presses an inline or keyboard button (`keyboard`: only one under the input field); `data` with `message_id` may be of an older state |
| `block(user)`, `unblock(user)`, `pay(user, message_id? or link?)` | |

| groups | |
|---|---|
| `group(owner, title, members?, type?, forum?, bot?, bot_admin?)` | creates one, answers `{chat_id}` |
| `member(chat, user, status)`, `anonymous(chat, user, on?)`, `topic(chat, user, name)` | |
| `add_bot(chat, user, admin?)`, `remove_bot(chat, user, kick?)`, `migrate(chat)` | |
| `startgroup(user, payload, chat?, title?, admin?)` | opens `t.me/<bot>?startgroup=payload` |

| reading | |
|---|---|
| `chat(user, chat?, after?, limit?)`, `chats(user)` | what a person sees; `GET /sim/file/<file_unique_id>` is a picture |
| `answers(user?)` | callback queries with what was shown |
| `journal(method?, chat_id?, after?)`, `keyboards()`, `actions()` | what bots did |
| `events(after, timeout?)`, `GET /sim/events?after=N` | everything that changed, as a long poll and as server-sent events |

| trouble and time | |
|---|---|
| `misbehave(kind, method?, chat_id?, times?, skip?, retry_after?, seconds?, code?, description?)` | kinds: 429, 403, 500, 502, error, timeout (never answers), lose_reply (does it, then hangs up), drop_connection, slow; `times: null` is for ever; method `download` means files |
| `rules()`, `behave()`, `down(seconds?)` | `behave` ends rules and downtime |
| `restart_ids(first?)`, `pending()` | update ids begin anew; how many updates wait |
| `clock()`, `advance(seconds)`, `set_clock(at)`, `next_hour(hour?, zone?)` | the movable clock |
| `page()` | what the chat page was told by whoever embeds the simulator |
"""

import base64
import binascii
import inspect
from collections.abc import Callable
from typing import Any

from housebot.simulator import view
from housebot.simulator.control_groups import GroupControls
from housebot.simulator.control_reading import ReadingControls
from housebot.simulator.control_trouble import OnClock, TroubleControls
from housebot.simulator.entities import plain
from housebot.simulator.errors import WrongWishError
from housebot.simulator.groups import Groups
from housebot.simulator.misbehave import Misbehaviour
from housebot.simulator.model import Chat, Invoice, Json, Message, Query, User
from housebot.simulator.people import People
from housebot.simulator.world import World

_FIRST_USER = 5_000_000_001


class Control(GroupControls, ReadingControls, TroubleControls):
    """The controls. Every public method is also reachable by name over HTTP."""

    def __init__(
        self,
        world: World,
        trouble: Misbehaviour,
        *,
        abort_polls: Callable[[], None],
        on_clock: OnClock | None,
        page: Json,
    ) -> None:
        self._world = world
        self._trouble = trouble
        self._people = People(world)
        self._groups = Groups(world)
        self._abort_polls = abort_polls
        self._on_clock = on_clock
        self._page = page

    async def run(self, name: str, arguments: Json) -> Any:
        """Runs the method of that name; wrong names and arguments are wrong wishes."""
        method = getattr(self, name, None)
        if name.startswith("_") or name == "run" or not callable(method):
            raise WrongWishError(f"there is no control {name!r}")
        try:
            inspect.signature(method).bind(**arguments)
        except TypeError as error:
            raise WrongWishError(f"{name}: {error}") from None
        result = method(**arguments)
        return await result if inspect.isawaitable(result) else result

    # People

    def register(self, token: str, name: str | None = None, username: str | None = None) -> Json:
        """Makes a bot known before its first call."""
        bot = self._world.bot(token)
        bot.name, bot.username = name or bot.name, username or bot.username
        return bot.json()

    def user(
        self,
        id: int | None = None,  # noqa: A002
        first_name: str | None = None,
        **facts: Any,
    ) -> Json:
        unknown = facts.keys() - {"last_name", "username", "language_code", "phone"}
        if unknown:
            raise WrongWishError(f"user: unknown {', '.join(sorted(unknown))}")
        user = self._world.users.get(id or 0)
        if user is None:
            number = id or self._world.next("user", _FIRST_USER)
            user = self._world.users[number] = User(number, first_name or f"Guest {len(self._world.users) + 1}")
        user.first_name = first_name or user.first_name
        for name, value in facts.items():
            setattr(user, name, value)
        self._world.events.add("user", user_id=user.id)
        return self._person(user)

    def start(self, user: int, payload: str = "", bot: int | None = None) -> Json:
        person, chat = self._where(user, None, bot)
        return self._sent(person, chat, self._people.start(person, chat, payload))

    def send(
        self, user: int, text: str, chat: int | None = None, reply_to: int | None = None, thread: int | None = None,
        bot: int | None = None,
    ) -> Json:  # fmt: skip
        person, where = self._where(user, chat, bot)
        return self._sent(person, where, self._people.text(person, where, text, reply_to=reply_to, thread=thread))

    def edit(self, user: int, message_id: int, text: str, chat: int | None = None) -> Json:
        person, where = self._where(user, chat)
        return self._sent(person, where, self._people.edit(person, where, message_id, text))

    def photo(self, user: int, **wishes: Any) -> Json:
        return self._file("photo", user, **wishes)

    def document(self, user: int, **wishes: Any) -> Json:
        return self._file("document", user, **wishes)

    def voice(self, user: int, **wishes: Any) -> Json:
        return self._file("voice", user, **wishes)

    def sticker(self, user: int, **wishes: Any) -> Json:
        return self._file("sticker", user, **wishes)

    def _file(
        self, kind: str, user: int, *, data: str | None = None, name: str = "", mime: str = "", caption: str = "",
        chat: int | None = None, reply_to: int | None = None, thread: int | None = None, fresh: bool = False,
        bot: int | None = None,
    ) -> Json:  # fmt: skip
        person, where = self._where(user, chat, bot)
        body = self._body(kind, data, name=name, mime=mime, fresh=fresh, amount=self._people.asked(where))
        body |= plain(caption).fields("caption", "caption_entities")
        return self._sent(person, where, self._people.say(person, where, body, reply_to=reply_to, thread=thread))

    def _body(
        self, kind: str, data: str | None, *, name: str = "", mime: str = "", fresh: bool = False, amount: str = ""
    ) -> Json:
        salt = self._world.new_secret() if fresh else ""
        return self._people.file_body(kind, _decoded(data), name=name, mime=mime, salt=salt, amount=amount)

    def album(self, user: int, items: list[Json], caption: str = "", chat: int | None = None) -> list[Json]:
        person, where = self._where(user, chat)
        group = {"media_group_id": self._world.new_secret()}
        bodies = [self._body(item.get("kind", "photo"), item.get("data"), name=item.get("name", "")) for item in items]
        bodies[0] |= plain(caption).fields("caption", "caption_entities")
        sent = [self._people.say(person, where, body | group, reply_to=0) for body in bodies]
        return [self._sent(person, where, message) for message in sent]

    def contact(self, user: int, card: Json | None = None, chat: int | None = None) -> Json:
        person, where = self._where(user, chat)
        return self._sent(person, where, self._people.contact(person, where, card))

    def location(self, user: int, latitude: float, longitude: float, chat: int | None = None) -> Json:
        person, where = self._where(user, chat)
        body = {"location": {"latitude": latitude, "longitude": longitude}}
        return self._sent(person, where, self._people.say(person, where, body))

    def forward(self, user: int, message_id: int, from_chat: int | None = None, chat: int | None = None) -> Json:
        person, where = self._where(user, chat)
        source = self._where(user, from_chat)[1]
        return self._sent(person, where, self._people.forward(person, where, source, message_id))

    def forward_foreign(
        self,
        user: int,
        origin: str,
        text: str = "",
        photo: bool = False,
        data: str | None = None,
        chat: int | None = None,
    ) -> Json:
        person, where = self._where(user, chat)
        body = self._body("photo", data) if photo or data else plain(text).fields("text", "entities")
        return self._sent(person, where, self._people.foreign(person, where, body, origin))

    def press(
        self, user: int, text: str | None = None, data: str | None = None, row: int | None = None, col: int = 0,
        message_id: int | None = None, keyboard: bool = False, chat: int | None = None, bot: int | None = None,
    ) -> Json:  # fmt: skip
        person, where = self._where(user, chat, bot)
        if message_id is not None and message_id not in where.messages:
            raise WrongWishError(f"there is no message {message_id}")
        if data is not None:
            target = message_id or next((m.id for m in reversed(where.messages.values()) if m.by_bot), 0)
            return _pressed(self._people.press_data(person, where, target, data))
        if keyboard:
            found = view.button_under(where, text or "")
        elif row is not None:
            found = view.button_at(where, row, col, message_id)
        else:
            found = view.button(where, text or "", message_id)
        if found is None:
            raise WrongWishError(f"there is no button {text!r} to press; there are: {self._offered(where)}")
        message, button = found
        if message is None:
            return {"kind": "keyboard"} | self._sent(person, where, self._people.press_keyboard(person, where, button))
        if "callback_data" in button:
            return _pressed(self._people.press_data(person, where, message.id, button["callback_data"]))
        kind = next(name for name in button if name not in {"text", "style"})
        return {"kind": kind, "message_id": message.id, kind: button[kind]}

    def _offered(self, chat: Chat) -> list[str]:
        rows = [
            m.markup["inline_keyboard"] for m in chat.messages.values() if m.markup and "inline_keyboard" in m.markup
        ]
        under = chat.keyboard["keyboard"] if chat.keyboard and not chat.keyboard_used else []
        return [button["text"] for group in [*rows[-3:], under] for row in group for button in row]

    def block(self, user: int, bot: int | None = None) -> None:
        self._people.block(*self._where(user, None, bot))

    def unblock(self, user: int, bot: int | None = None) -> None:
        self._people.unblock(*self._where(user, None, bot))

    async def pay(
        self,
        user: int,
        message_id: int | None = None,
        link: str | None = None,
        chat: int | None = None,
        wait: float = 10.0,
    ) -> Json:
        person, where = self._where(user, chat)
        return await self._people.pay(person, where, self._invoice(where, message_id, link), wait=wait)

    def _invoice(self, chat: Chat, message_id: int | None, link: str | None) -> Invoice:
        slug: str | None = link.rsplit("$", 1)[-1] if link else None
        if slug is None:
            asked = [m for m in chat.messages.values() if m.invoice and message_id in {None, m.id}]
            slug = asked[-1].invoice if asked else None
        if slug not in self._world.invoices:
            raise WrongWishError("there is no such invoice")
        return self._world.invoices[slug or ""]

    def _where(self, user: int, chat: int | None, bot: int | None = None) -> tuple[User, Chat]:
        person = self._world.user(user)
        return person, self._world.chat_of(person, chat, bot)

    def _sent(self, person: User, chat: Chat, message: Message) -> Json:
        return view.message(self._world, person, chat, message)


def _decoded(data: str | None) -> bytes | None:
    if data is None:
        return None
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise WrongWishError("data must be base64") from None


def _pressed(query: Query) -> Json:
    return {"kind": "callback_data", "query_id": query.id, "message_id": query.message_id, "callback_data": query.data}
