"""Owns what is typed where no button was pressed: the open step first, then a phrase that can be understood, then kind help; never silence."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.guest.draft import Draft, begin, chose
from housebot.bot.guest.journey import day as days
from housebot.bot.guest.journey import route
from housebot.bot.guest.journey.booking import contact_shared
from housebot.bot.guest.journey.guests import adult, counting, misfit
from housebot.bot.guest.journey.hours import on_the_hour
from housebot.bot.guest.journey.talk import Talk, again, listeners
from housebot.bot.guest.journey.tariff import with_service
from housebot.bot.guest.keyboard import rows
from housebot.bot.guest.menu import AWAY
from housebot.bot.presses import NO_DRAFT, Action, pack
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.catalog import Kind, say
from housebot.domain.period import local
from housebot.domain.phrases import Phrase, understand
from housebot.services import catalogs
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Answer
from housebot.words import clock_time

router = Router(name="guest.typed")
router.message.filter(F.chat.type == "private")  # what people say to each other in a group is not said to the desk
texts = Texts()

HELP = {
    "day": "answer.not_understood_day",
    "night": "answer.not_understood_day",
    "departure": "answer.not_understood_day",
    "hours": "answer.not_understood_time",
    "until": "answer.not_understood_time",
    "time": "answer.not_understood_time_slot",
    "guests": "answer.not_understood_guests",
}


@router.message()
async def anything(message: Message, turn: Turn) -> None:
    await turn.write(lambda tx: received(turn, tx))


def received(turn: Turn, tx: Tx) -> None:
    """A contact card, a command that nobody opens, words, or something that is neither."""
    talk = Talk(turn, tx)
    contact = turn.content.get("contact")
    if contact is not None:
        contact_shared(talk, str(contact.get("phone_number", "")), contact.get("user_id"))
        return
    text = str(turn.content.get("text") or "").strip()
    draft, away = talk.draft, bool(talk.turn.data.get(AWAY))
    if text[:1] == "/" and text[1:2].isalpha():
        helped(talk, draft, away=away, text=text, command=True)
        return
    if text and draft is not None and not away:
        listener = listeners.get(draft.step)
        phrase = _phrase(talk, text)
        # A phrase that says more than the step asks is read as a whole, so that nothing of it is lost.
        whole = draft.step not in ("answer", "contact") and _says_more(phrase)
        if not whole and listener is not None and listener(talk, draft, text):
            return
    if text and said(talk, None if away else draft, text):
        return
    helped(talk, draft, away=away, text=text)


def _phrase(talk: Talk, text: str) -> Phrase:
    shown = local(talk.turn.now, talk.catalog.zone)
    return understand(text, talk.catalog, today=shown.date(), now_local=shown)


def _says_more(phrase: Phrase) -> bool:
    parts = (
        phrase.day or phrase.ambiguous_night or phrase.contradictions or phrase.impossible,
        phrase.guests,
        phrase.wishes,
        phrase.shape or phrase.nights or phrase.whole_days or phrase.until,
        phrase.time,
        phrase.tariff,
        phrase.unit,
    )
    return sum(part is not None and part != () and part is not False for part in parts) > 1 or bool(
        phrase.contradictions or phrase.ambiguous_night or phrase.impossible
    )


def said(talk: Talk, draft: Draft | None, text: str) -> bool:
    """Read a phrase into the draft, or into a new one; False: nothing was understood."""
    phrase = _phrase(talk, text)
    if phrase.empty or (
        phrase.time and not _anything_else(phrase) and draft is None and not route.only_slots(talk.catalog)
    ):
        return False
    if route.only_slots(talk.catalog):
        appointment(talk, draft, phrase)
        return True
    asked = draft is not None
    before = draft = draft if draft is not None else begin("help")
    if draft.step in ("answer", "contact"):
        return False
    if phrase.contradictions or phrase.impossible:
        doubt(talk, draft, phrase)
        return True
    told = _misfit(talk, draft, phrase)
    if told is not None:
        phrase = replace(phrase, guests=None, party={})
    draft = understood(talk, draft, phrase, asked=asked)
    notice = _notice(talk, draft, phrase)
    if phrase.day is not None and days.explained(talk, _without_day(draft, before), phrase.day):
        return True
    if told is not None:
        talk.show(draft, "guests", notice=told)
    elif phrase.ambiguous_night is not None:
        talk.show(replace(draft, either=phrase.ambiguous_night), "night", notice=notice)
    else:
        talk.go_on(draft, notice=notice)
    return True


def _misfit(talk: Talk, draft: Draft, phrase: Phrase) -> Mapping[str, Any] | None:
    """What to tell a party that is too large for us, or nobody; the unit that was named may be the smaller one."""
    if phrase.guests is None:
        return None
    unit = phrase.unit or draft.unit
    guests = counting(talk.catalog, phrase.party) if phrase.party else phrase.guests
    return misfit(talk.catalog, replace(draft, unit=unit), guests)


def _without_day(draft: Draft, before: Draft) -> Draft:
    """What was said beside the day stays when the day does not do; so does the day that was chosen before, if there was one."""
    passed = tuple(step for step in draft.passed if step != "day" or before.day is not None)
    return replace(draft, day=before.day, passed=passed)


def _notice(talk: Talk, draft: Draft, phrase: Phrase) -> Mapping[str, Any] | None:
    """What was understood, where the screen that follows does not say it all; an hour we do not have is always told."""
    if phrase.time is not None and (told := on_the_hour(talk.turn.words, phrase.time)):
        return told
    understood = what(talk, phrase)
    if not understood or (phrase.ambiguous_night is None and route.next_step(draft, talk.catalog) == "offers"):
        return None
    return {"id": "answer.understood", "facts": {"what": understood}}


def _anything_else(phrase: Phrase) -> bool:
    return replace(phrase, time=None, leave=None) != Phrase()


def understood(talk: Talk, draft: Draft, phrase: Phrase, *, asked: bool) -> Draft:
    """The draft with everything the phrase said; steps that it answers are not asked again."""
    done: list[str] = []
    choice: dict[str, Any] = {}
    nightly = route.kinds(talk.catalog) == {Kind.NIGHTLY}
    if phrase.day is not None:
        draft = days.with_day(draft, phrase.day)
    party = _party(talk, draft, phrase)
    if party:
        choice["party"] = party
        done.append("guests")
    if phrase.wishes or phrase.unwanted:
        kept = [one for one in draft.extras if one not in phrase.unwanted and one not in phrase.wishes]
        choice["extras"] = (*kept, *phrase.wishes)
        done.append("wishes")
    length = phrase.nights or phrase.whole_days
    if phrase.until is not None and phrase.day is not None:
        length = (phrase.until - phrase.day).days or length
    if length:
        choice["length"] = length
        done.append("departure" if nightly else "length")
    if not nightly and (phrase.shape or length):
        choice["shape"] = phrase.shape or ("days" if (length or 1) > 1 else "day")
        done.append("shape")
    if phrase.time is not None and not phrase.time.minute:
        choice["at"] = phrase.time
    if phrase.unit is not None and len(talk.catalog.units) > 1:
        choice["unit"] = phrase.unit
        done.append("unit")
        if draft.way == "book":
            tariffs = talk.catalog.tariffs_of(phrase.unit)
            draft = replace(draft, tariff=tariffs[0].id if len(tariffs) == 1 else None)
    if phrase.day is not None and party and not asked:
        # Day and guests are enough for offers: lengths and wishes are seen there, and changed there.
        done += ["shape", "wishes"]
    tariff = talk.catalog.tariff(draft.tariff) if draft.tariff else None
    if draft.way == "book" and tariff is not None and tariff.kind is Kind.NIGHTLY and length and draft.day is not None:
        draft = days.leaving_on(talk, draft, draft.day + timedelta(days=length))
    anew = () if draft.way != "book" or tariff is not None else ("tariff",)
    return chose(draft, *done, again=("offers", *anew), **choice)


def _party(talk: Talk, draft: Draft, phrase: Phrase) -> dict[str, int]:
    if phrase.party:
        return dict(phrase.party)
    return {adult(talk.catalog).id: phrase.guests} if phrase.guests else {}


def what(talk: Talk, phrase: Phrase) -> str:
    """What was understood, in the words of the desk."""
    words = talk.turn.words
    language = words.language
    parts = []
    if phrase.day:
        parts.append(words.day(phrase.day))
    if phrase.until:
        parts[-1:] = [f"{parts[-1]} → {words.day(phrase.until)}"] if parts else [words.day(phrase.until)]
    if phrase.guests:
        parts.append(words.guests(phrase.guests))
    if phrase.shape and not phrase.until:
        parts.append(words.plain(f"choose.button.{phrase.shape}").lower())
    parts += [say(one.name, language).lower() for one in talk.catalog.extras if one.id in phrase.wishes]
    if phrase.time:
        parts.append(clock_time(phrase.time))
    return ", ".join(parts)


def doubt(talk: Talk, draft: Draft, phrase: Phrase) -> None:
    """A day that no calendar has, or two things that cannot both be: asked, never guessed."""
    words = talk.turn.words
    if phrase.impossible:
        notice: dict[str, Any] = {"id": "answer.impossible_day"}
    else:
        kind = phrase.contradictions[0]
        named = phrase.named_days[0] if phrase.named_days else talk.today
        facts = {"day": words.day(named)} if kind == "weekday" else {}
        reason = words.plain(f"contradiction.{kind}", **facts)
        notice = {"id": "answer.contradiction", "facts": {"what": reason}}
    if draft.way == "slot":
        talk.go_on(draft, notice=notice)
    else:
        talk.show(draft, "guests" if "guests" in phrase.contradictions else "day", notice=notice)


# Appointments.


def appointment(talk: Talk, draft: Draft | None, phrase: Phrase) -> None:
    """«маникюр в пятницу в 16»: service, day and time as far as they were said."""
    before = draft = draft or begin("slot", party={adult(talk.catalog).id: 1})
    if draft.step in ("answer", "contact"):
        draft = replace(draft, step="summary")
    if phrase.impossible or {"day", "weekday"} & set(phrase.contradictions):
        doubt(talk, draft, phrase)
        return
    if phrase.unit is not None:
        draft = chose(draft, "specialist", unit=phrase.unit, any_unit=False)
    day, at = phrase.day, phrase.time
    if day is not None:
        draft = chose(draft, "day", again=("time",), day=day, arrival=None, departure=None)
    if at is not None:
        draft = replace(draft, at=at)
    tariff = talk.catalog.tariff(phrase.tariff) if phrase.tariff else None
    if tariff is not None and tariff.kind is Kind.SLOT:
        draft = with_service(talk.catalog, draft, tariff)
    # Without a service any day may do.
    if day is None or draft.tariff is None or not days.explained(talk, _without_day(draft, before), day):
        talk.go_on(draft, notice=_notice_of_visit(talk, draft, phrase))


def _notice_of_visit(talk: Talk, draft: Draft, phrase: Phrase) -> Mapping[str, Any] | None:
    """What was understood, where the screen that follows does not say it; a visit is for one, and nothing is passed over."""
    if "guests" in phrase.contradictions or phrase.guests not in (None, 1):
        return {"id": "slot.one_each"}
    words, catalog = talk.turn.words, talk.catalog
    named = (catalog.tariff(phrase.tariff or ""), catalog.unit(phrase.unit or ""))
    parts = [say(one.name, words.language) for one in named if one is not None]
    parts += [words.day(phrase.day)] if phrase.day else []
    parts += [clock_time(phrase.time)] if phrase.time else []
    if not parts:
        return {"id": "answer.not_understood_slot"}
    shown = route.next_step(draft, catalog) in ("time", "summary")
    return None if shown else {"id": "answer.understood", "facts": {"what": ", ".join(parts)}}


# Help.


def helped(talk: Talk, draft: Draft | None, *, away: bool, text: str, command: bool = False) -> None:
    """The step again with a word on what it understands; without one, the two ways that help most."""
    if draft is not None and not away and draft.begun:
        anything = "answer.not_understood_slot" if draft.way == "slot" else "answer.not_understood"
        notice: dict[str, Any] = {"id": HELP.get(draft.step, anything), "facts": {"wish": _wish(talk)}}
        if not text:
            notice = {"id": "answer.text_wanted"}
        elif command:
            notice = {"id": "answer.no_command"}
        again(talk, draft, notice=notice)
        return
    talk.turn.say(talk.tx, "reply.help", {"command": True} if command else {})


def _wish(talk: Talk) -> str:
    names = [say(one.name, talk.turn.words.language).lower() for one in talk.catalog.extras if not one.mandatory]
    return names[0] if names else talk.turn.words.plain("menu.example")


@texts.renders("reply.help")
def kind_help(scene: Scene) -> Answer:
    """How it may be said, and two buttons."""
    catalog = catalogs.current(scene.tx, now=scene.now)
    words = scene.words
    slots = route.only_slots(catalog)
    extras = [say(one.name, words.language).lower() for one in catalog.extras if not one.mandatory]
    wish = extras[0] if extras else words.plain("menu.example")
    text = words.t("answer.not_understood_slot" if slots else "answer.not_understood", wish=wish)
    if scene.facts.get("command"):
        text = words.t("answer.no_command")
    first = rows(catalog)[0][0]
    buttons = [first, ("ask", "menu.button.ask")]
    return Answer(
        text,
        tuple(
            (Button(words.plain(message_id), data=pack(Action.MENU, NO_DRAFT, 0, name)),)
            for name, message_id in buttons
        ),
    )


@router.callback_query()
async def unknown_button(query: CallbackQuery, turn: Turn) -> None:
    """A button nobody knows any more: kindly, and nothing changes (T3)."""
    await turn.write(lambda tx: turn.toast(turn.words.plain("toast.stale")))
