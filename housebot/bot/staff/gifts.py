"""Owns the card of a gift that was ordered, as staff decide on it, and everything else they are told about gifts (M9, R46)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest.gifts import order as buyer
from housebot.bot.guest.gifts import telling
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import prompts
from housebot.bot.staff.cards import pictures_of
from housebot.bot.staff.people import actor_of, leader
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.domain import gift_order
from housebot.domain.catalog import Catalog
from housebot.domain.gift_order import Status
from housebot.domain.money import parse_amount
from housebot.domain.period import from_utc_text, local
from housebot.errors import Refusal
from housebot.services import (
    catalogs,
    gift_deciding,
    gift_notices,
    gift_orders,
    gift_receipts,
    gift_sales,
    guests,
    outbox,
    ports,
    receipts,
    tasks,
)
from housebot.services.gift_orders import Order
from housebot.services.ports import Button, Tx
from housebot.words import Html, Words, clock_time, join, translator

router = Router(name="staff.gifts")
texts = Texts()

KINDS = ("money_not_seen", "unreadable", "wrong_sum", "other")
SEND = "s-"  # before a reason on a button: what the buyer will read has been shown
ORDERED = "o"  # behind a sum on a button: the gift is what was ordered, whatever came


@dataclass(frozen=True)
class Lines:
    """An order as staff read it."""

    tx: Tx
    words: Words
    now: Any
    order: Order

    @cached_property
    def catalog(self) -> Catalog:
        return catalogs.current(self.tx, now=self.now)

    @property
    def what(self) -> Html:
        return telling.what(self.words, self.catalog, self.order, telling.worth(self.tx, self.order))

    @cached_property
    def paid(self) -> int:
        return gift_sales.paid(self.tx, self.order.id)

    @property
    def missing(self) -> int:
        return max(self.order.total - self.paid, 0)

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.order.currency)

    def amount(self, amount: int) -> str:
        return self.words.amount(amount, self.order.currency)

    def clock(self, moment: Any) -> str:
        return clock_time(local(moment, self.catalog.zone))

    @property
    def buyer(self) -> str:
        """Name, contact and @name."""
        guest = guests.get(self.tx, self.order.guest_id)
        names = [guest.name, guest.contact or "", f"@{guest.username}" if guest.username else ""]
        return " ".join(dict.fromkeys(name for name in names if name))

    def button(self, action: str, message_id: str, arg: str = "", **facts: str) -> Button:
        label = self.words.plain(message_id, **facts)
        return Button(label, data=act(action, self.order.code, self.order.version, arg))


def lines_of(scene: Scene) -> Lines:
    """The order of a row, as it is at delivery."""
    return Lines(scene.tx, scene.words, scene.now, gift_orders.get(scene.tx, int(scene.facts["order"])))


# The card


@texts.renders("staff.gift_order")
def card(scene: Scene) -> ports.Message:
    """The receipt is its picture, so all of it is a caption."""
    lines = lines_of(scene)
    files = gift_receipts.of_order(scene.tx, lines.order.id)
    pictures = pictures_of(files)
    if not lines.order.under_review:
        return ports.Message(decision(lines), pictures=pictures)
    asked = _asked(lines, scene.facts)
    tail, rows = asked if asked is not None else (join("\n", warnings(lines)), _decision_rows(lines))
    return ports.Message(join("\n", [_body(lines, files), tail]), rows, pictures=pictures)


def _body(lines: Lines, files: list[receipts.Receipt]) -> Html:
    words, order = lines.words, lines.order
    waiting = [one for one in files if one.state == "open"]
    received = lines.clock(waiting[-1].sent_at) if waiting else ""
    return join(
        "\n",
        [
            words.t("gift_staff.card", code=order.code, received=received),
            words.t("gift_staff.what", what=lines.what, total=lines.money(order.total)),
            words.t("gift_staff.paid_before", paid=lines.money(lines.paid)) if lines.paid else "",
            words.t("gift_staff.buyer", buyer=lines.buyer),
            telling.for_staff(words, order),
        ],
    )


def warnings(lines: Lines) -> list[Html]:
    """What is odd about the receipt, only when it is; that it is late costs nothing here."""
    found, said = gift_receipts.flags(lines.tx, lines.order), []
    if "late_minutes" in found:
        said.append(lines.words.t("owner.warn_late", minutes=found["late_minutes"]))
    if "same_receipt" in found:
        said.append(lines.words.t("owner.warn_same", code=", ".join(found["same_receipt"])))
    return said


def _decision_rows(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    due = lines.missing
    confirm = lines.button("cc", "owner.button.confirm", str(due), amount=lines.amount(due))
    other, decline = lines.button("cs", "owner.button.other_sum"), lines.button("cd", "owner.button.decline", "ask")
    return (confirm,), (other, decline)


def _asked(lines: Lines, facts: Mapping[str, Any]) -> tuple[Html, tuple[tuple[Button, ...], ...]] | None:
    """The question a press has put onto the card."""
    match facts.get("ask"):
        case "sure":
            return sure(lines, int(facts["received"]))
        case "decline":
            rows = [(lines.button("cd", f"owner.button.{_label(kind)}", kind),) for kind in KINDS]
            return lines.words.t("gift_staff.why", code=lines.order.code), (*rows, (_back(lines),))
        case "preview":
            kind = str(facts["kind"])
            send = lines.button("cd", "owner.button.send", f"{SEND}{kind}")
            return lines.words.t("owner.decline_preview", text=_to_be_read(lines, kind)), ((send,), (_back(lines),))
        case _:
            return None


def _to_be_read(lines: Lines, kind: str) -> Html:
    """What the buyer will read, made by their own renderer in their language."""
    words = translator(guests.get(lines.tx, lines.order.guest_id).language)
    told = buyer.Told(lines.tx, words, lines.now, lines.order)
    if kind == "unreadable":
        until = gift_order.after_refused_receipt(lines.catalog, now=lines.now)
        return buyer.refused_words(told, until)
    return buyer.declined_words(told, kind, gift_deciding.refund_of_decline(lines.tx, lines.order, kind=kind))


def _label(kind: str) -> str:
    return "other_reason" if kind == "other" else kind


def sure(lines: Lines, received: int) -> tuple[Html, tuple[tuple[Button, ...], ...]]:
    """Another sum than was asked for, or an odd receipt: what may be made of it, each as a button that says so."""
    words, came, total = lines.words, lines.paid + received, lines.order.total
    facts = {"came": lines.money(came), "total": lines.money(total)}
    rows = []
    if came == total:
        rows.append(lines.button("cy", "owner.button.confirm_sure", str(received), amount=lines.amount(received)))
    elif lines.order.kind == "money":
        rows.append(lines.button("cy", "gift_staff.button.of_what_came", str(received), amount=lines.amount(came)))
    else:
        rows.append(lines.button("cy", "gift_staff.button.all_the_same", f"{received}{ORDERED}"))
    if came > total and lines.order.kind == "money":
        extra = {"total": lines.amount(total), "extra": lines.amount(came - total)}
        rows.append(lines.button("cy", "gift_staff.button.give_back", f"{received}{ORDERED}", **extra))
    if came < total:
        rows.append(lines.button("cr", "gift_staff.button.wait", str(received), rest=lines.amount(total - came)))
    odd = "gift_staff.too_little" if came < total else "gift_staff.too_much"
    said = [words.t(odd, **facts)] if came != total else []
    return join("\n", [*said, *warnings(lines)]), (*((one,) for one in rows), (_back(lines),))


def _back(lines: Lines) -> Button:
    return lines.button("cx", "button.back")


def decision(lines: Lines) -> Html:
    """What became of it, by whom and when."""
    order, words = lines.order, lines.words
    facts = {"code": order.code, "what": lines.what, "staff": order.decided_by or ""}
    at = lines.clock(order.decided_at or order.updated_at)
    match order.status:
        case Status.PAID:
            return words.t("gift_staff.issued", amount=lines.amount(lines.paid), time=at, **facts)
        case Status.DECLINED:
            return words.t("gift_staff.declined", reason=words.t(f"declined.reason.{order.reason}"), time=at, **facts)
        case _:
            return words.t("gift_staff.waits", code=order.code, what=lines.what, rest=lines.money(lines.missing))


# Presses


@router.callback_query(Acted("cc", "cy", "cr"))
async def confirm(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The sum stands on the button, so it comes from the button. `cy` is the answer to "really?"."""

    def piece(tx: Tx) -> None:
        actor, order = actor_of(leader(tx, turn)), gift_orders.get(tx, act.code)
        received, ordered = _number(act.arg)
        more: dict[str, Any] = {"version": act.version, "actor": actor, "now": turn.now}

        def work() -> object:
            if act.action == "cr":
                return gift_deciding.wait_for_rest(tx, order.id, received=received, **more)
            worth: gift_deciding.Worth = "ordered" if ordered else "came"
            return gift_deciding.confirm(tx, order.id, received=received, worth=worth, twice=act.action == "cy", **more)

        _decide(tx, turn, order, work, received=received)

    await turn.write(piece)


@router.callback_query(Acted("cd"))
async def decline(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Asks why first, then shows what the buyer will read; sending it is the decision."""

    def piece(tx: Tx) -> None:
        actor, order = actor_of(leader(tx, turn)), gift_orders.get(tx, act.code)
        if act.arg == "ask":
            show(tx, turn, order, {"ask": "decline"})
            return
        kind = act.arg.removeprefix(SEND)
        if kind not in KINDS:
            raise Refusal("stale")
        if kind == act.arg and not order.under_review:
            _tell_why_not(tx, turn, order, gift_orders.decided(order))
            return
        if kind == act.arg:
            show(tx, turn, order, {"ask": "preview", "kind": kind})
            return
        more: dict[str, Any] = {"version": act.version, "actor": actor, "now": turn.now}
        _decide(tx, turn, order, lambda: gift_deciding.decline(tx, order.id, kind=kind, **more))

    await turn.write(piece)


@router.callback_query(Acted("cx"))
async def back(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        show(tx, turn, gift_orders.get(tx, act.code))

    await turn.write(piece)


@router.callback_query(Acted("cs"))
async def other_sum(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        order = gift_orders.get(tx, act.code)
        if not order.under_review:
            _tell_why_not(tx, turn, order, gift_orders.decided(order))
            return
        _ask_sum(tx, turn, order, act.version)

    await turn.write(piece)


def _ask_sum(tx: Tx, turn: Turn, order: Order, version: int) -> None:
    missing = order.total - gift_sales.paid(tx, order.id)
    shown = {"code": order.code, "amount": turn.words.amount(missing, order.currency)}
    prompts.ask(tx, turn, "gift_sum", {"order": order.id, "version": version}, show=shown)


@router.message(Answered("gift_sum", loose=True))
async def sum_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """What is no sum is asked for again; another sum than was asked for is asked once more what becomes of it."""

    def piece(tx: Tx) -> None:
        actor, order = actor_of(leader(tx, turn)), gift_orders.get(tx, asked["order"])
        try:
            received = parse_amount(message.text or "", order.currency)
            if received <= 0:
                raise Refusal("amount_invalid", reason="nothing_gift")
        except Refusal as refusal:
            turn.explain(tx, refusal)
            _ask_sum(tx, turn, order, asked["version"])
            return
        prompts.close(turn)
        try:
            with tx.attempt():
                gift_deciding.confirm(
                    tx, order.id, received=received, version=asked["version"], actor=actor, now=turn.now
                )
        except Refusal as refusal:
            if refusal.facts.get("ask_again"):
                turn.say(tx, "staff.gift_sure", {"order": order.id, "received": received})
                return
            if refusal.code not in {"already_decided", "stale"}:
                raise
        turn.say(tx, "staff.gift_decided", {"order": order.id})

    await turn.write(piece)


def show(tx: Tx, turn: Turn, order: Order, facts: Mapping[str, Any] | None = None) -> None:
    """The card in this chat as things stand now, or asking something; nothing rings."""
    assert turn.chat is not None
    outbox.put(
        tx,
        kind="staff.gift_order",
        facts={"order": order.id, **(facts or {})},
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        delivery="latest",
        priority=outbox.ALERT,
        language=turn.language,
        silent=True,
        card=gift_notices.approval_card(order),
        now=turn.now,
    )


def _decide(tx: Tx, turn: Turn, order: Order, work: Callable[[], object], *, received: int = 0) -> None:
    """Do it, and answer every way it can end; the card in this chat is true again in each of them."""
    try:
        with tx.attempt():
            work()
    except Refusal as refusal:
        if refusal.facts.get("ask_again"):
            show(tx, turn, order, {"ask": "sure", "received": received})
            return
        _tell_why_not(tx, turn, order, refusal)


def _tell_why_not(tx: Tx, turn: Turn, order: Order, refusal: Refusal) -> None:
    """Who was first, or that the card was old: in one line, and the card as it is."""
    if refusal.code == "already_decided" and refusal.facts.get("by") and refusal.facts.get("at"):
        zone = catalogs.current(tx, now=turn.now).zone
        time = clock_time(local(from_utc_text(refusal.facts["at"]), zone))
        turn.toast(turn.words.plain("owner.toast.first", staff=str(refusal.facts["by"]), time=time), alert=True)
    elif refusal.code in {"already_decided", "stale"}:
        turn.toast(turn.words.plain("toast.stale"))
    else:
        turn.explain(tx, refusal)
    show(tx, turn, order)


def _number(arg: str) -> tuple[int, bool]:
    """The sum on a button, and whether the gift is what was ordered."""
    digits = arg.removesuffix(ORDERED)
    if not digits.isdecimal():
        raise Refusal("stale")
    return int(digits), arg.endswith(ORDERED)


# What else staff are told


@texts.renders("staff.gift_sure")
def sure_asked(scene: Scene) -> ports.Message:
    """Asked in a message of its own, under the sum that was typed."""
    lines = lines_of(scene)
    if not lines.order.under_review:
        return ports.Message(decision(lines))
    text, rows = sure(lines, int(scene.facts["received"]))
    return ports.Message(text, rows[:-1])


@texts.renders("staff.gift_decided")
def decided(scene: Scene) -> ports.Message:
    return ports.Message(decision(lines_of(scene)))


@texts.renders("staff.gift_receipt")
def one_more_file(scene: Scene) -> ports.Message:
    lines, number = lines_of(scene), int(scene.facts["receipt"])
    found = [one for one in gift_receipts.of_order(scene.tx, lines.order.id) if one.id == number]
    if not found:
        raise Refusal("stale", receipt=number)
    return ports.Message(scene.words.t("owner.receipt_added", code=lines.order.code), pictures=pictures_of(found))


@texts.renders("staff.gift_nudge")
def nudge(scene: Scene) -> ports.Message:
    """Somebody waits; nothing once it is decided."""
    lines = lines_of(scene)
    if not lines.order.under_review:
        raise Refusal("stale")
    text = scene.words.t("gift_staff.nudge", code=lines.order.code, what=lines.what, buyer=lines.buyer)
    return ports.Message(text, _decision_rows(lines))


@texts.renders("staff.gift_alert")
def alert(scene: Scene) -> ports.Message:
    """Money on something that is over, as a sentence."""
    lines = lines_of(scene)
    facts = scene.facts
    paid = scene.words.money(int(facts.get("paid") or lines.paid), str(facts.get("currency") or lines.order.currency))
    said = "gift_staff.money_odd" if facts["code"] == "gift_money_odd" else "gift_staff.money_on_expired"
    return ports.Message(scene.words.t(said, code=lines.order.code, paid=paid))


@texts.renders("staff.gift_sold")
def sold_unseen(scene: Scene) -> ports.Message:
    """Nobody of the staff had to look: what was sold, to whom, for how much."""
    lines = lines_of(scene)
    facts = {"code": lines.order.code, "what": lines.what, "total": lines.money(lines.paid), "buyer": lines.buyer}
    return ports.Message(scene.words.t("gift_staff.sold", **facts))


@texts.renders("facts.gift_sold")
def sold_fact(scene: Scene) -> ports.Message:
    """No money and no phone here either (T6)."""
    lines, words = lines_of(scene), scene.words
    order = lines.order
    what = lines.what if order.kind == "stay" else words.t("gift_staff.money")
    return ports.Message(words.t("gift_staff.sold_fact", code=order.code, what=what))


def task(scene: Scene, found: tasks.Task) -> ports.Message:
    """Money of a gift to send back, open until somebody says done."""
    words, facts = scene.words, found.facts
    lines = Lines(scene.tx, words, scene.now, gift_orders.get(scene.tx, int(facts["order"])))
    owed = words.t("declined.all") if facts.get("amount") is None else lines.money(int(facts["amount"]))
    what = words.t("task.refund", amount=owed, code=lines.order.code, guest=lines.buyer)
    pictures = pictures_of(
        [one for one in gift_receipts.of_order(scene.tx, lines.order.id) if one.id == facts.get("receipt")]
    )
    if found.done_at is not None:
        who, time = str(facts.get("by") or found.done_by or ""), lines.clock(found.done_at)
        return ports.Message(words.t("task.done", staff=who, time=time, what=what), pictures=pictures)
    if scene.facts.get("older"):
        return ports.Message(words.t("task.below", what=what), pictures=pictures)
    where = words.t("task.refund_where", where=facts.get("where") or words.t("task.refund_where_unknown"))
    doubt = "task.refund_unknown" if facts.get("amount") is None else "task.refund_unseen"
    sure_of_it = Html() if facts.get("seen", True) else words.t(doubt)
    done = Button(words.plain("owner.button.refund_done"), act("st", lines.order.code, found.version, str(found.id)))
    return ports.Message(join(" · ", [what, where, sure_of_it]), ((done,),), pictures=pictures)
