"""Owns one update being handled: who speaks, what is answered, and the single write that carries it all.

A handler reads with `turn.read`, decides, and awaits `turn.write(piece)` once. The piece runs in the writer's thread in one
transaction together with the conversation's state and the done-mark. It may run more than once, so whatever it leaves outside
`tx` (toast, state, data) is taken back before each run. A Refusal out of the piece undoes the piece, is told to the person in
kind words, and is raised again so that the handler ends there.
"""

import html
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from housebot import words as texts
from housebot.errors import Refusal
from housebot.services import cards, conversations, guests, outbox
from housebot.services.conversations import Conversation, Place
from housebot.services.guests import Guest
from housebot.services.ports import Database, Tx
from housebot.words import TOAST_LIMIT, Words, cut, pick_language

T = TypeVar("T")

REFUSAL, TROUBLE = "reply.refusal", "reply.trouble"  # outbox kinds of the two answers that belong to nobody's screen


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, as Telegram vouches for it."""

    id: int
    name: str
    username: str | None
    language_code: str | None


@dataclass(frozen=True, slots=True)
class Chat:
    """Where it happens."""

    id: int
    type: str
    title: str

    @property
    def is_private(self) -> bool:
        return self.type == "private"


@dataclass(frozen=True, slots=True)
class Toast:
    """The short answer to a pressed button; empty text: only the spinner stops."""

    text: str = ""
    alert: bool = False


class Turn:
    """One update. `now` is the desk's time, `sent_at` what Telegram says (a receipt's timeliness is judged by it)."""

    def __init__(
        self, db: Database, update: Mapping[str, Any], *, bot_id: int, mark: Callable[[Tx], None], now: datetime
    ) -> None:
        """`mark` sets the done-mark inside the write; it raises `inbox.AlreadyDone` where the effect is there already."""
        self.now = now
        self.kind, self.content = _content(update)
        self.user = _person(self.content)
        self.chat = _chat(self.content, self.user)
        message = self.content.get("message", self.content) if self.kind == "callback_query" else self.content
        self.message_id: int | None = message.get("message_id")
        self.thread_id: int | None = message.get("message_thread_id") if message.get("is_topic_message") else None
        self.query_id: str | None = self.content["id"] if self.kind == "callback_query" else None
        date = self.content.get("date")
        self.sent_at = datetime.fromtimestamp(date, UTC) if date else now
        self.committed = False
        self._db = db
        self._bot_id = bot_id
        self._mark = mark
        self._writing = False
        self._toast: Toast | None = None
        self._staged: Conversation | None = None
        self._first: Callable[[Tx], object] | None = None

    # Reading.

    def read(self, work: Callable[[Tx], T]) -> T:
        """One consistent view of what is committed, inline."""
        return self._db.read(work)

    @cached_property
    def language(self) -> str:
        """What that person chose, else what their Telegram speaks."""
        return self.read(lambda tx: _language(tx, self.user))

    @property
    def words(self) -> Words:
        return texts.translator(self.language)

    def is_live(self, tx: Tx) -> bool:
        """Whether the pressed message is the conversation's live screen, not an older copy."""
        return self.message_id is not None and cards.key_of(tx, self._chat.id, self.message_id) == cards.SCREEN

    def guest(self, tx: Tx, *, source: str = "") -> Guest:
        """The guest who speaks, known or new, inside the write."""
        person = self._person
        return guests.seen(
            tx,
            telegram_id=person.id,
            name=person.name,
            username=person.username,
            language_code=person.language_code,
            source=source,
            now=self.now,
        )

    # The conversation: staged, saved by the one write.

    @property
    def state(self) -> str | None:
        return self._conversation.state

    @property
    def data(self) -> dict[str, Any]:
        """A copy of what the conversation remembers; keep a change with `set_data`."""
        return deepcopy(self._conversation.data)

    def set_state(self, state: Any) -> None:
        """A name, or an aiogram State; None: the conversation is over."""
        self._stage(Conversation(getattr(state, "state", state), self._conversation.data))

    def set_data(self, data: Mapping[str, Any]) -> None:
        """Remember exactly this; JSON values only."""
        self._stage(Conversation(self._conversation.state, dict(data)))

    def clear(self) -> None:
        """Forget the conversation."""
        self._stage(Conversation())

    @cached_property
    def place(self) -> Place:
        """Whose conversation this is: one person in one chat."""
        return Place(self._bot_id, self._chat.id, self._person.id)

    # Answering.

    def toast(self, text: str = "", *, alert: bool = False) -> None:
        """Answer the pressed button, after the commit; plain text, the last one counts. Nothing to press, nothing shown."""
        self._toast = Toast(cut(text, TOAST_LIMIT), alert)

    def screen(self, tx: Tx, name: str, facts: Mapping[str, Any] | None = None, *, ring: bool = False) -> int:
        """Show `screen.<name>` as the live message of this chat: edited in place, or with `ring` sent anew.

        An edit that still waits is replaced by this one: nobody needs the page before the last.
        """
        return outbox.put(
            tx,
            kind=f"screen.{name}",
            facts={**(facts or {}), **({"ring": True} if ring else {})},
            chat_id=self._chat.id,
            thread_id=self.thread_id,
            language=self.language,
            card=cards.SCREEN,
            replaces=None if ring else f"screen:{self._chat.id}",
            now=self.now,
        )

    def say(self, tx: Tx, kind: str, facts: Mapping[str, Any] | None = None, *, priority: int = outbox.SCREEN) -> int:
        """Send a message of that kind into this chat."""
        return outbox.put(
            tx,
            kind=kind,
            facts=dict(facts or {}),
            chat_id=self._chat.id,
            thread_id=self.thread_id,
            language=self.language,
            priority=priority,
            now=self.now,
        )

    def explain(self, tx: Tx, refusal: Refusal) -> None:
        """Tell a refusal in kind words: over the pressed button, else as a message. The one mapper of this transport."""
        if self.query_id is not None:
            self.toast(bare(self.words.refusal(refusal)), alert=True)
        elif self.chat is not None:
            self.say(tx, REFUSAL, {"code": refusal.code, "facts": refusal.facts})

    # The one write.

    def first(self, work: Callable[[Tx], object]) -> None:
        """Do this at the beginning of the one write, whoever makes it."""
        self._first = work

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` with the conversation's change and the done-mark in one piece; once for each update.

        A Refusal undoes `work`, leaves the conversation as it was, is told to the person, and raised. `inbox.AlreadyDone` means
        that this update had its effect before.
        """
        if self._writing:
            raise RuntimeError("a handler writes once: put everything into one piece")
        self._writing = True
        toast, staged = self._toast, self._staged

        def piece(tx: Tx) -> tuple[T | None, Refusal | None]:
            self._toast, self._staged = toast, staged
            self._mark(tx)
            result, refused = None, None
            try:
                with tx.attempt():
                    if self._first is not None:
                        self._first(tx)
                    result = work(tx)
            except Refusal as refusal:
                refused = refusal
                self._toast, self._staged = None, None
                self.explain(tx, refusal)
            if self._staged is not None:
                conversations.save(tx, self.place, self._staged, now=self.now)
            return result, refused

        if self.user is not None and self.chat is not None:  # read in the loop's thread, before the writer's needs them
            _ = self.language, self._stored
        result, refused = await self._db.write(piece)
        self.committed = True
        if refused is not None:
            raise refused
        return result  # type: ignore[return-value]  # None only where `work` returned it

    @property
    def answer(self) -> Toast:
        """What the pressed button is answered with; every press is."""
        return self._toast or Toast()

    @property
    def writing(self) -> bool:
        """Whether the handler has begun its write."""
        return self._writing

    @property
    def _person(self) -> Person:
        assert self.user is not None, "an update of nobody has no conversation"
        return self.user

    @property
    def _chat(self) -> Chat:
        assert self.chat is not None, "this kind of update happens in no chat"
        return self.chat

    @property
    def _conversation(self) -> Conversation:
        return self._staged or self._stored

    @cached_property
    def _stored(self) -> Conversation:
        return self.read(lambda tx: conversations.load(tx, self.place))

    def _stage(self, conversation: Conversation) -> None:
        if self.committed:
            raise RuntimeError("the conversation is already saved: change it before or inside the write")
        self._staged = conversation


def bare(markup: str) -> str:
    """Words of a message for a place that knows no markup, such as a toast."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def language_of(tx: Tx, update: Mapping[str, Any]) -> str:
    """The language to answer that update in."""
    return _language(tx, _person(_content(update)[1]))


def _language(tx: Tx, person: Person | None) -> str:
    if person is None:
        return pick_language(None)
    return conversations.language(tx, person.id) or pick_language(person.language_code)


def _content(update: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    return next((kind, content) for kind, content in update.items() if isinstance(content, Mapping))


def _person(content: Mapping[str, Any]) -> Person | None:
    sender = content.get("from")
    if sender is None:
        return None
    name = " ".join(part for part in (sender.get("first_name"), sender.get("last_name")) if part)
    return Person(sender["id"], name, sender.get("username"), sender.get("language_code"))


def _chat(content: Mapping[str, Any], person: Person | None) -> Chat | None:
    chat = content.get("chat") or (content.get("message") or {}).get("chat")
    if chat is not None:
        return Chat(chat["id"], chat["type"], chat.get("title", ""))
    return None if person is None else Chat(person.id, "private", "")
