"""Owns what else staff are told about gifts: files, nudges, alerts, what was sold, and money to send back (T2)."""

from housebot.bot.actions import act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.cards import pictures_of
from housebot.bot.staff.gifts import card
from housebot.bot.staff.gifts.lines import Lines, lines_of
from housebot.errors import Refusal
from housebot.services import gift_orders, gift_receipts, ports, tasks
from housebot.services.ports import Button
from housebot.words import Html, join

texts = Texts()


@texts.renders("staff.gift_sure")
def sure_asked(scene: Scene) -> ports.Message:
    """Asked in a message of its own, under the sum that was typed."""
    lines = lines_of(scene)
    if not lines.order.under_review:
        return ports.Message(card.decision(lines))
    text, rows = card.sure(lines, int(scene.facts["received"]))
    return ports.Message(text, rows[:-1])


@texts.renders("staff.gift_decided")
def decided(scene: Scene) -> ports.Message:
    return ports.Message(card.decision(lines_of(scene)))


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
    return ports.Message(text, card.decision_rows(lines))


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
