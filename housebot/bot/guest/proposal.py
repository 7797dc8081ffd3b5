"""Owns the guest's card of a change that waits: what the desk offers instead, what has to be paid first, and how it ended (M11)."""

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest import hold, transfer
from housebot.bot.guest.telling import Told, acting, tell
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.catalog import Kind, say
from housebot.domain.changes import LineChange
from housebot.domain.period import from_utc_text
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import (
    checkouts,
    outbox,
    proposal_answers,
    proposal_differences,
    proposal_notices,
    proposed,
    settings,
    ways,
)
from housebot.services.differences import Difference
from housebot.services.ports import Button, Message, Tx
from housebot.services.proposed import Proposal
from housebot.words import Html, join

YES, NO, SHOW = "yes", "no", "show"
ENDS = {"expired": "proposal.expired_offer", "refused": "proposal.refused", "withdrawn": "proposal.withdrawn"}
ENDS_UNPAID = {"expired": "proposal.expired_money", "withdrawn": "proposal.withdrawn_money"}

router = Router(name="guest.proposal")
texts = Texts()


# What is shown


@texts.renders("guest.proposal")
def card(scene: Scene) -> Message:
    """How the proposal stands when the message leaves: a card never asks for what is no longer wanted."""
    told, one = tell(scene), proposed.by_id(scene.tx, int(scene.facts["proposal"]))
    if not one.is_open or one.lapsed(scene.now):
        return Message(_over(told, one))
    if one.under_review:
        waits = told.words.t("proposal.checking", code=told.booking.code)
        return Message(join("\n", [waits, _standing(told)]), ((told.button("gq", "hold.button.ask"),),))
    found = proposal_differences.of(scene.tx, one)
    refused = scene.facts.get("reason")
    again = told.words.t("proposal.receipt_refused", reason=refused) if refused else Html()
    if one.awaits == "money":
        return Message(join("\n", [again, *_to_pay_text(told, one, found)]), _to_pay_buttons(told, one))
    text = offer_text(told, found, until=told.deadline(one.expires_at), reason=one.reason)
    return Message(text, _offer_buttons(told, one))


def offer_text(told: Told, found: Difference, *, until: str, reason: str) -> Html:
    """What the desk offers, in the very words in which the guest reads it; staff see them before they are sent."""
    words = told.words
    why = words.t("proposal.reason", reason=reason) if reason else Html()
    head = words.t("proposal.offer", code=told.booking.code)
    money = Html()  # of a receipt that nobody has judged yet the ledger knows nothing
    if found.paid:
        money = words.t("proposal.paid_rest", paid=told.amount(found.paid), rest=told.money(found.due))
    first = found.pays_first and told.booking.status == "confirmed" and found.due > 0
    pays = words.t("proposal.pays_first") if first else Html()
    end = words.t("proposal.answer_by", until=until)
    return join("\n", [head, why, *changes(told, found), join(" ", [_price(told, found), money, pays]), end])


def changes(told: Told, found: Difference) -> list[Html]:
    """Was and will be, aspect by aspect, then every line of the price that is not as it was, with its difference."""
    words, was, now = told.words, found.was.stay, found.now.stay
    lines: list[Html] = []
    if (was.start, was.end) != (now.start, now.end):
        lines.append(words.t("proposal.when", was=_when(told, was), now=_when(told, now)))
    for key, before, after in (
        ("proposal.unit", told.say(was.unit.name), told.say(now.unit.name)),
        ("proposal.tariff", told.say(was.tariff.name), told.say(now.tariff.name)),
        ("proposal.guests", words.guests(max(was.guests, 1)), words.guests(max(now.guests, 1))),
        ("proposal.extras", _extras(told, was), _extras(told, now)),
    ):
        if before != after and not (key == "proposal.guests" and told.is_slot):
            lines.append(words.t(key, was=before, now=after))
    return [*lines, *(_line(told, one) for one in found.lines if one.amount)]


def _when(told: Told, stay: Stay) -> str:
    shown = told.words.visit if stay.tariff.kind is Kind.SLOT else told.words.span
    return shown(stay.arrival, stay.departure)


def _extras(told: Told, stay: Stay) -> str:
    known = [told.catalog.extra(extra) for extra in stay.extras]  # noqa: S610  no query: the catalog
    names = [told.say(extra.name).lower() for extra in known if extra is not None and not extra.mandatory]
    return ", ".join(names) or told.words.plain("proposal.no_extras")


def _line(told: Told, one: LineChange) -> Html:
    label = say(one.line.label, told.words.language, one.line.code)
    sign = "+" if one.amount > 0 else ""
    return told.words.t("proposal.line", label=label, amount=f"{sign}{told.amount(one.amount)}")


def _price(told: Told, found: Difference) -> Html:
    was, now = found.was.price.total, found.now.price.total
    if was == now:
        return told.words.t("proposal.same_price", total=told.money(now))
    return told.words.t("proposal.price", was=told.amount(was), now=told.money(now))


def _standing(told: Told) -> Html:
    return told.words.t("proposal.stands", span=told.when)


def _over(told: Told, one: Proposal) -> Html:
    """How it ended, and that the stay is what it was, or what it became."""
    state = "expired" if one.is_open else one.state
    booking, words = told.booking, told.words
    if state == "accepted":
        return words.t("proposal.accepted", code=booking.code, span=told.when)
    key = ENDS_UNPAID.get(state, ENDS[state]) if one.awaits == "money" else ENDS[state]
    said = words.t(key, code=booking.code)
    return join("\n", [said, _standing(told) if booking.blocks else Html()])


def _offer_buttons(told: Told, one: Proposal) -> hold.Rows:
    yes, no = _button(told, one, "proposal.button.yes", YES), _button(told, one, "proposal.button.no", NO)
    ask = told.button("gq", "menu.button.ask")
    if told.booking.is_hold and not told.booking.under_review:
        return (yes,), (no,), (ask, told.button("gr", "hold.button.release_short"))
    return (yes,), (no,), (ask,)


def _to_pay_text(told: Told, one: Proposal, found: Difference) -> list[Html]:
    """`Доплатите 260 BYN до 18:30`, how, and that the present stay stands until then."""
    words, bank = told.words, settings.payable_bank(told.tx)
    amount = told.money(proposed.missing(told.tx, one))
    until = told.deadline(one.expires_at)
    lines = [
        words.t("proposal.change", code=told.booking.code),
        *changes(told, found),
        _price(told, found),
        words.t("proposal.pay_by", amount=amount, until=until),
    ]
    if one.payment_method == ways.CARDS:
        order = checkouts.current(told.tx, told.booking.id)
        taking = order is not None and order.verdict == "capture"
        ready = order is not None and order.confirmation_url is not None
        key = "proposal.card_taking" if taking else "hold.card_pay" if ready else "hold.card_making"
        lines.append(words.t(key, amount=amount))
    elif one.payment_method == ways.TELEGRAM:
        lines.append(words.t("hold.invoice_sent", amount=amount))
    else:
        missing = proposed.missing(told.tx, one)
        lines += [
            transfer.how(told, missing, bank=bank, code=told.booking.code),
            Html() if bank is None else words.t("hold.then_receipt"),
        ]
    return [*lines, words.t("proposal.until_then")]


def _to_pay_buttons(told: Told, one: Proposal) -> hold.Rows:
    words, bank, missing = told.words, settings.payable_bank(told.tx), proposed.missing(told.tx, one)
    order = checkouts.current(told.tx, told.booking.id)
    ask = told.button("gq", "hold.button.ask")
    if order is not None and order.proposal_id == one.id and order.verdict == "capture":
        return ((ask,),)
    rows: list[tuple[Button, ...]] = []
    if one.payment_method == ways.CARDS:
        if order is not None and order.confirmation_url is not None:
            label = words.plain("hold.button.pay", amount=told.money(missing))
            rows.append((Button(label, url=order.confirmation_url),))
        rows.append((_button(told, one, "hold.button.bank", "bank"),))
    elif one.payment_method == ways.TELEGRAM:
        rows.append((_button(told, one, "hold.button.invoice_again", ways.TELEGRAM),))
        rows.append((_button(told, one, "hold.button.bank", "bank"),))
    else:
        if bank is not None:
            rows.append(transfer.copies(told, missing, bank=bank, code=told.booking.code))
        rows.append((told.button("gs", "hold.button.receipt"),))
        rows.append(tuple(_button(told, one, hold.WAYS[way], way) for way in ways.providers(told.tx)))
    shown = tuple(row for row in rows if row)
    return (*shown, (_button(told, one, "proposal.button.no", NO),), (ask,))


def _button(told: Told, one: Proposal, label: str, arg: str) -> Button:
    return Button(told.words.plain(label), data=act("gv", one.code, one.version, arg))


@texts.renders("guest.change_receipt")
def receipt_received(scene: Scene) -> Message:
    """M6 about a change: the clock has stopped, and until when we write; of one that is over, that the money is looked for."""
    told, one = tell(scene), proposed.by_id(scene.tx, int(scene.facts["proposal"]))
    until = told.deadline(from_utc_text(scene.facts["promised_by"]))
    key = "proposal.receipt_got" if one.is_open else "proposal.receipt_late"
    text = scene.words.t(key, time=until, code=told.booking.code, **told.desk_hours)
    more, ask = told.button("gs", "receipt.button.more"), told.button("gq", "menu.button.ask")
    return Message(text, ((more, ask), (told.button("gm", "receipt.button.mine"),)))


def waiting_row(told: Told) -> tuple[tuple[Button, ...], ...]:
    """The way to the card of what waits, from wherever the booking is shown."""
    one = proposed.open_of(told.tx, told.booking.id)
    if one is None or one.lapsed(told.now):
        return ()
    label = "proposal.button.show_money" if one.awaits == "money" else "proposal.button.show"
    return ((_button(told, one, label, SHOW),),)


# What is pressed


@router.callback_query(Acted("gv"))
async def answer(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Yes, no, or how to pay. An old button changes nothing and shows the card as it is; a second press is the same answer."""

    def piece(tx: Tx) -> None:
        actor = acting(tx, turn)
        one = proposed.of_guest(tx, act.code, guest_id=turn.guest(tx).id)
        again = act.arg == YES and (one.state == "accepted" or (one.is_open and one.awaits == "money"))
        old = one.version != act.version and not again and act.arg != SHOW
        try:
            if old:
                raise Refusal("stale")
            with tx.attempt():
                if act.arg == YES:
                    proposal_answers.accept(tx, one.code, actor=actor, now=turn.now)
                elif act.arg == SHOW:
                    _show(tx, turn, one, ring=True)
                elif act.arg == NO:
                    proposal_answers.refuse(tx, one.code, actor=actor, now=turn.now)
                else:
                    proposal_answers.choose_payment(tx, one.code, act.arg, actor=actor, now=turn.now)
        except Refusal as refusal:
            if refusal.code == "stale":
                turn.toast(turn.words.plain("toast.stale"))
            else:
                turn.explain(tx, refusal)
            _show(tx, turn, one)

    await turn.write(piece)


def _show(tx: Tx, turn: Turn, one: Proposal, *, ring: bool = False) -> None:
    """The card as it is: where it stands, or with `ring` below everything."""
    outbox.put(
        tx,
        kind="guest.proposal",
        facts={"booking": one.booking_id, "proposal": one.id, **({"ring": True} if ring else {})},
        chat_id=turn.place.chat_id,
        delivery="must" if ring else "latest",
        language=turn.language,
        card=proposal_notices.guest_card(one),
        booking_id=one.booking_id,
        now=turn.now,
    )
