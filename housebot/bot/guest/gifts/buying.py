"""Owns buying a gift, step by step: what, for whom, with which words, when, to whom it goes; then rules, and the order (R49)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted
from housebot.bot.guest.gifts import asking, wish
from housebot.bot.guest.gifts.wish import Buying
from housebot.bot.guest.journey.talk import Talk
from housebot.bot.guest.telling import acting
from housebot.bot.guest.written import Written, enough, wait_for
from housebot.bot.renderer import Texts
from housebot.bot.turn import Turn
from housebot.domain import gift_order as rules
from housebot.domain.money import parse_amount
from housebot.domain.period import local
from housebot.domain.phrases import typed_date
from housebot.errors import Refusal
from housebot.services import catalogs, claims, gift_orders, gift_shop, guesses, guests
from housebot.services.ports import Tx

router = Router(name="guest.gifts.buying")
texts: Texts = asking.texts

STEP = "gift-step"  # words that are typed for the step that is open


def begin_buying(tx: Tx, turn: Turn) -> None:
    """A new wish; one that was under way is gone on with."""
    kept = wish.from_json(turn.data.get(wish.KEY))
    if not gift_shop.is_open(tx, catalogs.current(tx, now=turn.now)):
        raise Refusal("stale")
    show(tx, turn, kept or wish.begin())


def show(tx: Tx, turn: Turn, buying: Buying, *, notice: dict[str, Any] | None = None) -> None:
    """The step as it is asked; what is typed next is its answer."""
    wait_for(turn, STEP)
    turn.set_data({**turn.data, wish.KEY: wish.to_json(buying)})
    if buying.step == "contact":
        assert turn.user is not None
        turn.say(tx, "reply.contact", {"username": turn.user.username, "notice": notice})
        return
    facts = {"wish": wish.to_json(buying), **({"notice": notice} if notice else {})}
    turn.screen(tx, "gift_wish", facts, ring=turn.query_id is None or not turn.is_live(tx))


def refuse(tx: Tx, turn: Turn, buying: Buying, refusal: Refusal) -> None:
    """The step once more, with the reason above it."""
    known = {name: value for name, value in refusal.facts.items() if isinstance(value, (str, int))}
    show(tx, turn, buying, notice={"refusal": refusal.code, "facts": known})


# Presses


@router.callback_query(Acted("cb"))
async def pressed(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """A button of another wish, or of a step that is over, shows the step that is open now."""

    def piece(tx: Tx) -> None:
        buying = wish.from_json(turn.data.get(wish.KEY))
        if buying is None or buying.code != act.code:
            turn.toast(turn.words.plain("toast.stale"))
            return
        if buying.version != act.version:
            turn.toast(turn.words.plain("toast.stale"))
            show(tx, turn, buying)
            return
        name, _, rest = act.arg.partition("-")
        try:
            PRESSES.get(name, _again)(tx, turn, buying, rest)
        except Refusal as refusal:
            if refusal.code == "temporarily_unavailable":
                raise
            refuse(tx, turn, buying, refusal)

    await turn.write(piece)


def _again(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    show(tx, turn, buying)


def _go(tx: Tx, turn: Turn, buying: Buying, **choice: Any) -> None:
    show(tx, turn, wish.answered(buying, catalogs.current(tx, now=turn.now), **choice))


def _sum(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    if not arg.isdecimal() or len(arg) > 15:
        raise Refusal("stale")
    _take_sum(tx, turn, buying, int(arg))


def _take_sum(tx: Tx, turn: Turn, buying: Buying, amount: int) -> None:
    gift_shop.price_of(catalogs.current(tx, now=turn.now), gift_shop.Wish(amount=amount), now=turn.now)
    _go(tx, turn, replace(buying, step="what"), amount=amount, tariff="", extras=())


def _stay(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    catalog = catalogs.current(tx, now=turn.now)
    tariff = next((one for one in gift_shop.stays(catalog) if asking.mark_of(one.id) == arg), None)
    if tariff is None:
        raise Refusal("stale")
    passed = tuple(step for step in buying.passed if step != "extras")
    _go(tx, turn, replace(buying, step="what", passed=passed), amount=0, tariff=tariff.id, extras=())


def _extra(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    """On or off; nothing else moves."""
    catalog = catalogs.current(tx, now=turn.now)
    tariff = catalog.tariff(buying.tariff)
    offered = gift_shop.extras_of(catalog, tariff) if tariff is not None else []
    extra = next((one for one in offered if asking.mark_of(one) == arg), None)
    if extra is None:
        raise Refusal("stale")
    kept = tuple(one for one in buying.extras if one != extra)
    extras = kept if extra in buying.extras else (*kept, extra)
    show(tx, turn, replace(buying, extras=extras, version=buying.version + 1))


def _next(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    """The step is left as it is: nobody is named, nothing is wished, it goes at once, to who buys."""
    nothing: dict[str, dict[str, Any]] = {
        "extras": {},
        "name": {"recipient": ""},
        "words": {"wish": ""},
        "when": {"deliver_on": ""},
        "whom": {"to": None},
    }
    if buying.step not in nothing:
        raise Refusal("stale")
    _go(tx, turn, buying, **nothing[buying.step])


def _day(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    if arg != "1":
        raise Refusal("stale")
    _take_day(tx, turn, buying, _today(tx, turn) + timedelta(days=1))


def _take_day(tx: Tx, turn: Turn, buying: Buying, day: Any) -> None:
    today = _today(tx, turn)
    if not today <= day <= today + rules.FARTHEST:
        raise Refusal("invalid", reason="deliver_on")
    _go(tx, turn, replace(buying, step="when"), deliver_on=day.isoformat())


def _today(tx: Tx, turn: Turn) -> Any:
    return local(turn.now, catalogs.current(tx, now=turn.now).zone).date()


def _them(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    show(tx, turn, replace(buying, step="username", version=buying.version + 1))


def _back(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    before = wish.back(buying, catalogs.current(tx, now=turn.now))
    if before is not None:
        show(tx, turn, before)
        return
    enough(turn)
    turn.screen(tx, "gifts", {"guest": turn.guest(tx).id})


def _change(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    """From the summary to its beginning; what was answered stands there again."""
    show(tx, turn, replace(buying, step="what", passed=(), version=buying.version + 1))


def _order(tx: Tx, turn: Turn, buying: Buying, arg: str) -> None:
    """The rules are accepted: a known contact is not asked again."""
    if buying.step != "summary":
        show(tx, turn, buying)
    elif turn.guest(tx).contact:
        place(tx, turn, buying)
    else:
        show(tx, turn, replace(buying, step="contact", version=buying.version + 1))


PRESSES = {
    "sum": _sum,
    "stay": _stay,
    "x": _extra,
    "next": _next,
    "day": _day,
    "them": _them,
    "back": _back,
    "change": _change,
    "order": _order,
}


def place(tx: Tx, turn: Turn, buying: Buying) -> None:
    """The order; what cannot be had any more is said, and nothing chosen is lost."""
    order = gift_orders.order(tx, buying.ordered, guest_id=turn.guest(tx).id, actor=acting(tx, turn), now=turn.now)
    enough(turn)
    turn.set_data({name: value for name, value in turn.data.items() if name != wish.KEY})
    if turn.query_id is not None:
        turn.screen(tx, "gift_ordered", {"order": order.id})


# Words


@router.message(Written(STEP, contact=True))
async def typed(message: Message, turn: Turn, facts: Any) -> None:
    """Whatever the step asks for; what it cannot read is asked again, with the reason."""

    def piece(tx: Tx) -> None:
        buying = wish.from_json(turn.data.get(wish.KEY))
        if buying is None:
            enough(turn)
            return
        try:
            with tx.attempt():
                _read(tx, turn, buying, message)
        except Refusal as refusal:
            if refusal.code == "temporarily_unavailable":
                raise
            refuse(tx, turn, buying, refusal)

    await turn.write(piece)


def _read(tx: Tx, turn: Turn, buying: Buying, message: Message) -> None:
    said = (message.text or "").strip()
    if buying.step == "contact" or message.contact is not None:
        _contact(tx, turn, buying, message)
    elif buying.step == "what":
        _take_sum(tx, turn, buying, parse_amount(said, catalogs.current(tx, now=turn.now).currency))
    elif buying.step == "name":
        _short(said, rules.LONGEST_NAME)
        _go(tx, turn, buying, recipient=" ".join(said.split()))
    elif buying.step == "words":
        _short(said, rules.LONGEST_WISH)
        _go(tx, turn, buying, wish=said)
    elif buying.step == "when":
        day = typed_date(said, _today(tx, turn))
        if day is None:
            raise Refusal("invalid", reason="day")
        _take_day(tx, turn, buying, day)
    elif buying.step in {"whom", "username"}:
        _straight_to(tx, turn, buying, said)
    else:
        show(tx, turn, buying)


def _short(text: str, longest: int) -> None:
    if len(text) > longest:
        raise Refusal("invalid", reason="too_long", longest=longest)


def _straight_to(tx: Tx, turn: Turn, buying: Buying, said: str) -> None:
    """A guest of ours by their @name; to anybody else a bot cannot write first, so who buys gets it to forward.

    Who is a guest here is nobody's business: names are tried as seldom as codes.
    """
    who = f"guest:{turn.guest(tx).id}"
    guesses.limit(tx, who, now=turn.now)
    found = guests.reachable(tx, said)
    if found is None:
        guesses.wrong(tx, who, now=turn.now)
        show(tx, turn, replace(buying, step="whom", version=buying.version + 1), notice={"id": "gift.unknown_username"})
        return
    _go(tx, turn, replace(buying, step="whom"), to=found.id)


def _contact(tx: Tx, turn: Turn, buying: Buying, message: Message) -> None:
    words, guest = turn.words, turn.guest(tx)
    username = turn.user.username if turn.user else None
    said = (message.text or "").strip()
    if said == words.plain("button.back"):
        turn.say(tx, "reply.keyboard", {})
        show(tx, turn, replace(buying, step="summary", version=buying.version + 1))
        return
    if message.contact is not None:
        known = claims.share_contact(
            tx, guest.id, message.contact.phone_number, contact_user_id=message.contact.user_id, now=turn.now
        )
    else:
        if username and said == words.plain("contact.button.username", name=username):
            said = f"@{username}"
        region = guests.region_of(Talk(turn, tx).catalog.zone)
        known = guests.set_contact(tx, guest.id, said, shared=False, now=turn.now, region=region)
    turn.say(tx, "reply.contact_taken", {"contact": known.contact})
    if buying.step == "contact":
        place(tx, turn, buying)
    else:
        show(tx, turn, buying)
