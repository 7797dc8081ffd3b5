"""Owns which providers may send to the desk by the settings, where and how, and the round that works through what they sent (A5)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from housebot.config import Config
from housebot.errors import Refusal
from housebot.integrations import bukza as bukza_wire
from housebot.integrations.yookassa import SENDERS
from housebot.services import bukza, channels, hooks, inbound, ways
from housebot.services.ports import Channel, Clock, Database
from housebot.web.addresses import networks
from housebot.web.hooks.inbound import Hook


class Inbound:
    """What is sent is stored and answered at once; the bell wakes the round that reads it."""

    def __init__(self, config: Config, db: Database, clock: Clock, *, channel: Channel | None) -> None:
        self.bell = asyncio.Event()
        self.waits = False  # somebody's way in could not be opened yet
        self._config = config
        self._db = db
        self._clock = clock
        self._words = hooks.Words(db)
        self._channel = channel
        self._orders = None if config.bukza is None else terms_of_bukza(config)
        self._talks = None if config.sendpulse is None else terms_of_sendpulse(config)

    @property
    def hears(self) -> bool:
        """Whether there is anybody to hear beside who is asked about payments."""
        return self._orders is not None or self._channel is not None

    async def mount(self) -> dict[str, Hook]:
        """The ways in of those whom the settings name. Without its key file the desk opens without them, as the log says, and `waits`."""
        found: dict[str, Hook] = {}
        self.waits = False
        known = {ways.CARDS: self._of_yookassa, bukza_wire.NAME: self._of_bukza}
        if self._channel is not None:
            known[self._channel.name] = self._of_channel
        for name, way_in in known.items():
            try:
                hook = await way_in()
            except Refusal:
                self.waits = True
                continue
            if hook is not None:
                found[name] = hook
        return found

    async def _of_yookassa(self) -> Hook | None:
        shop = self._config.yookassa
        if shop is None:
            return None
        senders = networks(SENDERS) if shop.check_address else ()
        return Hook(await self._word(ways.CARDS), inbound.BODY_LIMIT, self._store(ways.CARDS, ring=False), senders)

    async def _of_bukza(self) -> Hook | None:
        if self._orders is None:
            return None
        name = bukza_wire.NAME
        secret = await self._word(name + hooks.HEADER)
        return Hook(
            await self._word(name),
            inbound.BODY_LIMIT,
            self._store(name),
            header=bukza_wire.HEADER,
            secret=secret,
            may_query=False,
        )

    async def _of_channel(self) -> Hook | None:
        if self._channel is None:
            return None
        name = self._channel.name
        return Hook(await self._word(name), channels.BODY_LIMIT, self._store(name), may_query=False)

    async def work(self) -> int:
        """One round; how much was worked through."""
        did, now = 0, self._clock.now()
        if self._orders is not None:
            did += await bukza.work(self._db, bukza_wire.Bukza(), self._orders, now=now)
        if self._channel is not None and self._talks is not None:
            from housebot.bot.channels import menu

            did += await channels.work(self._db, self._channel, self._talks, menu, now=now)
        return did

    async def _word(self, name: str) -> Callable[[], str]:
        """The word as it is at any time: a renewed one counts at the next request."""
        await self._db.write(lambda tx: hooks.ensure_token(tx, name))
        return partial(self._words.of, name)

    def _store(self, provider: str, *, ring: bool = True) -> Callable[[bytes], Awaitable[object]]:
        async def store(body: bytes) -> None:
            await self._db.write(lambda tx: inbound.keep(tx, provider, body, now=self._clock.now()))
            if ring:
                self.bell.set()

        return store


def terms_of_bukza(config: Config) -> bukza.Terms:
    """How the words of this house's Bukza are meant."""
    section = config.bukza
    assert section is not None, "asked for where it is set"
    return bukza.Terms(
        {bukza.plain(name): place for name, place in section.places().items()},
        tariff=section.tariff,
        guests=section.guests,
        paid=bukza.PAID | {bukza.plain(word) for word in section.paid},
        cancelled=bukza.CANCELLED | {bukza.plain(word) for word in section.cancelled},
    )


def terms_of_sendpulse(config: Config) -> channels.Terms:
    """Whose messages are heard, and how often they are answered."""
    section = config.sendpulse
    assert section is not None, "asked for where it is set"
    return channels.Terms(frozenset(section.bots), section.answer, timedelta(hours=section.quiet_hours))


async def channel_of(stack: AsyncExitStack, config: Config) -> Channel | None:
    """The other messenger of the settings, opened; None where there is none."""
    section = config.sendpulse
    if section is None:
        return None
    from housebot.integrations.sendpulse import SendPulse

    made = SendPulse(section.client_id, section.client_secret, base=section.api_base)
    return await stack.enter_async_context(made)
