"""Owns the card of a gift that was ordered, as staff decide on it: the receipt, what is odd about it, and what became of it (M9, R46)."""

from collections.abc import Mapping
from typing import Any

from housebot.bot.guest.gifts import news as buyer_news
from housebot.bot.guest.gifts import telling
from housebot.bot.guest.gifts.order import Told
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.cards import pictures_of
from housebot.bot.staff.gifts.lines import Lines, lines_of
from housebot.bot.turn import Turn
from housebot.domain import gift_order
from housebot.domain.gift_order import Status
from housebot.services import gift_deciding, gift_notices, gift_receipts, guests, outbox, ports, receipts
from housebot.services.gift_orders import Order
from housebot.services.ports import Button, Tx
from housebot.words import Html, join, translator

texts = Texts()

KINDS = ("money_not_seen", "unreadable", "wrong_sum", "other")
SEND = "s-"  # before a reason on a button: what the buyer will read has been shown
ORDERED = "o"  # behind a sum on a button: the gift is what was ordered, whatever came


@texts.renders("staff.gift_order")
def card(scene: Scene) -> ports.Message:
    """The receipt is its picture, so all of it is a caption."""
    lines = lines_of(scene)
    files = gift_receipts.of_order(scene.tx, lines.order.id)
    pictures = pictures_of(files)
    if not lines.order.under_review:
        return ports.Message(decision(lines), pictures=pictures)
    asked = _asked(lines, scene.facts)
    tail, rows = asked if asked is not None else (join("\n", warnings(lines)), decision_rows(lines))
    return ports.Message(join("\n", [_body(lines, files), tail]), rows, pictures=pictures)


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


def warnings(lines: Lines) -> list[Html]:
    """What is odd about the receipt, only when it is; that it is late costs nothing here."""
    found, said = gift_receipts.flags(lines.tx, lines.order), []
    if "late_minutes" in found:
        said.append(lines.words.t("owner.warn_late", minutes=found["late_minutes"]))
    if "same_receipt" in found:
        said.append(lines.words.t("owner.warn_same", code=", ".join(found["same_receipt"])))
    return said


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


def decision_rows(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    """Yes to the sum that is missing, another sum, no."""
    due = lines.missing
    confirm = lines.button("cc", "owner.button.confirm", str(due), amount=lines.amount(due))
    other, decline = lines.button("cs", "owner.button.other_sum"), lines.button("cd", "owner.button.decline", "ask")
    return (confirm,), (other, decline)


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
    told = Told(lines.tx, words, lines.now, lines.order)
    if kind == "unreadable":
        until = gift_order.after_refused_receipt(lines.catalog, now=lines.now)
        return buyer_news.refused_words(told, until)
    return buyer_news.declined_words(told, kind, gift_deciding.refund_of_decline(lines.tx, lines.order, kind=kind))


def _label(kind: str) -> str:
    return "other_reason" if kind == "other" else kind


def _back(lines: Lines) -> Button:
    return lines.button("cx", "button.back")
