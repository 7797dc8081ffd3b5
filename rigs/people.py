"""Owns the people of the kill rig: guests who fight for the week, owners who decide, and the notebook of what they were promised."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from housebot.simulator.client import Person, Seen, SimError
from housebot.simulator.seen import Wanted
from rigs.bank import Bank
from rigs.visitor import CODE, KEPT, Visit, Visitor

RECEIPT, RELEASE, RELEASE_YES = "📎 Отправить чек", "✖️ Отказаться от брони", "Да, отказаться"
CONFIRM, DECLINE, REASON, SEND = "✅ Подтвердить · пришло", "❌ Отклонить", "Деньги не пришли", "Отправить гостю"
BOOKED, RELEASED, EXPIRED = "Забронировано", "отменена, даты снова свободны", "Время вышло"
ONLINE, PAGE = "💳 Картой онлайн", "💳 Оплатить"
CARD_DECISIONS = (BOOKED, "не прошла", "не списали", "Оплата пришла после срока", "бронь уже была снята")
WHICH = "К какой брони этот чек"
DECISIONS = (BOOKED, "Не смогли", "не смогли", "Чек пришёл")


PATIENCE = 90.0  # seconds; who asks again and again only makes a slow machine slower
STARTS_ANEW = 0.3  # of the visits begin with /start: each is answered by one welcome


@dataclass
class Notebook:
    """What people saw and did, apart from the desk's own file."""

    visits: Counter[str] = field(default_factory=Counter)
    started: Counter[int] = field(default_factory=Counter)  # /start pressed, by guest
    promised: dict[str, int] = field(default_factory=dict)  # code on a card of a hold → guest
    photos: dict[str, str] = field(default_factory=dict)  # file_unique_id → code it was sent for
    confirm_pressed: Counter[str] = field(default_factory=Counter)
    let_go: set[str] = field(default_factory=set)  # asked for by a guest, or cancelled by the rig


class Guest:
    """Books, then pays, lets go, or forgets about it; and begins again."""

    def __init__(self, person: Person, notebook: Notebook, chance: random.Random, *, bank: Bank) -> None:
        self.person = person
        self._bank = bank
        self._visitor = Visitor(person, chance, patience=PATIENCE)
        self._notebook = notebook
        self._chance = chance

    @property
    def accepted(self) -> int:
        """How often this guest asked for dates."""
        return self._visitor.accepted

    async def live(self, stopped: asyncio.Event) -> None:
        """Until told to stop; what the desk does meanwhile, dying included, is no reason to stop."""
        while not stopped.is_set():
            if self._chance.random() < STARTS_ANEW:
                self._notebook.started[self.person.id] += 1
                await self.person.start()
            visit = await self._visitor.book()
            self._notebook.visits[visit.outcome] += 1
            if visit.outcome == "held":
                self._notebook.promised[visit.code] = self.person.id
                await self._after(visit)
            else:
                await asyncio.sleep(self._chance.uniform(0.2, 2.0))

    async def _after(self, visit: Visit) -> None:
        fate = self._chance.random()
        try:
            if fate < 0.25:
                await self._pay(visit.code)
            elif fate < 0.55:
                await self._pay_by_card(visit.code)
            elif fate < 0.9:
                await self._release(visit.code)
            else:
                await self._sees(lambda one: one.text.startswith(EXPIRED), 4)
        except SimError:
            # The desk was away for longer than this guest's patience; everything is still true, and checked at the end.
            self._notebook.visits["gave up waiting"] += 1

    async def _pay(self, code: str) -> None:
        sent = await self.person.photo(fresh=True)
        self._notebook.photos[sent["photo"]["file_unique_id"]] = code
        answer = await self._sees(lambda one: any(word in one.text for word in (*DECISIONS, WHICH)), PATIENCE)
        if WHICH in answer.text:  # an earlier booking is still open
            await self.person.press(code, wait=False, message_id=answer.id)
            await self._sees(lambda one: any(word in one.text for word in DECISIONS), PATIENCE)

    async def _pay_by_card(self, code: str) -> None:
        """Press, wait for the page, pay at the bank after a while; now and then twice, or never."""
        shown = [one for one in await self.person.messages() if ONLINE in one.buttons and code in one.text]
        if not shown:  # its time is over meanwhile
            return
        for _ in range(1 + (self._chance.random() < 0.3)):
            await self.person.press(ONLINE, wait=False, message_id=shown[-1].id)
        await self._sees(lambda one: code in one.text and any(text.startswith(PAGE) for text in one.buttons), PATIENCE)
        await asyncio.sleep(self._chance.uniform(0.0, 3.0))
        page = self._bank.page_of(code)
        if page is None or self._chance.random() < 0.1:
            return
        await self._bank.pay(code, page)
        await self._sees(lambda one: any(word in one.text for word in CARD_DECISIONS), PATIENCE)

    async def _release(self, code: str) -> None:
        self._notebook.let_go.add(code)
        card = next(one for one in reversed(await self.person.messages()) if KEPT in one.text and code in one.text)
        await self.person.press(RELEASE, wait=False, message_id=card.id)
        asked = await self._sees(lambda one: RELEASE_YES in one.buttons, PATIENCE)
        await self.person.press(RELEASE_YES, wait=False, message_id=asked.id)
        await self._sees(lambda one: code in one.text and RELEASED in one.text, PATIENCE)

    async def _sees(self, wanted: Wanted, patience: float) -> Seen:
        return await self.person.wait_for(wanted, patience)


class Owner:
    """Decides on every card that comes; sometimes both owners press at once, and sometimes one presses twice."""

    def __init__(self, person: Person, notebook: Notebook, chance: random.Random, *, declines: float) -> None:
        self.person = person
        self._notebook = notebook
        self._chance = chance
        self._declines = declines
        self._seen = 0  # the simulator's events up to here have been looked at

    async def live(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            await asyncio.sleep(self._chance.uniform(0.05, 0.3))
            after, self._seen = self._seen, self.person.sim.mark
            for card in await self.person.messages(after=after):
                try:
                    await self._decide(card)
                except SimError:  # somebody else decided, and the button has gone
                    self._notebook.visits["a card changed under the finger"] += 1

    async def _decide(self, card: Seen) -> None:
        confirm = next((text for text in card.buttons if text.startswith((CONFIRM, "Да, подтвердить"))), None)
        found = CODE.search(card.text)
        if confirm is not None and found is not None:
            if self._chance.random() < self._declines and DECLINE in card.buttons:  # "sure?" has no such button
                await self.person.press(DECLINE, wait=False, message_id=card.id)
                return
            self._notebook.confirm_pressed[found[0]] += 1
            await self.person.press(confirm, wait=False, message_id=card.id)
            if self._chance.random() < 0.3:
                await self.person.press(confirm, wait=False, message_id=card.id)
            return
        for text in (REASON, SEND):
            if text in card.buttons:
                await self.person.press(text, wait=False, message_id=card.id)
