"""Owns the page of a gift: what is on it, its history in words, booking with it, handing it on; and the ways to that page (R49)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest.draft import begin
from housebot.bot.guest.gifts import telling
from housebot.bot.guest.journey import route
from housebot.bot.guest.journey.guests import adult
from housebot.bot.guest.journey.talk import Talk
from housebot.bot.guest.journey.tariff import take_service
from housebot.bot.guest.menu import opens
from housebot.bot.guest.start import default_way, enter, leads
from housebot.bot.guest.telling import acting, menu_button
from housebot.bot.guest.written import Written, enough, wait_for
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.catalog import Kind
from housebot.domain.gift import Gift
from housebot.errors import Refusal
from housebot.services import catalogs, gift_holders, gift_ledger, gift_orders, gift_shop, gifts, guesses
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Said
from housebot.words import Html, join

router = Router(name="guest.gifts.page")
texts = Texts()

CODE, NAME = "gift-code", "gift-name"  # what is typed: a code, to whom a gift is handed on
HISTORY = 8  # lines of a ledger on the page
HAVE, BUY = "have", "buy"
OPEN = frozenset({"awaiting_payment", "awaiting_owner"})


# The ways in


@opens("gift")
async def open_gifts(turn: Turn) -> None:
    """Without a code the two ways to go; `/gift CODE` is its page."""
    text = str(turn.content.get("text", "")) if turn.query_id is None else ""
    code = text.partition(" ")[2].strip() if text.startswith("/") else ""

    def piece(tx: Tx) -> None:
        if code:
            show(Talk(turn, tx), code)
        else:
            guest = turn.guest(tx)
            turn.screen(tx, "gifts", {"guest": guest.id}, ring=turn.query_id is None)

    await turn.write(piece)


@leads("gift")
def by_link(talk: Talk, code: str) -> None:
    """What a certificate is for is opened at once, unless another wish is under way: that is not lost for it."""
    gift = show(talk, code)
    busy = talk.draft is not None and talk.draft.begun and not talk.draft.gift
    if gift is not None and gift.kind == "stay" and not busy and _usable(talk, gift):
        book_with(talk, gift)


def show(talk: Talk, code: str) -> Gift | None:
    """The page of that code; of every other one the one answer, and it is counted."""
    gift = _opened(talk, code)
    if gift is not None:
        talk.turn.say(talk.tx, "guest.gift_page", {"gift": gift.id})
    return gift


def _opened(talk: Talk, code: str) -> Gift | None:
    """The gift, or None when it has been said that the code does not work."""
    tx, now = talk.tx, talk.turn.now
    try:
        with tx.attempt():
            return gift_holders.opened(tx, talk.catalog, code, guest_id=talk.guest.id, now=now)
    except Refusal as refusal:
        if refusal.code == "gift_invalid":
            guesses.wrong(tx, f"guest:{talk.guest.id}", now=now)
        elif refusal.code != "rate_limited":
            raise
        else:
            enough(talk.turn)  # no code will do for an hour: what is typed next means what it always means
        talk.turn.say(tx, "reply.gift_wrong", {"wait": refusal.code == "rate_limited"})
        return None


@texts.renders("screen.gifts")
def two_ways(scene: Scene) -> Said:
    """`У меня есть сертификат`, `Купить сертификат`, and orders that are still open, or paid and not sent yet."""
    words, catalog = scene.words, catalogs.current(scene.tx, now=scene.now)
    have = Button(words.plain("gift.button.have"), data=act("ca", arg=HAVE))
    rows = [(have,)]
    text = "gift.page_slot" if route.only_slots(catalog) else "gift.page"
    if gift_shop.is_open(scene.tx, catalog):
        rows.append((Button(words.plain("gift.button.buy"), data=act("ca", arg=BUY)),))
    else:
        text = "gift.page_closed"
        rows.append((menu_button(words, "menu.button.ask", "ask"),))
    for one in gift_orders.of_guest(scene.tx, int(scene.facts["guest"])):
        unsent = one.status == "paid" and one.delivered_at is None
        if unsent or (one.status in OPEN and not one.lapsed(scene.now)):
            label = words.plain("gift.button.waiting", code=one.code, amount=words.money(one.total, one.currency))
            rows.append((Button(label, data=act("co", one.code, one.version, "see")),))
    return Said(words.t(text), (*rows, (menu_button(words, "button.menu", "menu"),)))


@router.callback_query(Acted("ca"))
async def which_way(query: CallbackQuery, turn: Turn, act: Act) -> None:
    from housebot.bot.guest.gifts import buying

    def piece(tx: Tx) -> None:
        if act.arg == BUY:
            buying.begin_buying(tx, turn)
            return
        wait_for(turn, CODE)
        turn.screen(tx, "gift_code", {}, ring=not turn.is_live(tx))

    await turn.write(piece)


@texts.renders("screen.gift_code")
def ask_code(scene: Scene) -> Said:
    words = scene.words
    rows = (menu_button(words, "button.back", "gift"), menu_button(words, "button.menu", "menu"))
    return Said(words.t("gift.ask_code"), (rows,))


@router.message(Written(CODE))
async def code_typed(message: Message, turn: Turn, facts: Any) -> None:
    """The question stays open after a wrong one, until no more may be tried."""

    def piece(tx: Tx) -> None:
        if show(Talk(turn, tx), message.text or "") is not None:
            enough(turn)

    await turn.write(piece)


@texts.renders("reply.gift_wrong")
def wrong(scene: Scene) -> Said:
    """Unknown, over, somebody else's: a stranger is told one and the same thing."""
    words = scene.words
    text = words.t("gift.wait" if scene.facts["wait"] else "gift.wrong")
    return Said(text, ((menu_button(words, "menu.button.ask", "ask"), menu_button(words, "button.menu", "menu")),))


# The page


@texts.renders("guest.gift_page")
def page(scene: Scene) -> Said:
    words, gift = scene.words, gifts.by_id(scene.tx, int(scene.facts["gift"]))
    catalog = catalogs.current(scene.tx, now=scene.now)
    usable = gift_holders.usable(scene.tx, catalog, gift, now=scene.now)
    lines = [
        words.t("gift.title", what=telling.what(words, catalog, gift, gift.amount)),
        telling.left(scene.tx, words, gift),
        words.t("gift.last_day" if usable else "gift.not_usable", day=telling.last_day(words, gift.valid_until)),
        words.t("gift.for_whom", name=gift.recipient) if gift.recipient else "",
        words.t("gift.moved", name=gift.recipient) if scene.facts.get("moved") else "",
        "",
        *history(scene, gift),
    ]
    return Said(join("\n", [line for line in lines if line]), (*_buttons(words, gift, usable=usable),))


def _buttons(words: Any, gift: Gift, *, usable: bool) -> list[tuple[Button, ...]]:
    ways = (menu_button(words, "menu.button.ask", "ask"), menu_button(words, "button.menu", "menu"))
    if not usable:
        return [ways]
    book = "gift.button.book" if gift.kind == "money" else "gift.button.when"
    return [
        (Button(words.plain(book), data=act("cg", telling.key(gift))),),
        (Button(words.plain("gift.button.hand_on"), data=act("ch", telling.key(gift))),),
        ways,
    ]


def history(scene: Scene, gift: Gift) -> list[Html]:
    """The newest lines of its ledger; of whose stay it was is nobody's business."""
    words, zone = scene.words, catalogs.current(scene.tx, now=scene.now).zone
    said = []
    for entry in gift_ledger.entries(scene.tx, gift.id)[-HISTORY:]:
        day = words.day(entry.at.astimezone(zone))
        money = words.money(abs(entry.amount), gift.currency)
        name = f"{entry.kind}_{gift.kind}" if entry.kind in {"issue", "redeem", "return"} else entry.kind
        said.append(words.t(ENTRIES[name], day=day, amount=money))
    return said


ENTRIES = {
    "issue_money": "gift.entry.issue_money",
    "issue_stay": "gift.entry.issue_stay",
    "redeem_money": "gift.entry.redeem_money",
    "redeem_stay": "gift.entry.redeem_stay",
    "return_money": "gift.entry.return_money",
    "return_stay": "gift.entry.return_stay",
    "extend": "gift.entry.extend",
    "transfer": "gift.entry.transfer",
    "void": "gift.entry.void",
}


# Booking with it


@router.callback_query(Acted("cg"))
async def book(query: CallbackQuery, turn: Turn, act: Act) -> None:
    await turn.write(lambda tx: _with_gift(tx, turn, act, book_with))


def _with_gift(tx: Tx, turn: Turn, pressed: Act, work: Callable[[Talk, Gift], None]) -> None:
    """What a button of the page asks for, if that gift may still be used; else its page, or that the code does not work."""
    talk = Talk(turn, tx)
    gift = _opened(talk, pressed.code)
    if gift is None:
        return
    if _usable(talk, gift):
        work(talk, gift)
    else:
        turn.toast(turn.words.plain("toast.stale"))
        turn.say(tx, "guest.gift_page", {"gift": gift.id})


def _usable(talk: Talk, gift: Gift) -> bool:
    return gift_holders.usable(talk.tx, talk.catalog, gift, now=talk.turn.now)


def book_with(talk: Talk, gift: Gift) -> None:
    """A card of money is remembered in the draft and pays on the summary; a certificate knows what it is for, and only the rest is asked."""
    if gift.kind == "money":
        draft = talk.draft
        if draft is not None and draft.begun and not draft.mode:
            talk.show(replace(draft, gift=gift.code, quote=None), draft.step or route.next_step(draft, talk.catalog))
            return
        enter(talk, default_way(talk.catalog), gift=gift.code)
        return
    tariff = talk.catalog.tariff(gift.tariff)
    if tariff is None or not tariff.active or not tariff.units:
        talk.turn.say(talk.tx, "reply.gift_wrong", {"wait": False})
        return
    known: dict[str, Any] = {"gift": gift.code, "certificate": True}
    if tariff.kind is Kind.SLOT:
        take_service(talk, begin("slot", party={adult(talk.catalog).id: 1}, **known), tariff)
        return
    extras = tuple(one for one in gift.extras if one in tariff.extras and one not in tariff.included_extras)
    only = tariff.units[0] if len(tariff.units) == 1 else None
    done = ("tariff", "options", "adding", *(["unit"] if only else []))
    given = gift.length or gift_shop.length_of(tariff)
    talk.go_on(begin("book", passed=done, unit=only, tariff=tariff.id, extras=extras, given=given, **known))


# Handing it on


@router.callback_query(Acted("ch"))
async def hand_on(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def ask(talk: Talk, gift: Gift) -> None:
        wait_for(turn, NAME, gift.code)
        turn.say(talk.tx, "guest.gift_hand_on", {})

    await turn.write(lambda tx: _with_gift(tx, turn, act, ask))


@texts.renders("guest.gift_hand_on")
def ask_name(scene: Scene) -> Said:
    words = scene.words
    return Said(words.t("gift.ask_name"), ((menu_button(words, "button.menu", "menu"),),))


@router.message(Written(NAME))
async def name_typed(message: Message, turn: Turn, facts: Any) -> None:
    def piece(tx: Tx) -> None:
        talk, name = Talk(turn, tx), (message.text or "").strip()
        if not name or len(name) > gifts.LONGEST_NAME:
            raise Refusal("invalid", reason="too_long" if name else "name_missing", longest=gifts.LONGEST_NAME)
        gift = gift_holders.hand_on(
            tx, talk.catalog, str(facts), name, guest_id=talk.guest.id, actor=acting(tx, turn), now=turn.now
        )
        enough(turn)
        turn.say(tx, "guest.gift_page", {"gift": gift.id, "moved": True})

    await turn.write(piece)
