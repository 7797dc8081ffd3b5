"""Owns `Что-нибудь добавить?`: options as switches, questions of the tariff and a comment on one screen, each answer in its own."""

from collections.abc import Mapping

from housebot.bot.guest.draft import Draft, chose, returned
from housebot.bot.guest.journey import route
from housebot.bot.guest.journey.screen import View, rows_of, shows
from housebot.bot.guest.journey.talk import Talk, again, answers_to, listens, prepares
from housebot.bot.guest.journey.wishes import included_names, option_buttons
from housebot.bot.presses import Action, Press
from housebot.domain.catalog import Catalog, Question
from housebot.services.ports import Message
from housebot.words import cut

COMMENT = Question("comment", {}, "text", max_length=500)  # for tariffs that ask for nothing
SKIP = "skip"
SHOWN = 120  # characters of an answer on the screen


def questions(catalog: Catalog, tariff_id: str | None) -> list[Question]:
    """What may be answered for that tariff; a comment always may."""
    tariff = catalog.tariff(tariff_id) if tariff_id else None
    asked = [one for name in (tariff.questions if tariff else ()) if (one := catalog.question(name)) is not None]
    return asked if any(one.id == COMMENT.id for one in asked) else [*asked, COMMENT]


def missing(catalog: Catalog, draft: Draft) -> Question | None:
    """The first question that must be answered and is not."""
    return next(
        (one for one in questions(catalog, draft.tariff) if one.required and not draft.answers.get(one.id)), None
    )


@shows("adding")
def anything_to_add(view: View) -> Message:
    words, draft = view.words, view.draft
    lines: list[str] = [words.t("extra.title", draft=view.sketch())]
    if included := included_names(view):
        lines.append(words.t("choose.everything_included", extras=included))
    asked = questions(view.catalog, draft.tariff)
    lines += kept_answers(view)
    if unanswered := missing(view.catalog, draft):
        lines.append(f"{_about(view, unanswered)}: {words.t('extra.required')}")
    first = view.button(
        view.label("extra.button.total" if draft.answers else "extra.button.nothing"), Action.NEXT, "adding"
    )
    rows = [[first], *rows_of(option_buttons(view), 1)]
    rows += [[view.button(_button(view, one), Action.STEP, f"q-{place}")] for place, one in enumerate(asked)]
    return view.message(lines, rows)


def _button(view: View, question: Question) -> str:
    if question.id == COMMENT.id:
        return view.label("extra.button.comment")
    return _text(view, question)


def _text(view: View, question: Question) -> str:
    return view.say(question.text) if question.text else view.label("extra.button.comment")


def kept_answers(view: View) -> list[str]:
    """A line for each answer and for the comment."""
    asked = questions(view.catalog, view.draft.tariff)
    return [_kept(view, one) for one in asked if view.draft.answers.get(one.id)]


def _about(view: View, question: Question) -> str:
    """The question before its answer: without its sign, and without what explains it."""
    return _text(view, question).partition("?")[0].rstrip(": ")


def _kept(view: View, question: Question) -> str:
    said = cut(shown_answer(view, question), SHOWN)
    if question.id == COMMENT.id:
        return view.words.t("extra.comment_kept", comment=said)
    return view.words.t("extra.answer_kept", question=_about(view, question), answer=said)


def shown_answer(view: View, question: Question) -> str:
    """The answer in words: a choice by what its button said."""
    answer = view.draft.answers.get(question.id, "")
    return view.say(dict(question.options).get(answer, {})) if question.kind == "choice" else answer


@shows("answer")
def one_question(view: View) -> Message:
    question = next((one for one in questions(view.catalog, view.draft.tariff) if one.id == view.draft.asking), COMMENT)
    asks = "extra.ask_comment"
    lines = (
        [view.words.t(asks)]
        if question.id == COMMENT.id
        else [view.words.t("extra.ask_answer", question=_text(view, question))]
    )
    buttons = [
        view.button(view.say(text), Action.ANSWER, str(place)) for place, (_, text) in enumerate(question.options)
    ]
    skip = [] if question.required else [view.button(view.label("extra.button.skip"), Action.ANSWER, SKIP)]
    return view.message(lines, [*rows_of(buttons, 2), skip])


def ask(talk: Talk, draft: Draft, place: int) -> None:
    """Open the question at that place."""
    asked = questions(talk.catalog, draft.tariff)
    if place >= len(asked):
        again(talk, draft)
        return
    talk.show(chose(draft, asking=asked[place].id), "answer")


def answered(talk: Talk, draft: Draft, answers: Mapping[str, str]) -> None:
    """Back to the screen the question was opened from."""
    talk.show(chose(returned(draft), answers=answers), route.step_before(draft, talk.catalog))


@prepares("answer")
def with_question(talk: Talk, draft: Draft, notice: object) -> None:
    """Without a question at hand there is nothing to ask."""
    said = notice if isinstance(notice, dict) else None
    if draft.asking:
        talk.show(draft, "answer", notice=said, ready=True)
    else:
        talk.show(draft, "adding", notice=said)


@answers_to(Action.ANSWER)
def chosen(talk: Talk, draft: Draft, press: Press) -> None:
    question = next((one for one in questions(talk.catalog, draft.tariff) if one.id == draft.asking), None)
    if question is None:
        again(talk, draft)
    elif press.arg == SKIP:
        kept = {name: said for name, said in draft.answers.items() if name != question.id}
        answered(talk, draft, kept)
    elif press.arg.isdecimal() and int(press.arg) < len(question.options):
        answered(talk, draft, {**draft.answers, question.id: question.options[int(press.arg)][0]})
    else:
        again(talk, draft)


@listens("answer")
def answer_typed(talk: Talk, draft: Draft, text: str) -> bool:
    """Whatever is typed here is the answer, unless it is too long or too short for the question."""
    question = next((one for one in questions(talk.catalog, draft.tariff) if one.id == draft.asking), None)
    if question is None:
        return False
    said = text.strip()
    if question.kind == "choice":
        option = next((key for key, words in question.options if said.casefold() in _all(words)), None)
        if option is None:
            return False
        said = option
    elif len(said) > question.max_length or len(said) < question.min_length:
        long = len(said) > question.max_length
        limit = question.max_length if long else question.min_length
        again(talk, draft, notice={"id": "answer.too_long" if long else "answer.too_short", "facts": {"limit": limit}})
        return True
    answered(talk, draft, {**draft.answers, question.id: said})
    return True


def _all(words: dict[str, str]) -> list[str]:
    return [one.casefold() for one in words.values()]
