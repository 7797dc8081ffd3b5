"""Owns which providers may send to the desk by the settings, where and how, and the round that works through what they sent (A5)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

from housebot.config import Config
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
        self._config = config
        self._db = db
        self._clock = clock
        self._channel = channel
        self._orders = None if config.bukza is None else terms_of_bukza(config)
        self._talks = None if config.sendpulse is None else terms_of_sendpulse(config)

    @property
    def hears(self) -> bool:
        """Whether there is anybody to hear beside who is asked about payments."""
        return self._orders is not None or self._channel is not None

    async def mount(self) -> dict[str, Hook]:
        """The ways in of those whom the settings name."""
        found: dict[str, Hook] = {}
        shop = self._config.yookassa
        if shop is not None:
            senders = networks(SENDERS) if shop.check_address else ()
            found[ways.CARDS] = Hook(
                await self._word(ways.CARDS), inbound.BODY_LIMIT, self._store(ways.CARDS, ring=False), senders
            )
        if self._orders is not None:
            name = bukza_wire.NAME
            secret = await self._word(name + hooks.HEADER)
            found[name] = Hook(
                await self._word(name),
                inbound.BODY_LIMIT,
                self._store(name),
                header=bukza_wire.HEADER,
                secret=secret,
                may_query=False,
            )
        if self._channel is not None:
            name = self._channel.name
            found[name] = Hook(await self._word(name), channels.BODY_LIMIT, self._store(name), may_query=False)
        return found

    async def work(self) -> int:
        """One round; how much was worked through."""
        did, now = 0, self._clock.now()
        if self._orders is not None:
            did += await bukza.work(self._db, bukza_wire.Bukza(), self._orders, now=now)
        if self._channel is not None and self._talks is not None:
            from housebot.bot.channels import menu

            did += await channels.work(self._db, self._channel, self._talks, menu, now=now)
        return did

    async def _word(self, name: str) -> str:
        return await self._db.write(lambda tx: hooks.ensure_token(tx, name))

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
