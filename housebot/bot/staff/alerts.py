"""Owns what reaches staff unasked: nudges, cancellations, alerts, tasks and the facts chat; no money or phone in the last (T6)."""

from datetime import datetime

from housebot.bot.actions import act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import calls, cards, deposits, new
from housebot.bot.staff.gifts import news as gift_news
from housebot.bot.staff.lines import Lines, lines_of
from housebot.domain import refund
from housebot.domain.period import from_utc_text, local
from housebot.errors import Refusal
from housebot.services import bookings, gift_deciding, payments, receipts, tasks
from housebot.services.ports import Button, Message
from housebot.words import Html, clock_time, cut, join

texts = Texts()


def _lines(scene: Scene) -> Lines:
    return lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))


@texts.renders("staff.nudge")
def nudge(scene: Scene) -> Message:
    """Somebody waits; nothing to say once the decision is made."""
    lines = _lines(scene)
    if lines.booking.status != "awaiting_owner":
        raise Refusal("stale", booking=lines.booking.code)
    facts = {"code": lines.booking.code, "ahead": lines.ahead}
    match scene.facts["why"]:
        case "morning":
            text = scene.words.t("owner.nudge_morning", **facts)
        case "arrival_near":
            text = scene.words.t("owner.nudge_arrival", **facts)
        case _:
            since = (scene.now - lines.booking.updated_at).total_seconds()
            text = scene.words.t("owner.nudge", waiting=scene.words.duration(int(since) // 60), **facts)
    return Message(text, ((_open(lines),),))


@texts.renders("staff.cancelled")
def cancelled(scene: Scene) -> Message:
    lines = _lines(scene)
    text = scene.words.t("owner.cancelled", code=lines.booking.code, span=lines.span, guest=lines.guest)
    return Message(text, cards.talk_row(lines, opens=True))


@texts.renders("staff.booked")
def booked(scene: Scene) -> Message:
    """Confirmed at once, by nobody: all of it, for it is the first that staff hear of it."""
    lines = _lines(scene)
    facts = {"code": lines.booking.code, "ahead": lines.ahead}
    head = scene.words.t("owner.booked_slot", **facts) if lines.is_visit else scene.words.t("owner.booked", **facts)
    return Message(join("\n", [head, *cards.body(lines, comment=1000)]), cards.talk_row(lines, opens=True))


@texts.renders("facts.confirmed")
def confirmed(scene: Scene) -> Message:
    """For whoever makes the beds: when, how many, what for."""
    lines = _lines(scene)
    return Message(_fact(lines, "facts.confirmed"))


@texts.renders("facts.cancelled")
def cancelled_fact(scene: Scene) -> Message:
    lines = _lines(scene)
    return Message(scene.words.t("facts.cancelled", code=lines.booking.code, span=lines.span))


@texts.renders("facts.moved")
def moved_fact(scene: Scene) -> Message:
    """What was is now otherwise; no money here either."""
    lines, before = _lines(scene), scene.facts["before"]
    when = lines.words.visit if lines.is_visit else lines.words.span
    arrival, departure = (datetime.fromisoformat(before[end]) for end in ("arrival", "departure"))
    was = when(arrival, departure)
    if not lines.is_visit:
        was = f"{was} · {lines.words.guests(before['guests'])}"
    return Message(_fact(lines, "facts.moved", was=was))


def _fact(lines: Lines, message_id: str, **more: str) -> Html:
    guests = "" if lines.is_visit else lines.guests
    what = join(
        " · ", [lines.tariff_name, lines.unit_name if len(lines.catalog.units) > 1 else "", guests, lines.extras]
    )
    test = lines.words.t("owner.test") if lines.booking.test else ""
    return join(" · ", [lines.words.t(message_id, code=lines.booking.code, span=lines.span, what=what, **more), test])


@texts.renders("staff.alert")
def alert(scene: Scene) -> Message:
    """Something only a person can mend. What nobody has words for yet is named all the same."""
    code, words = str(scene.facts["code"]), scene.words
    if scene.facts.get("booking") is None:
        return Message(_without_booking(scene, code))
    lines = _lines(scene)
    who = {"code": lines.booking.code, "guest": lines.guest}
    match code:
        case "late_money":
            text = words.t(
                "alert.late_money_off" if scene.facts.get("off") else "alert.late_money", code=lines.booking.code
            )
        case "money_on_expired":
            text = words.t("alert.money_on_expired", code=lines.booking.code)
        case "hold_ends":
            text = join("\n", [words.t("alert.hold_ends", **who), lines.contact])
            copy = Button(words.plain("new.button.copy"), copy=new.copy_text(lines))
            return Message(text, ((copy,), *cards.talk_row(lines, opens=True)))
        case "change_late_money" | "change_money_unseen" | "overpaid":
            amount = words.money(int(scene.facts["amount"]), lines.booking.currency)
            text = words.t(CHANGE_ALERTS[code], code=lines.booking.code, amount=amount)
        case "card_odd":
            odd = words.plain(ODD_MONEY.get(str(scene.facts.get("reason")), "alert.odd_amount"))
            amount = words.money(int(scene.facts["amount"]), str(scene.facts["currency"]))
            text = words.t("alert.card_odd", code=lines.booking.code, why=odd, amount=amount)
        case "card_refused" | "card_refund_failed" | "card_locked" | "card_beside_receipt":
            reason = str(scene.facts.get("reason", ""))
            text = words.t(CARD_ALERTS[code], code=lines.booking.code, reason=reason)
        case "refund_elsewhere":
            amount = words.money(int(scene.facts["amount"]), str(scene.facts["currency"]))
            text = words.t("alert.refund_elsewhere", code=lines.booking.code, amount=amount)
        case "chargeback":
            amount = words.money(int(scene.facts["amount"]), str(scene.facts["currency"]))
            due = lines.money(int(scene.facts["due"]))
            reason = str(scene.facts.get("reason", ""))
            text = words.t("alert.chargeback", code=lines.booking.code, amount=amount, due=due, reason=reason)
        case "unreachable":
            text = join("\n", [words.t("alert.unreachable", **who), lines.contact])
        case "undelivered":
            text = join("\n", [words.t("alert.undelivered", **who), lines.contact])
        case _:
            text = words.t("alert.other", what=f"{code} · {lines.booking.code}")
    return Message(text, cards.talk_row(lines, opens=True))


ODD_MONEY = {
    "payment": "alert.odd_payment",
    "booking": "alert.odd_booking",
    "currency": "alert.odd_currency",
    "amount": "alert.odd_amount",
    "test": "alert.odd_test",
    "overpaid": "alert.odd_overpaid",
    "payer": "alert.odd_payer",
    "twice": "alert.odd_twice",
}
CHANGE_ALERTS = {
    "change_late_money": "alert.change_late_money",
    "change_money_unseen": "alert.change_money_unseen",
    "overpaid": "alert.overpaid",
}
CARD_ALERTS = {
    "card_refused": "alert.card_refused",
    "card_refund_failed": "alert.card_refund_failed",
    "card_locked": "alert.card_locked",
    "card_beside_receipt": "alert.card_beside_receipt",
}
GONE_GROUPS = {"approvals": "alert.group_approvals", "facts": "alert.group_facts"}


def _without_booking(scene: Scene, code: str) -> Html:
    words, facts = scene.words, scene.facts
    if code == "update_aside":
        return words.t("alert.update_aside", number=facts.get("inbox", ""))
    if code == "notification_aside" and facts.get("why"):
        return words.t("alert.inbound_aside", **{name: facts.get(name, "") for name in ("provider", "number", "why")})
    if code == "notification_aside":
        return words.t("alert.notification_aside", provider=facts.get("provider", ""), number=facts.get("number", ""))
    if code in {"unreachable", "undelivered"}:
        return words.t("alert.message", kind=facts.get("kind", ""), number=facts.get("outbox", ""))
    if code == "refund_elsewhere":
        amount = words.money(int(facts["amount"]), str(facts["currency"]))
        return words.t(
            "alert.refund_elsewhere", code=facts.get("gift_order") or f"№ {facts.get('payment', '')}", amount=amount
        )
    if code == "stray_money":
        amount = words.money(int(facts["amount"]), str(facts["currency"]))
        return words.t("alert.stray_money", amount=amount, payer=facts.get("payer") or "—")
    if code in {"webhook_gone", "webhook_silent"}:
        message_id = "alert.webhook_gone" if code == "webhook_gone" else "alert.webhook_silent"
        return words.t(message_id, host=facts.get("host", ""), number=facts.get("endpoint", ""))
    if code == "group_lost":
        said = [words.plain(GONE_GROUPS[purpose]) for purpose in facts.get("purposes", [])]
        return words.t("alert.group_lost", title=facts.get("title") or "—", what=join("\n", said))
    return words.t("alert.other", what=code)


@texts.renders("staff.task")
def task(scene: Scene) -> Message:
    """Something to do, open until somebody says done; with the receipt, where it is about money that came by one."""
    found = tasks.get(scene.tx, int(scene.facts["task"]))
    if found.kind == gift_deciding.REFUND:
        return gift_news.task(scene, found)
    if found.booking_id is None:
        raise Refusal("stale", task=found.id)
    lines = lines_of(scene, bookings.get(scene.tx, found.booking_id))
    live = found.done_at is None and not scene.facts.get("older")
    text, pictures = task_text(lines, found, details=live), cards.pictures_of(receipts.of_task(scene.tx, found))
    if found.done_at is not None:
        return Message(_done(lines, found, text), cards.talk_row(lines, opens=True), pictures=pictures)
    if not live:
        return Message(scene.words.t("task.below", what=text), pictures=pictures)
    buttons = (*_task_buttons(lines, found), *cards.talk_row(lines, opens=True))
    return Message(text, buttons, pictures=pictures)


def task_text(lines: Lines, task: tasks.Task, *, details: bool = True) -> Html:
    """What is to be done; with the details while somebody has to do it."""
    words, booking = lines.words, lines.booking
    who = {"code": booking.code, "guest": lines.guest}
    owed = task.facts.get("amount", 0)
    currency = str(task.facts.get("currency") or booking.currency)
    amount = words.t("declined.all") if owed is None else words.money(int(owed), currency)
    match task.kind:
        case "refund":
            what = words.t("task.refund", amount=amount, **who)
            return join(" · ", [what, *_refund_details(lines, task)]) if details else what
        case "gift":
            return words.t("task.gift", amount=amount, **who)
        case "late_money":
            return words.t("task.late_money", amount=amount, **who)
        case "damage":
            return words.t("task.damage", amount=amount, **who)
        case "call":
            text = words.t("task.call", contact=lines.contact, **who)
            return join("\n", [text, calls.script(lines, str(task.facts.get("about", ""))) if details else ""])
        case _:
            return words.t("alert.other", what=f"{task.kind} · {booking.code}")


def _refund_details(lines: Lines, task: tasks.Task) -> list[Html]:
    """Where the money goes, and what to look at first; of use until it has gone, and then private."""
    words = lines.words
    where = task.facts.get("where") or words.t("task.refund_where_unknown")
    doubt = "task.refund_unknown" if task.facts["amount"] is None else "task.refund_unseen"
    sure = Html() if task.facts.get("seen", True) else words.t(doubt)
    return [words.t("task.refund_where", where=where), _by_invoice(lines, task), sure]


def _by_invoice(lines: Lines, task: tasks.Task) -> Html:
    """What came inside Telegram can be given back in the provider's cabinet, to the very card."""
    if task.payment_id is not None:
        found = {payments.get(lines.tx, task.payment_id).method}
    else:
        came = payments.in_money(lines.tx, lines.booking.id)
        found = {part.method for part in refund.split(came, int(task.facts.get("amount") or 0))}
    return lines.words.t("task.refund_invoice") if "telegram" in found else Html()


def _done(lines: Lines, task: tasks.Task, text: Html) -> Html:
    chose = task.facts.get("chose")
    what = join(" · ", [text, lines.words.t("task.chose", choice=chosen(lines, str(chose))) if chose else ""])
    assert task.done_at is not None
    who = str(task.facts.get("by") or task.done_by or "")
    return lines.words.t("task.done", staff=who, time=lines.clock(task.done_at), what=what)


def chosen(lines: Lines, choice: str) -> str:
    """What a guest chose for late money."""
    kind, _, code = choice.partition(":")
    return code if kind == "dates" else lines.words.t(f"task.choice.{kind}")


def _task_buttons(lines: Lines, task: tasks.Task) -> tuple[tuple[Button, ...], ...]:
    words, code = lines.words, lines.booking.code
    if task.kind == "late_money":
        offered = task.facts.get("alternatives", [])
        zone = lines.unit.zone
        rows = [
            (
                Button(
                    f"🗓 {words.moment(local(from_utc_text(one['start']), zone))} → "
                    f"{clock_time(local(from_utc_text(one['end']), zone))}",
                    act("sl", code, task.version, f"{task.id}:{number}"),
                ),
            )
            for number, one in enumerate(offered)
        ]
        ends = (
            Button(words.plain("task.button.gift"), act("sl", code, task.version, f"{task.id}:gift")),
            Button(words.plain("task.button.refund"), act("sl", code, task.version, f"{task.id}:refund")),
        )
        return (*rows, ends)
    if task.kind == "damage":
        return deposits.buttons(lines)
    done = "owner.button.refund_done" if task.kind == "refund" else "task.button.done"
    copy: tuple[tuple[Button, ...], ...] = ()
    if task.kind == "call" and (script := calls.script(lines, str(task.facts.get("about", "")))):
        copy = ((Button(words.plain("new.button.copy"), copy=cut(script, calls.COPY)),),)
    return (*copy, (Button(words.plain(done), act("st", code, task.version, str(task.id))),))


def _open(lines: Lines) -> Button:
    return Button(lines.words.plain("button.open"), act("sv", lines.booking.code, lines.booking.version))
