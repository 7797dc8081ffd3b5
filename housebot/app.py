"""Owns the running desk: builds its parts, lets one TaskGroup run them, and stops them in order."""

import asyncio
import importlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from housebot import logs
from housebot.config import Config
from housebot.config_sections import Web
from housebot.config_sections import YooKassa as YooKassaSection
from housebot.desk import SystemClock
from housebot.errors import Refusal
from housebot.inbound import Inbound, channel_of
from housebot.integrations.guarded import Guarded
from housebot.integrations.telegram.api import Api, ApiProblem
from housebot.integrations.telegram.deferred import import_aiogram
from housebot.integrations.telegram.poller import LONG_POLL, Poller
from housebot.integrations.telegram.sender import Sender
from housebot.integrations.telegram.setup import Setup
from housebot.integrations.webhooks import WebhookClient
from housebot.integrations.yookassa import YooKassa
from housebot.measures import Measures
from housebot.memory import keep_what_is_loaded
from housebot.sd_notify import notify, watchdog_interval
from housebot.services import (
    catalogs,
    chats,
    collecting,
    due,
    figures,
    outages,
    receipts,
    staff,
    ways,
    webhooks,
)
from housebot.services.delivery import Delivery
from housebot.services.pace import Limits
from housebot.services.ports import Channel, Clock, PaymentProvider, Tx, WebhookPort
from housebot.services.watched import Watched, WatchedChannel, WatchedPrograms
from housebot.services.webhooks import Webhooks
from housebot.storage.db import Database
from housebot.storage.lock import instance_lock
from housebot.vitals import Vitals
from housebot.web.addresses import networks
from housebot.web.connections import Patience, connections_allowed
from housebot.web.door import Door
from housebot.web.hooks.inbound import Hook
from housebot.web.rates import Paces, Rates
from housebot.web.server import Server

if TYPE_CHECKING:
    from housebot.bot.dispatch import Dispatch
    from housebot.scheduler import Scheduler

log = logging.getLogger(__name__)

BUG = 70
DRAIN = 8.0  # seconds for what is at hand when we are told to stop; systemd and people wait ten
HEARTBEAT = 10.0
KEYS = (
    30.0  # seconds between two writes of when keys were used last, and between two looks for a key file that is missing
)
LIFE_SIGN = 5.0


class App:
    """One desk, running. Build it with `running`."""

    def __init__(
        self,
        config: Config,
        db: Database,
        api: Api,
        clock: Clock,
        *,
        cards: PaymentProvider | None,
        programs: WebhookPort,
        channel: Channel | None = None,
        limits: Limits | None,
        long_poll: int,
    ) -> None:
        self.config = config
        self.db = db
        self.clock = clock
        self.measures = Measures()
        self._hooks: dict[str, Hook] = {}
        self._door = _door(config.web, self.measures)
        self._inbound = Inbound(
            config, db, clock, channel=None if channel is None else WatchedChannel(channel, self.measures)
        )
        self.web = Server(
            config.web.host,
            config.web.port,
            hooks=self._hooks,
            trusted=config.web.trusted_proxies,
            desk=(db, clock),
            door=self._door,
            patience=Patience(
                most=connections_allowed(config.web.max_connections),
                most_of_address=config.web.max_connections_per_address,
            ),
            measures=self.measures,
        )
        self.poller = Poller(api, db, clock=clock, long_poll=long_poll)
        self.vitals = Vitals(db, self.poller, self.measures, clock=clock)
        self.web.health.checks = self.vitals.checks()
        self.web.metrics.read = self.vitals.read
        self.ready = asyncio.Event()  # everything runs, the backlog is in
        self._api = api
        self._cards = None if cards is None else Watched(cards, self.measures)
        self._messenger = Sender(api, provider_token=config.invoices.provider_token if config.invoices else None)
        self._limits = limits
        self._dispatch: Dispatch | None = None
        self._delivery: Delivery | None = None
        self._webhooks = Webhooks(db, WatchedPrograms(programs, self.measures), clock=clock)
        self._scheduler: Scheduler | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, tasks: asyncio.TaskGroup) -> None:
        """Open the port, begin to poll, and load the rest behind their backs."""
        await self.db.write(self._seed)
        self._hooks |= await self._inbound.mount()
        await self.web.open()
        self._begin(tasks, self.poller.run())
        self._begin(tasks, self._watch())
        self._begin(tasks, self.vitals.watch_loop())
        self._begin(tasks, self._open_desk(tasks))

    async def stop(self) -> None:
        """Take nothing new, finish what is at hand, give up on the rest after `DRAIN` seconds: it is all rows."""
        notify("STOPPING=1")
        for part in (self._dispatch, self._scheduler, self._delivery, self._webhooks):
            if part is not None:
                part.stop()
        working = [task for task in self._tasks if task.get_name() in {"dispatch", "scheduler", "delivery", "webhooks"}]
        for task in self._tasks:
            if task not in working:
                task.cancel()
        if working:
            await asyncio.wait(working, timeout=DRAIN)
        for task in working:
            task.cancel()
        await self.web.close()
        with suppress(Refusal):  # when keys were used last is no reason to stop badly
            await self._note_keys()

    def _begin(self, tasks: asyncio.TaskGroup, work: Coroutine[Any, Any, None], *, name: str | None = None) -> None:
        self._tasks.append(tasks.create_task(work, name=name))

    def _seed(self, tx: Tx) -> None:
        now, telegram = self.clock.now(), self.config.telegram
        staff.seed(tx, telegram.owners, now=now)
        chats.seed(tx, approvals_chat=telegram.approvals_chat, facts_chat=telegram.facts_chat, now=now)
        ways.remember(tx, self._providers(tx))

    def _providers(self, tx: Tx) -> list[str]:
        """Who collects money with these settings; no invoice in a currency that its provider does not take."""
        found = [] if self._cards is None else [self._cards.name]
        section = self.config.invoices
        if section is not None and catalogs.sells_in(tx, section.currency, now=self.clock.now()):
            found.append(ways.TELEGRAM)
        return found

    async def _open_desk(self, tasks: asyncio.TaskGroup) -> None:
        """Delivery at once; handlers and due work when the backlog is in and the outage has been given back to the holds."""
        await asyncio.to_thread(_import_what_is_slow)
        from housebot.bot import guest
        from housebot.bot import staff as staff_side
        from housebot.bot.apology import Apology
        from housebot.bot.bot import make_bot, make_dispatcher
        from housebot.bot.dispatch import Dispatch
        from housebot.bot.renderer import TableRenderer, replies

        renderer = TableRenderer([guest.texts, staff_side.texts, replies])
        self.poller.apology = Apology(self._messenger)
        self._delivery = Delivery(
            self.db, self._messenger, renderer, clock=self.clock, limits=self._limits, measures=self.measures
        )
        self.db.on_commit(self._delivery.wake)
        self._begin(tasks, self._delivery.run(), name="delivery")
        self.db.on_commit(self._webhooks.wake)
        self._begin(tasks, self._webhooks.run(), name="webhooks")
        await self.poller.caught_up.wait()
        held = await self.db.write(lambda tx: outages.at_start(tx, self.clock.now()))
        if held:
            log.info("%d holds were given the time the desk was away", held)
        routers = make_dispatcher(staff_side.router, guest.router)
        bot = make_bot(self.config.telegram.token)
        self._dispatch = Dispatch(self.db, self._messenger, routers, bot, clock=self.clock, measures=self.measures)
        self.db.on_commit(self._dispatch.wake)
        self.poller.take = self._dispatch.take
        self._begin(tasks, self._dispatch.run(), name="dispatch")
        self._scheduler = self.vitals.scheduler = self._make_scheduler()
        self._begin(tasks, self._scheduler.run(), name="scheduler")
        keep_what_is_loaded()
        self.ready.set()
        log.info("the desk is open")

    def _make_scheduler(self) -> "Scheduler":
        from housebot.scheduler import Job, Scheduler

        return Scheduler(
            [
                Job("due work", 1, self._run_due),
                Job("receipts", 2, self._hash_receipts),
                *([] if self._cards is None else [Job("cards", 2, self.collect_cards)]),
                Job("keys", KEYS, self._note_keys),
                Job("figures of days", 300, self._close_days),
                *([Job("inbound", 2, self.hear, bell=self._inbound.bell)] if self._inbound.hears else []),
                Job("hooks", KEYS, self._mount),
                Job("heartbeat", HEARTBEAT, self._beat),
                Job("old deliveries", 3600, self._forget_deliveries),
                Job("menus", 60, Setup(self._api, self.db, clock=self.clock), quiet=(ApiProblem,)),
            ]
        )

    async def _watch(self) -> None:
        """Tell systemd that we are up once the first poll is on its way, answered or not, and that we live while we do."""
        await self.poller.begun.wait()
        notify("READY=1")
        pause = watchdog_interval() or LIFE_SIGN
        while True:
            if self.db.alive() and self.poller.is_turning():
                notify("WATCHDOG=1")
            await asyncio.sleep(pause)

    async def _beat(self) -> None:
        await self.db.write(lambda tx: outages.beat(tx, self.clock.now()))

    async def _note_keys(self) -> None:
        await self._door.uses.write_down(self.db)

    async def _run_due(self) -> None:
        await due.run_due(self.db, now=self.clock.now())

    async def collect_cards(self) -> int:
        """One round with the provider of card payments; how much moved."""
        return 0 if self._cards is None else await collecting.collect(self.db, self._cards, now=self.clock.now())

    async def _forget_deliveries(self) -> None:
        await webhooks.forget(self.db, now=self.clock.now())

    async def _close_days(self) -> None:
        """What days that are over came to; read aside, for it looks at many rows."""
        now = self.clock.now()
        while days := self.db.read(lambda tx: figures.missing(tx, now=now)):
            counted = await self.db.aside(lambda tx, days=days: figures.of_days(tx, days, now=now))  # type: ignore[misc]
            await self.db.write(lambda tx, counted=counted: figures.keep(tx, counted))  # type: ignore[misc]

    async def _mount(self) -> None:
        """Ways in that waited for the key file are opened when somebody has put it back."""
        if self._inbound.waits:
            self._hooks |= await self._inbound.mount()

    async def hear(self) -> int:
        """One round through what other programs have sent; how much was worked through."""
        return await self._inbound.work()

    async def _hash_receipts(self) -> None:
        await receipts.hash_new(self.db, self._messenger, now=self.clock.now())


def _door(web: Web, measures: Measures) -> Door:
    paces = Paces(
        key=web.rate_per_minute,
        address=web.rate_per_address,
        wrong_keys=web.wrong_keys_per_minute,
        overall=web.rate_overall,
    )
    return Door(Rates(paces, refused=measures.rate_limited.add), web.cors_origins, networks(web.trusted_proxies))


def _import_what_is_slow() -> None:
    """In a thread: the port answers meanwhile."""
    import_aiogram()
    import housebot.bot.dispatch
    import housebot.scheduler  # noqa: F401


@asynccontextmanager
async def running(
    config: Config, *, clock: Clock | None = None, limits: Limits | None = None, long_poll: int = LONG_POLL
) -> AsyncIterator[App]:
    """A running desk inside the `async with`, stopped in order behind it.

    Raises AlreadyRunning and touches nothing when another process serves the same file, DatabaseProblem when the file cannot
    be used, ConfigProblem when a setting is missing.
    """
    telegram, shop = config.telegram, config.yookassa
    async with AsyncExitStack() as stack:
        stack.enter_context(instance_lock(config.database_path))
        db = Database.open(config.database_path, key_file=config.key_file)
        stack.push_async_callback(db.aclose)
        api = await stack.enter_async_context(Api(telegram.token, telegram.api_base, proxy=telegram.proxy))
        cards = None if shop is None else await stack.enter_async_context(_provider(shop))
        guarded = await stack.enter_async_context(Guarded(private=config.web.webhooks_to_private))
        app = App(
            config,
            db,
            api,
            clock or SystemClock(),
            cards=cards,
            channel=await channel_of(stack, config),
            programs=WebhookClient(guarded),
            limits=limits,
            long_poll=long_poll,
        )
        fault: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            try:
                await app.start(tasks)
                yield app
            except Exception as problem:  # of whoever uses the desk: raised as it is, not as one of a group
                fault = problem
            finally:
                await app.stop()
        if fault is not None:
            raise fault


def _provider(shop: YooKassaSection) -> YooKassa:
    return YooKassa(
        shop.shop_id,
        shop.secret_key,
        base=shop.api_base,
        test=shop.test,
        return_url=shop.return_url,
        vat_code=shop.vat_code,
        tax_system=shop.tax_system,
        receipt_email=shop.receipt_email,
    )


def run(config: Config) -> int:
    """`housebot run`: until SIGTERM or SIGINT; the exit code. What keeps the desk from opening is raised, see `running`."""
    logs.setup(config.log.level, config.log.format)
    try:
        with asyncio.Runner(loop_factory=_fast_loop()) as runner:
            return runner.run(_run(config))
    except ExceptionGroup as faults:
        log.critical("the desk stops", exc_info=faults)
        return BUG


async def _run(config: Config) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    async with running(config) as app:
        app.db.on_fatal(lambda _: stopped.set())
        await stopped.wait()
    return BUG if app.db.fatal is not None else 0


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    except ImportError:  # an extra: asyncio's own loop does as well
        return None
    return factory
