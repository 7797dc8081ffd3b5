"""Owns the last steps: accepting, the contact, and the dates taken; a refusal here leads to the nearest that does work."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from housebot.bot.guest.draft import Draft, Near
from housebot.bot.guest.journey import adding, code, market, visit
from housebot.bot.guest.journey.screen import View, shows
from housebot.bot.guest.journey.summary import quote_of
from housebot.bot.guest.journey.talk import HELD, Talk, again, answers_to, listens, prepares
from housebot.bot.guest.keyboard import menu_keyboard
from housebot.bot.guest.menu import AWAY, SHOWN
from housebot.bot.guest.telling import tell
from housebot.bot.presses import Action, Press
from housebot.bot.renderer import Scene, Texts
from housebot.domain.catalog import Kind
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, claims, guests, house_words, quotes, staff
from housebot.services.bookings import Booking
from housebot.services.ports import Actor, Message, ReplyKeyboard, Tx
from housebot.words import Words

Finish = Callable[[Talk, Draft], None]

finishers: dict[str, Finish] = {}
texts = Texts()


def finishes(mode: str) -> Callable[[Finish], Finish]:
    """The function ends drafts of that mode instead of the guest's contact and hold (staff entering somebody by phone)."""

    def add(finish: Finish) -> Finish:
        finishers[mode] = finish
        return finish

    return add


@answers_to(Action.ACCEPT)
def accepted(talk: Talk, draft: Draft, press: Press) -> None:
    """The rules are accepted: a known contact is not asked again."""
    if draft.step == "contact" and not talk.turn.data.get(AWAY):
        return  # a doubled tap: the contact is asked already
    if draft.step != "summary" or draft.quote is None:
        again(talk, draft)
        return
    if draft.mode in finishers:
        finishers[draft.mode](talk, draft)
    elif talk.guest.contact:
        book(talk, draft)
    elif (refusal := _in_the_way(talk, draft)) is not None:
        refused(talk, draft, refusal)  # before anybody gives a number for dates that are gone
    else:
        ask_contact(talk, draft)


def _in_the_way(talk: Talk, draft: Draft) -> Refusal | None:
    draft = visit.reassigned(talk.view(draft)) if draft.way == "slot" else draft
    return market.in_the_way(talk.tx, talk.catalog, draft, talk.turn.now)


def ask_contact(talk: Talk, draft: Draft, *, notice: dict[str, Any] | None = None) -> None:
    """Asked by a keyboard of its own, because only that can share a number."""
    talk.keep(replace(draft, step="contact"), **{SHOWN: "", AWAY: False})
    assert talk.turn.user is not None
    talk.turn.say(talk.tx, "reply.contact", {"username": talk.turn.user.username, "notice": notice})


@prepares("contact")
def contact_again(talk: Talk, draft: Draft, notice: object) -> None:
    ask_contact(talk, draft, notice=notice if isinstance(notice, dict) else None)


@shows("contact")
def no_screen(view: View) -> Message:
    """The contact has no buttons under it; Back shows the summary."""
    return view.message([view.words.t("contact.ask")], [])


@texts.renders("reply.contact")
def contact_text(scene: Scene) -> Message:
    words = scene.words
    said = scene.facts.get("notice")
    lines: list[str] = []
    if said:
        lines.append(
            words.refusal(Refusal(said["refusal"], **said.get("facts", {})))
            if "refusal" in said
            else words.t(said["id"])
        )
    lines += [words.t("contact.ask"), _consent(scene)]
    return Message("\n".join(lines), reply_keyboard=contact_keyboard(words, scene.facts.get("username")))


def _consent(scene: Scene) -> str:
    link = house_words.texts(scene.tx, "consent", scene.words.language, now=scene.now).strip()
    return scene.words.t("contact.consent", link=link) if link else scene.words.t("contact.consent_plain")


def contact_keyboard(words: Words, username: str | None) -> ReplyKeyboard:
    """Share first; the @name of those who have one; Back and Menu as everywhere."""
    share = words.plain("contact.button.share")
    rows = [(share,)]
    if username and len(username) <= 32:
        rows.append((words.plain("contact.button.username", name=username),))
    ways_out = (words.plain("button.back"), words.plain("button.menu"))
    return ReplyKeyboard((*rows, ways_out), contact=share)


@listens("contact")
def contact_typed(talk: Talk, draft: Draft, text: str) -> bool:
    """A number, an @name, the button with the own @name, or Back."""
    words = talk.turn.words
    username = talk.turn.user.username if talk.turn.user else None
    said = text.strip()
    if said == words.plain("button.back"):
        back_to_summary(talk, draft)
        return True
    if username and said == words.plain("contact.button.username", name=username):
        said = f"@{username}"
    try:
        with talk.tx.attempt():
            region = guests.region_of(talk.catalog.zone)
            guest = guests.set_contact(talk.tx, talk.guest.id, said, shared=False, now=talk.turn.now, region=region)
    except Refusal as refusal:
        ask_contact(talk, draft, notice={"refusal": refusal.code, "facts": {"reason": refusal.facts.get("reason")}})
        return True
    contact_known(talk, draft, guest.contact or said)
    return True


def contact_shared(talk: Talk, phone: str, user_id: int | None) -> None:
    """A contact card arrived, at this step or at any other time: it counts only when it is the sender's own (T4)."""
    draft = talk.draft
    waiting = draft is not None and draft.step == "contact"
    try:
        with talk.tx.attempt():
            guest = claims.share_contact(talk.tx, talk.guest.id, phone, contact_user_id=user_id, now=talk.turn.now)
    except Refusal as refusal:
        notice = {"refusal": refusal.code, "facts": {"reason": refusal.facts.get("reason")}}
        if waiting and draft is not None:
            ask_contact(talk, draft, notice=notice)
        else:
            talk.turn.say(talk.tx, "reply.refusal", {"code": refusal.code, "facts": notice["facts"]})
        return
    if waiting and draft is not None:
        contact_known(talk, draft, guest.contact or phone)
    else:
        talk.turn.say(talk.tx, "reply.contact_taken", {"contact": guest.contact})


def contact_known(talk: Talk, draft: Draft, contact: str) -> None:
    """The menu comes back, then the dates are taken."""
    talk.turn.say(talk.tx, "reply.contact_taken", {"contact": contact})
    book(talk, replace(draft, step="summary"))


@texts.renders("reply.contact_taken")
def contact_taken(scene: Scene) -> Message:
    keyboard = menu_keyboard(catalogs.current(scene.tx, now=scene.now), scene.words)
    return Message(scene.words.t("contact.taken", contact=scene.facts["contact"]), reply_keyboard=keyboard)


def back_to_summary(talk: Talk, draft: Draft) -> None:
    """The menu keyboard first, so that it is there again, then the summary."""
    talk.turn.say(talk.tx, "reply.keyboard", {})
    talk.show(draft, "summary")


def book(talk: Talk, draft: Draft) -> None:
    """Take the dates. What changed since the summary is shown and asked again; nothing typed is lost."""
    try:
        with talk.tx.attempt():
            booking = hold(talk.tx, talk, draft)
    except Refusal as refusal:
        refused(talk, draft, refusal)
        return
    talk.keep(None, **{HELD: draft.code, SHOWN: "", AWAY: True})
    # The summary loses its buttons; the card of the hold is a new message, for it has to ring.
    if talk.turn.query_id is not None:
        talk.turn.screen(talk.tx, "held", {"booking": booking.id, "draft": None})


def hold(tx: Tx, talk: Talk, draft: Draft) -> Booking:
    """The use case, with everything the draft knows."""
    draft = visit.reassigned(talk.view(draft)) if draft.way == "slot" else draft
    quote = quotes.load(tx, draft.quote) if draft.quote is not None else quote_of(talk, draft)
    if quote.request != draft.request:
        quote = _price_must_stay(quote_of(talk, draft), was=quote.price.total)
    guest = talk.guest
    answers = {name: said for name, said in draft.answers.items() if _asked(talk, draft, name)}
    return bookings.hold(
        tx,
        quote,
        guest_id=guest.id,
        contact=guest.contact,
        answers=answers,
        comment=draft.answers.get(adding.COMMENT.id, ""),
        source="telegram",
        actor=Actor("guest", guest.id, guest.name, "telegram"),
        test=is_test(tx, talk),
        now=talk.turn.now,
    )


def _price_must_stay(quote: quotes.Quote, *, was: int) -> quotes.Quote:
    """Another specialist at another price is shown before it is booked."""
    if quote.price.total != was:
        raise Refusal("stale", what="quote", was=was, total=quote.price.total)
    return quote


def _asked(talk: Talk, draft: Draft, name: str) -> bool:
    """A comment has a field of its own, save where the tariff insists on it as an answer."""
    question = next((one for one in adding.questions(talk.catalog, draft.tariff) if one.id == name), None)
    return question is not None and (question.id != adding.COMMENT.id or question.required)


def is_test(tx: Tx, talk: Talk) -> bool:
    """Staff who look at the desk as a guest leave no traces in its figures."""
    assert talk.turn.user is not None
    person = staff.role_of(tx, talk.turn.user.id)
    return person is not None and person.guest_view


def refused(talk: Talk, draft: Draft, refusal: Refusal) -> None:
    """The price moved: the new summary with the difference. Anything else: the reason, and the nearest that works."""
    if refusal.code == "temporarily_unavailable":
        raise refusal
    if refusal.code == "gift_insufficient":  # somebody was faster: what it still has is shown, before it is taken
        talk.show(replace(draft, quote=None), "summary", notice={"id": "code.gift_less"})
        return
    if refusal.code == "stale" and refusal.facts.get("what") == "quote":
        view = talk.view(draft)
        facts = {"before": view.amount(refusal.facts["was"]), "after": view.money(refusal.facts["total"])}
        talk.show(replace(draft, quote=None), "summary", notice={"id": "summary.price_changed", "facts": facts})
        return
    if refusal.code in code.WRONG:
        code.drop(talk, draft, refusal)
        return
    if refusal.code == "answer_missing":
        talk.show(replace(draft, asking=str(refusal.facts.get("question", ""))), "answer")
        return
    talk.refuse(draft, refusal)


@prepares("refused")
def with_nearest(talk: Talk, draft: Draft, notice: Any) -> None:
    """What else would do is looked for now and remembered, so that its buttons mean these stays and no others."""
    code = notice.get("refusal") if isinstance(notice, dict) else ""
    near: tuple[Near, ...] = ()
    if code in {
        "dates_taken",
        "too_soon",
        "past",
        "min_stay",
        "max_stay",
        "closed_to_arrival",
        "outside_hours",
        "weekday",
    }:
        view = talk.view(draft)
        if draft.way == "slot" and draft.arrival is not None:
            near = visit.near_times(view, draft.arrival)
        elif draft.request is not None:
            near = tuple(_near_stays(talk, draft))
    draft = replace(draft, near=near)
    talk.show(draft, "refused", notice=notice, ready=True)


def _near_stays(talk: Talk, draft: Draft) -> list[Near]:
    refusal = market.in_the_way(talk.tx, talk.catalog, draft, talk.turn.now)
    return market.alternatives(talk.catalog, draft, refusal.facts.get("alternatives", [])) if refusal else []


@shows("refused")
def what_else(view: View) -> Message:
    draft = view.draft
    rows = visit.near_rows(view) if draft.way == "slot" else _stays(view)
    lines = [view.words.t("offers.nearest")] if rows else []
    code = view.facts.get("notice", {}).get("refusal")
    if code == "holds_limit":
        name = "menu.button.my_visits" if draft.way == "slot" else "menu.button.my"
        rows.append([view.button(view.label(name), Action.MENU, "my")])
    elif not rows:
        lines.append(
            view.words.t("offers.nothing_near")
            if code == "dates_taken"
            else view.words.t("change.title", draft=view.sketch())
        )
    if code != "holds_limit":
        rows.append([view.button(view.label("button.other_dates"), Action.STEP, "day")])
    return view.message(lines or [view.sketch()], rows)


def _stays(view: View) -> list[list[Any]]:
    rows = []
    for place, near in enumerate(view.draft.near):
        tariff = view.catalog.tariff(near.tariff) if near.tariff else None
        if tariff is None or near.arrival is None or near.departure is None:
            continue
        try:
            total = market.total(view.tx, view.catalog, market.moved(view.catalog, view.draft, near))
        except Refusal:
            continue  # it would be refused when pressed, too
        when = view.words.range_days(near.arrival, near.departure)
        if tariff.kind is Kind.BLOCK:
            when = f"{view.words.day(near.arrival)} {view.words.span_short(near.arrival, near.departure)}"
        text = view.label("offers.button.near", when=when, amount=view.amount(total))
        if near.tariff != view.draft.tariff:
            text = f"{view.say(tariff.short or tariff.name)} · {text}"
        rows.append([view.button(text, Action.NEAR, str(place))])
    return rows


@texts.renders("screen.held")
def summary_without_buttons(scene: Scene) -> Message:
    told = tell(scene)
    said = "summary.accepted_slot" if told.is_slot else "summary.accepted"
    return Message(scene.words.t(said, code=told.booking.code))
