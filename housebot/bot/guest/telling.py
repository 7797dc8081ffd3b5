"""Owns how a booking reads to its guest: when, what, until when, how much; and who may press a button about it (T3, UX 3)."""

from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from typing import Any

from housebot.bot.actions import Act, act
from housebot.bot.presses import Action, pack
from housebot.bot.renderer import Scene
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog, Kind, Text, say
from housebot.domain.period import local
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, guests, house_words, payments
from housebot.services.bookings import Booking
from housebot.services.ports import Actor, Button, Tx
from housebot.words import Html, Words, clock_time, escape

SMALL_HOURS = time(5)  # a clock time before this belongs, for people, to the night before


@dataclass(frozen=True)
class Told:
    """A booking as it stands now, in words of one language."""

    tx: Tx
    words: Words
    now: datetime
    booking: Booking

    @cached_property
    def catalog(self) -> Catalog:
        """The one it was sold under."""
        return bookings.catalog_of(self.tx, self.booking)

    @cached_property
    def stay(self) -> Stay:
        return bookings.stay_of(self.tx, self.booking)

    @cached_property
    def paid(self) -> int:
        return payments.paid(self.tx, self.booking.id)

    @property
    def waits_for_money(self) -> bool:
        return self.booking.status in {"held", "awaiting_payment"}

    @property
    def is_slot(self) -> bool:
        """An appointment: no text about it may speak of stays."""
        return self.stay.tariff.kind is Kind.SLOT

    @property
    def when(self) -> str:
        """Both ends, always; with the room where there are several."""
        booking = self.booking
        shown = self.words.visit if self.is_slot else self.words.span
        span = shown(booking.arrival, booking.departure)
        return span if self.is_slot or len(self.catalog.units) == 1 else f"{span} · {self.unit}"

    @property
    def day(self) -> str:
        return self.words.day(self.booking.arrival)

    @property
    def unit(self) -> str:
        return self.say(self.stay.unit.name)

    @property
    def tariff(self) -> str:
        return self.say(self.stay.tariff.name)

    @property
    def what(self) -> str:
        """`4 гостя, сауна`: the party and what was asked for; what is included or a fee is not repeated."""
        chosen = [self.catalog.extra(extra) for extra in self.stay.extras]  # noqa: S610  no query: the catalog
        names = [self.say(extra.name).lower() for extra in chosen if extra is not None and not extra.mandatory]
        party = [] if self.is_slot else [self.words.guests(self.booking.guests)]
        return ", ".join([*party, *names]) or self.tariff

    @property
    def house(self) -> str:
        return self.say(catalogs.current(self.tx, now=self.now).name)

    @property
    def address(self) -> str:
        """Where it is, once the owner has said so."""
        present = catalogs.current(self.tx, now=self.now).unit(self.booking.unit) or self.stay.unit
        return house_words.address(self.tx, present, self.words.language, now=self.now)

    @property
    def to_pay_now(self) -> int:
        """What is still missing of the prepayment."""
        return max(self.booking.deposit - self.paid, 0)

    @property
    def rest(self) -> int:
        return max(self.booking.total - self.paid, 0)

    @property
    def desk_hours(self) -> dict[str, str]:
        desk = catalogs.current(self.tx, now=self.now).desk
        return {"opens": f"{desk.opens:%H:%M}", "closes": f"{desk.closes:%H:%M}"}

    def say(self, text: Text) -> str:
        return say(text, self.words.language)

    def local(self, moment: datetime) -> datetime:
        return local(moment, self.stay.unit.zone)

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.booking.currency)

    def amount(self, amount: int) -> str:
        return self.words.amount(amount, self.booking.currency)

    def owed(self, amount: int | None) -> str:
        """What goes back: a sum, or whatever came where nobody knows how much it was."""
        return self.words.t("declined.all") if amount is None else self.money(amount)

    def deadline(self, moment: datetime) -> str:
        """A clock time that is as true on a card read tomorrow: the date stands there unless it is today's."""
        shown = self.local(moment)
        if shown.time() < SMALL_HOURS or shown.date() == self.local(self.now).date():
            return self.words.deadline(shown, self.local(self.now))
        return self.words.t("deadline.later", time=clock_time(shown), day=self.words.day(shown))

    def hour(self, moment: datetime) -> str:
        """A clock time in a sentence; midnight names its night."""
        shown = self.local(moment)
        return self.deadline(moment) if shown.time() < SMALL_HOURS else clock_time(shown)

    def minutes_until(self, moment: datetime) -> int:
        """Whole minutes, rounded up: nobody is told "0 minutes" while there are seconds."""
        return max(-int((self.now - moment).total_seconds() // 60), 0)

    def reason(self, kind: str, said: str) -> str:
        """Why somebody said no: our words for the usual reasons, else theirs."""
        if kind != "other" and self.words.has(f"declined.reason.{kind}"):
            return self.words.t(f"declined.reason.{kind}")
        return escape(said) if said and said != "other" else self.words.t("declined.reason.other")

    @property
    def status(self) -> Html:
        booking = self.booking
        status = "expired" if booking.lapsed(self.now) else str(booking.status)
        return self.words.t(f"status.{status}")

    def button(self, action: str, message_id: str, arg: str = "", **facts: Any) -> Button:
        """A button that acts on this booking as it stands."""
        return Button(
            self.words.plain(message_id, **facts), data=act(action, self.booking.code, self.booking.version, arg)
        )


def tell(scene: Scene) -> Told:
    """The booking of a row, as it is at delivery."""
    return Told(scene.tx, scene.words, scene.now, bookings.get(scene.tx, int(scene.facts["booking"])))


def on_gifts(scene: Scene, told: Told) -> list[Html]:
    """What of a booking that came to nothing is back on the gift that paid for it."""
    words, to_card = told.words, int(scene.facts.get("to_gift") or 0)
    card = [words.t("cancel.to_gift", amount=told.money(to_card))] if to_card else []
    return [*card, words.t("cancel.certificate")] if scene.facts.get("certificate") else card


def menu_button(words: Words, message_id: str, screen: str) -> Button:
    """A button that opens a screen of the menu."""
    return Button(words.plain(message_id), data=pack(Action.MENU, "-", 0, screen))


def ways_back(words: Words, screen: str) -> tuple[Button, ...]:
    """The way out of a card: to a screen of the menu, and to the menu (T7)."""
    return menu_button(words, "button.back", screen), menu_button(words, "button.menu", "menu")


def theirs(tx: Tx, turn: Turn, pressed: Act) -> Booking:
    """The booking a button is about, if it is the presser's own; a foreign and a missing one are answered alike (T3, T4)."""
    booking = bookings.get(tx, pressed.code)
    if booking.guest_id is None or booking.guest_id != turn.guest(tx).id:
        raise Refusal("not_found", booking=pressed.code)
    return booking


def acting(tx: Tx, turn: Turn) -> Actor:
    """The guest as the one who does something."""
    guest = turn.guest(tx)
    return Actor("guest", guest.id, guest.name, "telegram")


def mine(tx: Tx, turn: Turn) -> list[Booking]:
    """Everything the speaking person has booked, newest first; nothing for a stranger."""
    guest = guests.by_telegram(tx, turn.user.id) if turn.user else None
    return bookings.of_guest(tx, guest.id) if guest else []
