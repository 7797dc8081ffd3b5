"""Owns what a demo desk holds when its page opens: people, one stay, one hold about to end, one closed weekend, and who sends a receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from housebot.domain.period import Period, instant, local
from housebot.domain.stay import StayRequest
from housebot.services import blocks, bookings, catalogs, guests, settings, staff
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.services.settings import BankData
from housebot.words import pick_language

HOUSE = "Secret House"
YOU, OLGA, PAVEL, IRINA, OWNER = 5001, 5002, 5003, 5004, 5100
PHONES: dict[str, Any] = {"guests": [YOU, OLGA, PAVEL, IRINA], "owners": [OWNER]}
SATURDAY = 5
CLOSED_BECAUSE = {"ru": "Своя семья", "en": "Family visit"}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the demo. `names` by language."""

    names: Mapping[str, str]
    username: str | None
    phone: str


PEOPLE = {
    YOU: Somebody({"ru": "Саша", "en": "Alex"}, "sasha_demo", "+375291234567"),
    OLGA: Somebody({"ru": "Ольга", "en": "Olga"}, None, "+375291110001"),
    PAVEL: Somebody({"ru": "Павел", "en": "Pavel"}, "pavel_demo", "+375291110002"),
    IRINA: Somebody({"ru": "Ирина", "en": "Irina"}, None, "+375291110003"),
    OWNER: Somebody({"ru": "Анна, хозяйка", "en": "Anna, the owner"}, "anna_demo", "+375291110009"),
}


def furnish(tx: Tx, document: Mapping[str, Any], *, now: datetime, language: str) -> None:
    """What a new house has before anybody writes: its catalog, its owner, bank data that say what they are."""
    catalogs.apply(tx, document, actor=SYSTEM, now=now, note="demo")
    staff.seed(tx, [OWNER], now=now, language=language)
    settings.set_bank(
        tx, BankData("Демо-банк / Demo Bank", "1111 2222 3333 4444", "DEMO, NOT REAL"), actor=SYSTEM, now=now
    )


def live(tx: Tx, *, zone: ZoneInfo, now: datetime, language: str) -> None:
    """Let the house live a little before the visitor comes. Irina's receipt is still to be sent."""
    saturday = _next(local(now, zone).date() + timedelta(days=7), SATURDAY)
    owner = Actor("staff", OWNER, PEOPLE[OWNER].names[language], "telegram", "owner")

    def hold(person: int, tariff: str, day: date, hour: int, hours: int, *, party: int, ago: timedelta) -> int:
        arrival = datetime.combine(day, time(hour))
        wish = StayRequest("house", tariff, arrival, arrival + timedelta(hours=hours), {"adult": party})
        return _hold(tx, person, wish, at=now - ago, language=language)

    stay = hold(OLGA, "day", saturday, 16, 24, party=4, ago=timedelta(days=1))
    bookings.confirm(tx, stay, actor=owner, received=35000, twice=True, now=now - timedelta(hours=20))
    # Of Pavel's two hours less than one is left: an hour on the page's clock ends them before the eyes.
    hold(PAVEL, "half-day", saturday + timedelta(days=4), 20, 12, party=2, ago=timedelta(minutes=70))
    hold(IRINA, "couple", saturday + timedelta(days=8), 16, 24, party=2, ago=timedelta(minutes=25))
    weekend = saturday + timedelta(days=14)
    begin, end = (
        instant(datetime.combine(day, time(10)), zone, gap="forward")[0]
        for day in (weekend, weekend + timedelta(days=2))
    )
    blocks.add(tx, unit="house", period=Period(begin, end), reason=CLOSED_BECAUSE[language], actor=owner, now=now)


def speak(tx: Tx, telegram_id: int, language_code: str | None, *, now: datetime) -> None:
    """A person of the demo changed the language of their Telegram, as the page's RU and EN do for everybody."""
    somebody = PEOPLE.get(telegram_id)
    if telegram_id == OWNER:
        staff.set_language(tx, OWNER, pick_language(language_code))
    elif somebody is not None and (guest := guests.by_telegram(tx, telegram_id)) is not None:
        guests.seen(
            tx,
            telegram_id=telegram_id,
            name=guest.name,
            username=somebody.username,
            language_code=language_code,
            now=now,
        )


def _hold(tx: Tx, person: int, wish: StayRequest, *, at: datetime, language: str) -> int:
    somebody = PEOPLE[person]
    name = somebody.names[language]
    guest = guests.seen(
        tx, telegram_id=person, name=name, username=somebody.username, language_code=language, source="", now=at
    )
    guests.set_contact(tx, guest.id, somebody.phone, shared=True, now=at)
    actor = Actor("guest", guest.id, name, "telegram")
    return bookings.hold(tx, wish, guest_id=guest.id, source="telegram", actor=actor, method="bank", now=at).id


def _next(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)
