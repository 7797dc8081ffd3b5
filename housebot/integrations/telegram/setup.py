"""Owns telling Telegram what the bot is and offers: its description, commands per audience and language, the menu button; only what has changed."""

import hashlib
import logging
from typing import Any

import orjson

from housebot.integrations.telegram.api import Api, Refused
from housebot.services import face
from housebot.services.face import Menu
from housebot.services.ports import Clock, Database
from housebot.words import translator

log = logging.getLogger(__name__)

LANGUAGES = {None: "en", "en": "en", "ru": "ru", "be": "ru", "uk": "ru", "kk": "ru"}  # Telegram's language → ours
DESCRIPTION = "description"  # what it is remembered by, beside the menus


class Setup:
    """A worker: `await setup()` brings Telegram up to date, as far as it is reachable."""

    def __init__(self, api: Api, db: Database, *, clock: Clock) -> None:
        self._api = api
        self._db = db
        self._clock = clock
        self._knows_us = False
        self._refused: set[str] = set()

    async def __call__(self) -> None:
        """Raises ApiProblem when Telegram is away; what it refuses, such as an owner who never wrote, waits for a later time."""
        if not self._knows_us:
            me = await self._api.call("getMe")
            await self._db.write(lambda tx: face.remember_username(tx, me["username"]))
            self._knows_us = True
        menus, told = self._db.read(lambda tx: (face.menus(tx), face.told(tx)))
        for menu in menus:
            digest = _digest({language: _commands(menu, language) for language in sorted(set(LANGUAGES.values()))})
            if told.get(menu.key) != digest:
                await self._tell(menu, digest)
        for key in told.keys() - {menu.key for menu in menus} - {DESCRIPTION}:
            await self._forget(key)
        await self._describe(told.get(DESCRIPTION))

    async def _describe(self, told: str | None) -> None:
        spoken = sorted(set(LANGUAGES.values()))
        now = self._clock.now()
        texts = self._db.read(lambda tx: {language: face.description(tx, language, now=now) for language in spoken})
        digest = _digest(texts)
        if digest == told:
            return
        try:
            for code, language in LANGUAGES.items():
                await self._api.call("setMyDescription", description=texts[language], language_code=code)
        except Refused as refused:
            self._note(DESCRIPTION, refused)
            return
        await self._remember(DESCRIPTION, digest)

    async def _tell(self, menu: Menu, digest: str) -> None:
        try:
            for code, language in LANGUAGES.items():
                await self._api.call(
                    "setMyCommands", commands=_commands(menu, language), scope=_scope(menu.chat_id), language_code=code
                )
            if menu.chat_id is None:
                await self._api.call("setChatMenuButton", menu_button={"type": "commands"})
        except Refused as refused:
            self._note(menu.key, refused)
            return
        await self._remember(menu.key, digest)

    async def _forget(self, key: str) -> None:
        try:
            for code in LANGUAGES:
                await self._api.call("deleteMyCommands", scope=_scope(int(key)), language_code=code)
        except Refused as refused:
            self._note(key, refused)
        await self._remember(key, None)

    async def _remember(self, key: str, digest: str | None) -> None:
        await self._db.write(lambda tx: face.remember(tx, key, digest))

    def _note(self, key: str, refused: Refused) -> None:
        if refused.code == 429 or refused.code >= 500:
            raise refused
        if key not in self._refused:
            self._refused.add(key)
            log.info("the menu of %s waits: %s", key, refused.description)


def _commands(menu: Menu, language: str) -> list[dict[str, str]]:
    words = translator(language)
    return [{"command": name, "description": words.plain(f"command.{name}")} for name in menu.commands]


def _scope(chat_id: int | None) -> dict[str, Any]:
    return {"type": "default"} if chat_id is None else {"type": "chat", "chat_id": chat_id}


def _digest(said: Any) -> str:
    return hashlib.sha256(orjson.dumps([list(LANGUAGES), said], option=orjson.OPT_NON_STR_KEYS)).hexdigest()[:16]
