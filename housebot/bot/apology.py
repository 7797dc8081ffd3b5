"""Owns what people are told while nothing can be stored: at once, kindly, once a chat, and without the database."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from housebot.services.ports import Message, Messenger, Outgoing
from housebot.words import escape, pick_language, translator

WITHIN = 10.0  # seconds for everybody of a batch: the next poll waits for it
SAID = "reply.toast.outage"


class Apology:
    """Answers updates that Telegram keeps for us because we cannot. Best effort: nothing of it is written down."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._told: set[int | str] = set()  # chats and pressed buttons of this outage

    async def say(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Over every pressed button, and one message in every private chat; the same updates come again with the next poll."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WITHIN):
                for update in updates:
                    await self._answer(update)

    def over(self) -> None:
        """Updates are stored again: the next outage is told anew."""
        self._told.clear()

    async def _answer(self, update: Mapping[str, Any]) -> None:
        if (query := update.get("callback_query")) is not None and query["id"] not in self._told:
            self._told.add(query["id"])
            await self._messenger.answer(query["id"], _words(query), alert=True)
        message = update.get("message")
        if message is None or message["chat"]["type"] != "private" or message["chat"]["id"] in self._told:
            return
        chat_id = message["chat"]["id"]
        row = Outgoing(0, SAID, {}, chat_id, None, "", False, None)
        sent = await self._messenger.send(row, Message(escape(_words(message))))
        if sent.outcome != "later":
            self._told.add(chat_id)


def _words(content: Mapping[str, Any]) -> str:
    """In the language of their Telegram: which one they chose stands in the database."""
    return translator(pick_language((content.get("from") or {}).get("language_code"))).plain(SAID)
