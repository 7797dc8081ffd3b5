"""Owns the choice about money that came when its dates were sold: other dates, a gift card, or back again (M7c; R36)."""

from dataclasses import replace

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted
from housebot.bot.guest import again, money_back
from housebot.bot.guest.telling import Told, acting, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.period import from_utc_text, local
from housebot.errors import Refusal
from housebot.services import (
    catalogs,
    gifts,
    late_money,
    outbox,
    payments,
    tasks,
    ways,
)
from housebot.services.bookings import Booking
from housebot.services.ports import Message as Said
from housebot.services.ports import Tx

router = Router(name="guest.late")
texts = Texts()


@texts.renders("guest.late_sold")
def late_sold(scene: Scene) -> Said:
    """M7c: the money is safe, and three ways out work once; afterwards the message says which it was."""
    told = tell(scene)
    words, task = told.words, tasks.get(scene.tx, int(scene.facts["task"]))
    if task.done_at is not None:
        itself = task.payment_id is not None and payments.get(scene.tx, task.payment_id).method == ways.CARDS
        return Said(_chosen(told, str(task.facts.get("chose", "")), card=bool(task.facts.get("card")), itself=itself))
    offers = tuple(
        told.button("go", "expired.button.dates", f"{task.id}-{number}", days=_offered(told, offer))
        for number, offer in enumerate(scene.facts["alternatives"])
    )
    refund = told.button("gj", "expired.button.refund", str(task.id))
    came = "expired.late_sold_card" if task.facts.get("card") else "expired.late_sold"
    text = words.t("expired.late_off" if task.facts.get("off") else came, amount=told.money(int(scene.facts["amount"])))
    short = len(offers) == again.MOST_OFFERED and sum(len(one.text) for one in offers) <= 36
    rows = (offers,) if short else tuple((one,) for one in offers)
    return Said(text, (*rows, (refund,), (told.button("gq", "menu.button.ask"),)))


def _offered(told: Told, offer: dict[str, str]) -> str:
    zone = told.stay.unit.zone
    arrival, departure = (local(from_utc_text(offer[end]), zone) for end in ("start", "end"))
    request = replace(again.wish_at(told, arrival), departure=departure)
    days = again.days(told, request)
    if offer.get("tariff", told.booking.tariff) == told.booking.tariff:
        return days
    tariff = catalogs.current(told.tx, now=told.now).tariff(offer["tariff"])
    return f"{days} · {told.say(tariff.short or tariff.name)}" if tariff else days


def _chosen(told: Told, chose: str, *, card: bool, itself: bool) -> str:
    kind, _, code = chose.partition(":")
    if kind == "dates":
        return told.words.t("expired.chosen_dates_card" if card else "expired.chosen_dates", code=code)
    if kind == "refund" and itself:
        return told.words.t("expired.chosen_refund_card")
    return told.words.t("expired.chosen", choice=_choice(told, kind))


def _choice(told: Told, kind: str) -> str:
    words = {
        "dates": told.words.t("expired.choice_dates"),
        "gift": told.words.t("expired.choice_gift"),
        "refund": told.words.t("expired.choice_refund"),
    }
    return words[kind.partition(":")[0]]


@router.callback_query(Acted("go", "gj"))
async def choose(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """One of the ways out of M7c; the second press is told what the first one chose."""
    task, _, number = act.arg.partition("-")

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        told, actor = Told(tx, turn.words, turn.now, booking), acting(tx, turn)
        try:
            with tx.attempt():
                if act.action == "go":
                    late_money.choose_dates(tx, _number(task), _number(number), actor=actor, now=turn.now)
                elif late_money.choose_refund(tx, _number(task), actor=actor, now=turn.now) is not None:
                    money_back.ask_where_to(tx, turn, booking)  # by card it goes back the way it came
        except Refusal as refusal:
            if refusal.code != "already_decided":
                raise
            choice = _choice(told, str(refusal.facts.get("chose") or "refund"))
            turn.toast(turn.words.plain("expired.toast.chosen", choice=choice), alert=True)
        _redraw_choice(tx, turn, booking, _number(task))

    await turn.write(piece)


def _redraw_choice(tx: Tx, turn: Turn, booking: Booking, task: int) -> None:
    found = tasks.get(tx, task)
    outbox.put(
        tx,
        kind="guest.late_sold",
        facts={
            "booking": booking.id,
            "task": task,
            "amount": found.facts["amount"],
            "alternatives": found.facts.get("alternatives", []),
        },
        chat_id=turn.place.chat_id,
        delivery="latest",
        language=turn.language,
        card=f"late:{task}:guest",
        booking_id=booking.id,
        now=turn.now,
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal("stale")
    return int(text)


@texts.renders("guest.gift")
def gift_card(scene: Scene) -> Said:
    """What late money has become: a gift card, its code, and its last day."""
    told, gift = tell(scene), gifts.by_id(scene.tx, int(scene.facts["gift"]))
    until = scene.words.day(gift.valid_until, year=True)
    amount = scene.words.money(gift.amount, gift.currency)
    text = scene.words.t("expired.gift", amount=amount, code=gift.code, until=until)
    return Said(text, ((told.button("gq", "menu.button.ask"),),))
