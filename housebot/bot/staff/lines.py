"""Owns how staff read a booking: when, what, who and how much, each a piece that cards and lists put together."""

from dataclasses import dataclass
from datetime import datetime

from housebot.bot.renderer import Scene
from housebot.domain.catalog import Catalog, Kind, Tariff, Unit, say
from housebot.domain.period import local
from housebot.services import bookings, guests, payments
from housebot.services.bookings import Booking
from housebot.services.ports import Tx
from housebot.words import Html, Words, capital, clock_time, join

CAME = frozenset({"confirmed", "in_house", "completed"})


@dataclass(frozen=True, slots=True)
class Lines:
    """One booking in the words of one language, by the catalog it was sold under."""

    tx: Tx
    words: Words
    booking: Booking
    catalog: Catalog
    now: datetime

    @property
    def unit(self) -> Unit:
        """What was booked."""
        unit = self.catalog.unit(self.booking.unit)
        assert unit is not None, "a booking's own catalog knows its unit"
        return unit

    @property
    def tariff(self) -> Tariff:
        """How it was booked."""
        tariff = self.catalog.tariff(self.booking.tariff)
        assert tariff is not None, "a booking's own catalog knows its tariff"
        return tariff

    @property
    def is_visit(self) -> bool:
        """Whether it is an appointment: no stay, no night, no guests to count."""
        return self.tariff.kind is Kind.SLOT

    @property
    def span(self) -> str:
        """Both ends."""
        when = self.words.visit if self.is_visit else self.words.span
        return when(self.booking.arrival, self.booking.departure)

    @property
    def tariff_name(self) -> str:
        language = self.words.language
        return say(self.tariff.short or self.tariff.name, language, self.tariff.id)

    @property
    def unit_name(self) -> str:
        return say(self.unit.name, self.words.language, self.unit.id)

    @property
    def guests(self) -> str:
        return self.words.guests(self.booking.guests)

    @property
    def extras(self) -> str:
        """Everything beside the stay itself, fees apart."""
        names = []
        for extra_id, quantity in self.booking.extras.items():
            extra = self.catalog.extra(extra_id)  # noqa: S610  no SQL here
            if extra is not None and not extra.mandatory:
                name = say(extra.name, self.words.language, extra.id)
                names.append(name if quantity == 1 else f"{name} × {quantity}")
        return ", ".join(names)

    @property
    def guest(self) -> str:
        """The name; somebody without one is called by the code."""
        return self.booking.guest_name or self.booking.code

    @property
    def contact(self) -> str:
        """The phone, and the name in Telegram where there is one."""
        guest = guests.get(self.tx, self.booking.guest_id) if self.booking.guest_id is not None else None
        phone, name = self.booking.contact or "", f"@{guest.username}" if guest is not None and guest.username else ""
        if phone.casefold() == name.casefold():  # the name was left as the contact
            return name
        return f"{phone} {name}".strip()

    @property
    def visits(self) -> Html:
        """Whether they were here before."""
        if self.booking.guest_id is None:
            return self.words.t("owner.first_time")
        theirs = bookings.of_guest(self.tx, self.booking.guest_id)
        before = sum(one.status in CAME and one.id != self.booking.id and not one.test for one in theirs)
        return self.words.n("owner.visits", before) if before else self.words.t("owner.first_time")

    @property
    def paid(self) -> int:
        return payments.paid(self.tx, self.booking.id)

    def amount(self, amount: int) -> str:
        """`400`, under a total that names the currency."""
        return self.words.amount(amount, self.booking.currency)

    def money(self, amount: int) -> str:
        """`400 BYN`."""
        return self.words.money(amount, self.booking.currency)

    @property
    def ahead(self) -> str:
        """How long until it begins."""
        return self.words.duration(max(int((self.booking.start - self.now).total_seconds()) // 60, 0))

    def clock(self, moment: datetime) -> str:
        """The time by the clock of the house; with its day, unless that is today."""
        at, today = self.local(moment), self.local(self.now)
        return clock_time(at) if at.date() == today.date() else self.words.moment(at)

    def local(self, moment: datetime) -> datetime:
        """By the clock of the house."""
        return local(moment, self.unit.zone)

    def stay(self) -> Html:
        """`Сб 5 дек 16:00 → вс 6 дек 16:00 · Сутки · 4 гостя · сауна`."""
        said = self.words
        if self.is_visit:
            return said.t("owner.stay_slot", visit=capital(self.span), tariff=self.tariff_name, unit=self.unit_name)
        stay = said.t("owner.stay", span=capital(self.span), tariff=self.tariff_name, guests=self.guests)
        several = self.unit_name if len(self.catalog.units) > 1 else ""
        return join(" · ", [stay, several, self.extras])

    def sums(self) -> Html:
        """`800 BYN, предоплата 400`."""
        total = self.money(self.booking.total)
        return self.words.t("owner.money", total=total, deposit=self.amount(self.booking.deposit))

    def who(self) -> Html:
        return self.words.t("owner.guest", guest=self.guest, contact=self.contact, visits=self.visits)

    def answers(self) -> list[Html]:
        """What the guest was asked, and said."""
        found = []
        for question_id, answer in self.booking.answers.items():
            question = self.catalog.question(question_id)
            if question is None:
                continue
            chosen = next((text for option, text in question.options if option == answer), {})
            asked, said = say(question.text, self.words.language), say(chosen, self.words.language, answer)
            found.append(self.words.t("owner.answer", question=asked.rstrip("?: "), answer=said))
        return found


def lines_of(scene: Scene, booking: Booking) -> Lines:
    """The booking as that message tells it."""
    return Lines(scene.tx, scene.words, booking, bookings.catalog_of(scene.tx, booking), scene.now)
