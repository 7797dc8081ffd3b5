"""Owns what the buyer of a gift is told once: the receipt is here, too little came, no and why, it is paid, it was given."""

from datetime import datetime

from housebot.bot.guest.gifts import telling
from housebot.bot.guest.gifts.order import Told, ask_button, tell
from housebot.bot.guest.telling import menu_button
from housebot.bot.renderer import Scene, Texts
from housebot.domain.gift_order import Status
from housebot.domain.period import from_utc_text
from housebot.errors import Refusal
from housebot.services.ports import Message as Said
from housebot.words import Html, join

texts = Texts()


@texts.renders("guest.gift_expired")
def expired(scene: Scene) -> Said:
    told = tell(scene)
    if told.order.status != Status.EXPIRED:
        raise Refusal("stale")
    again = menu_button(scene.words, "gift.button.again", "gift")
    return Said(
        scene.words.t("gift.expired", code=told.order.code),
        ((again,), (told.button("expired.button.have_receipt", "send"),)),
    )


@texts.renders("guest.gift_receipt")
def received(scene: Scene) -> Said:
    told, words = tell(scene), scene.words
    desk = told.catalog.desk
    facts = {"opens": f"{desk.opens:%H:%M}", "closes": f"{desk.closes:%H:%M}", "code": told.order.code}
    until = told.deadline(from_utc_text(scene.facts["promised_by"]))
    text = words.t("gift.receipt_late" if scene.facts["late"] else "gift.receipt_got", time=until, **facts)
    return Said(text, ((told.button("receipt.button.more", "send"), ask_button(words)),))


@texts.renders("guest.gift_let_go")
def card_let_go(scene: Scene) -> Said:
    """The bank said yes too late: nothing was taken."""
    told = tell(scene)
    amount = told.money(int(scene.facts["amount"]))
    return Said(scene.words.t("gift.let_go", amount=amount, code=told.order.code), ((ask_button(scene.words),),))


@texts.renders("guest.gift_refused")
def receipt_refused(scene: Scene) -> Said:
    told = tell(scene)
    if told.order.status != Status.AWAITING_PAYMENT or told.order.expires_at is None:
        raise Refusal("stale")
    rows = ((told.button("declined.button.again", "send"), ask_button(scene.words)),)
    return Said(refused_words(told, told.order.expires_at), rows)


def refused_words(told: Told, until: datetime) -> Html:
    """Send it again, until then."""
    return told.words.t("gift.receipt_refused", time=told.deadline(until))


@texts.renders("guest.gift_rest")
def rest(scene: Scene) -> Said:
    """Too little came: it is kept, and the rest may follow."""
    told = tell(scene)
    came, missing = told.money(int(scene.facts["came"])), told.money(int(scene.facts["rest"]))
    return Said(
        scene.words.t("gift.rest", came=came, rest=missing, code=told.order.code), ((ask_button(scene.words),),)
    )


@texts.renders("guest.gift_declined")
def declined(scene: Scene) -> Said:
    told, words, owed = tell(scene), scene.words, scene.facts["refund"]
    text = declined_words(told, str(scene.facts["kind"]), owed)
    if owed == 0:
        return Said(text, ((ask_button(words),),))
    where = told.button("declined.button.where", "where")
    return Said(text, ((where,), (ask_button(words),)))


def declined_words(told: Told, kind: str, owed: int | None) -> Html:
    """Why not, and what goes back; None is whatever came."""
    reason = told.words.t(f"declined.reason.{kind}")
    text = told.words.t("gift.declined", code=told.order.code, reason=reason)
    return text if owed == 0 else join(" ", [text, told.words.t("cancel.refund", amount=told.owed(owed))])


@texts.renders("guest.gift_paid")
def paid(scene: Scene) -> Said:
    """It is done; when it comes, and to whom, stands on the card."""
    told = tell(scene)
    when = telling.now_paid(scene.words, told.order)
    return Said(scene.words.t("gift.paid", what=told.what, when=when))


@texts.renders("guest.gift_delivered")
def delivered(scene: Scene) -> Said:
    told, words = tell(scene), scene.words
    name = told.order.recipient or words.plain("gift.somebody")
    return Said(words.t("gift.delivered", name=name), ((told.button("gift.button.show", "show"),),))


@texts.renders("guest.gift_refund_done")
def refund_done(scene: Scene) -> Said:
    told = tell(scene)
    amount = told.owed(scene.facts["amount"])
    return Said(scene.words.t("declined.refund_done", amount=amount, code=told.order.code))
