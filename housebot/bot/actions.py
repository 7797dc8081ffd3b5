"""Owns the one table of what a pressed button may ask for, and how acts on bookings are written: nobody takes a word twice.

Four families, told apart by their length and first letter, so that neighbours never meet:
- one letter: pickers and the journey, `<a>.<draft>.<version>.<arg>`, listed in `presses.Action` and described here;
- `g` and a letter: the guest's acts on what is theirs, `<aa>.<booking code>.<version>[.<arg>]`;
- `s` and a letter: the staff's acts, written the same way;
- `c` and a letter: acts on gifts, with the gift's key, and on their orders, with the order's code, in the place of the booking's.

Letters live in messages that are months old: one that was given away is never given a second meaning.
"""

import re
from dataclasses import dataclass
from typing import Any

from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery

from housebot.bot.presses import Action, Press, unpack
from housebot.errors import Refusal

NOBODY = "-"  # stands where an act is on no booking

_ACT = re.compile(r"([cgs][a-z])\.([A-Za-z0-9-]{1,16})\.([0-9]{1,6})(?:\.([A-Za-z0-9_.:-]{1,32}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an action does, and which module answers it."""

    owner: str
    does: str


PICKERS: dict[Action, Meaning] = {
    Action.ARRIVE: Meaning("guest.journey", "a day to arrive on, or of a visit"),
    Action.LEAVE: Meaning("guest.journey", "a day to leave on"),
    Action.LOOK: Meaning("guest.dates", "a day of the calendar without a draft"),
    Action.MONTH: Meaning("guest.journey, guest.dates", "turn to a month"),
    Action.MONTHS: Meaning("guest.journey, guest.dates", "the list of months"),
    Action.PRICES: Meaning("guest.journey, guest.dates", "the prices view"),
    Action.WEEKEND: Meaning("guest.journey, guest.dates", "the nearest free weekend"),
    Action.EDGE: Meaning("guest.journey, guest.dates", "an arrow at the border"),
    Action.NOTHING: Meaning("guest.journey, guest.dates", "a blank"),
    Action.HOUR: Meaning("guest.journey", "an hour to arrive, or the time of a visit"),
    Action.UNTIL: Meaning("guest.journey", "a time to leave"),
    Action.OTHER_TIME: Meaning("guest.journey", "show every hour to leave"),
    Action.BACK: Meaning("guest.journey", "the step before"),
    Action.MENU: Meaning("guest.menu", "the menu, or one of its screens by name"),
    Action.SHAPE: Meaning("guest.journey", "how long: evening, day, days, hours"),
    Action.LENGTH: Meaning("guest.journey", "how many days or nights"),
    Action.GUESTS: Meaning("guest.journey", "how many guests, all or of one age"),
    Action.WISH: Meaning("guest.journey", "switch an extra on or off"),
    Action.OFFER: Meaning("guest.journey", "take an offer"),
    Action.UNIT: Meaning("guest.journey", "a unit, a room, a specialist"),
    Action.TARIFF: Meaning("guest.journey", "a tariff or a service"),
    Action.STEP: Meaning("guest.journey", "open a step by name"),
    Action.NEXT: Meaning("guest.journey", "enough here, go on"),
    Action.ANSWER: Meaning("guest.journey", "a choice answers a question"),
    Action.ACCEPT: Meaning("guest.journey", "accept the rules and book"),
    Action.RESUME: Meaning("guest.journey", "go on with a draft, or begin anew"),
    Action.NEAR: Meaning("guest.journey", "take the nearest dates instead"),
}

ACTS: dict[str, Meaning] = {
    "gr": Meaning("guest.hold", "release the dates: ask"),
    "gy": Meaning("guest.hold", "release the dates: yes"),
    "gn": Meaning("guest.hold", "keep the booking after all"),
    "gx": Meaning("guest.hold", "paying now, more time"),
    "gs": Meaning("guest.receipts", "send a receipt: how"),
    "gq": Meaning("guest.messages", "a question about a booking"),
    "gw": Meaning("guest.receipts", "to which booking a receipt belongs"),
    "gp": Meaning("guest.hold", "how to pay: bank, cash or card"),
    "gb": Meaning("guest.again", "book the same once more, or on other dates, at the price on the button"),
    "go": Meaning("guest.late", "late money: take the dates offered"),
    "gj": Meaning("guest.late", "late money: send it back"),
    "gh": Meaning("guest.money_back", "where to send money back"),
    "gk": Meaning("guest.booked", "a file for the calendar"),
    "gf": Meaning("guest.booked", "a text for friends"),
    "ge": Meaning("guest.changing", "change a booking: open it, or a step of it by name"),
    "gm": Meaning("guest.my", "open a booking, or why it costs what it costs"),
    "gc": Meaning("guest.cancelling", "cancel a booking: ask, or why so much goes back"),
    "gd": Meaning("guest.cancelling", "cancel a booking: yes"),
    "gv": Meaning("guest.proposal", "a change that waits: yes, no, or how to pay for it; the code is the proposal's"),
    "gl": Meaning("guest.language", "speak this language"),
    "gz": Meaning("guest.balance", "pay the rest of the price: how, or by this way"),
    "gi": Meaning("guest.about", "photos, place or rules"),
    "gt": Meaning("guest.dates", "the picture of a month, or another unit"),
    "sc": Meaning("staff.deciding", "confirm, with the sum that came"),
    "sy": Meaning("staff.deciding", "confirm although something is odd"),
    "so": Meaning("staff.deciding", "another sum came: ask which"),
    "sd": Meaning("staff.deciding", "decline: ask why"),
    "sr": Meaning("staff.deciding", "decline: what the guest will read"),
    "sx": Meaning("staff.deciding", "decline: do it"),
    "sb": Meaning("staff.deciding", "back to the card"),
    "sg": Meaning("staff.talking", "write to the guest"),
    "sv": Meaning("staff.opened", "open a booking, or why it costs that, or why so much goes back"),
    "st": Meaning("staff.tasks", "a task is done"),
    "sl": Meaning("staff.tasks", "late money: what the guest chose by phone"),
    "sp": Meaning("staff.lists", "a page of the list"),
    "sk": Meaning("staff.cancelling", "cancel a booking: ask"),
    "sz": Meaning("staff.cancelling", "cancel a booking: another refund, or do it"),
    "sn": Meaning("staff.lists", "write a note"),
    "sh": Meaning("staff.coming", "the guest did not come, or has left early: ask, do it"),
    "si": Meaning("staff.deposits", "the damage deposit: received, returned, kept"),
    "sf": Meaning("staff.lists", "free a test booking"),
    "se": Meaning("staff.settings", "a screen of the settings, or something on it"),
    "sw": Meaning("staff.new", "a step of a booking by phone"),
    "sj": Meaning(
        "staff.balance", "the rest of the price: came by hand; a receipt for it: it came, another sum, it did not"
    ),
    "sm": Meaning("staff.offering", "offer the guest other dates or another price, send it, take it back"),
    "ss": Meaning(
        "staff.changing", "the receipt for a change: confirm with the sum, decline; the code is the proposal's"
    ),
    "su": Meaning("staff.settings", "take a change back"),
    "ca": Meaning("guest.gifts.page", "I have a gift, or: buy one"),
    "cg": Meaning("guest.gifts.page", "book with a gift"),
    "ch": Meaning("guest.gifts.page", "hand a gift on: ask to whom"),
    "cb": Meaning("guest.gifts.buying", "a step of buying a gift"),
    "co": Meaning("guest.gifts.acts", "an order of a gift: see it, pay, send a receipt, give it up"),
    "cw": Meaning("guest.receipts", "to which gift a receipt belongs"),
    "cc": Meaning("staff.gifts", "confirm a gift, with the sum that came"),
    "cy": Meaning("staff.gifts", "confirm a gift although something is odd"),
    "cs": Meaning("staff.gifts", "another sum came for a gift: ask which"),
    "cd": Meaning("staff.gifts", "decline a gift: ask why, show it, do it"),
    "cr": Meaning("staff.gifts", "wait for the rest of what a gift costs"),
    "cx": Meaning("staff.gifts", "back to the card of a gift"),
    "sa": Meaning("staff.wizards", "a step of a wizard"),
    "sq": Meaning("staff.wizards", "take back what was done"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """A press on a booking as it came back: well formed, nothing believed yet."""

    action: str
    code: str
    version: int
    arg: str = ""


def act(action: str, code: str = NOBODY, version: int = 0, arg: str = "") -> str:
    """The data of a button that acts on a booking: the public code and the version it was drawn for (T3)."""
    data = f"{action}.{code}.{version}" + (f".{arg}" if arg else "")
    if action not in ACTS or not _ACT.fullmatch(data) or len(data) > 64:
        raise ValueError(f"no data of an act: {data!r}")
    return data


def read_act(data: str) -> Act:
    """The act, or `stale` for anything we never wrote."""
    found = _ACT.fullmatch(data)
    if found is None or found[1] not in ACTS:
        raise Refusal("stale")
    return Act(found[1], found[2], int(found[3]), found[4] or "")


class Acted(BaseFilter):
    """Lets presses of these acts through and hands them over as `act`."""

    def __init__(self, *actions: str) -> None:
        unlisted = [action for action in actions if action not in ACTS]
        if unlisted:
            raise ValueError(f"not in the table: {unlisted}")
        self.actions = frozenset(actions)

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, Any]:
        try:
            found = read_act(query.data or "")
        except Refusal:
            return False
        return {"act": found} if found.action in self.actions else False


class Picked(BaseFilter):
    """Lets presses of these picker actions through, as `press`; `drafted` False: of calendars without a draft."""

    def __init__(self, *actions: Action, drafted: bool = True) -> None:
        self.actions = frozenset(actions)
        self.drafted = drafted

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, Any]:
        try:
            press: Press = unpack(query.data or "")
        except Refusal:
            return False
        fits = press.action in self.actions and (press.draft != NOBODY) is self.drafted
        return {"press": press} if fits else False
