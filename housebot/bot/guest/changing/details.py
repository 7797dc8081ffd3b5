"""Owns contact and comment of a booking that stands: another number by its button, another name, a word for the house."""

from housebot.bot.guest.changing.talk import Page, Talk, draws, reason_of, texts
from housebot.bot.guest.changing.verbs import open_verbs
from housebot.bot.guest.journey.adding import COMMENT
from housebot.bot.guest.journey.booking import contact_keyboard
from housebot.bot.guest.keyboard import menu_keyboard
from housebot.bot.guest.telling import acting
from housebot.bot.renderer import Scene
from housebot.errors import Refusal
from housebot.services import catalogs, details
from housebot.services.ports import Message
from housebot.words import cut

SHOWN = 300  # characters of a comment on the page


@draws("details")
def what_is_known(page: Page) -> Message:
    """How we reach the guest, and what was written for the house."""
    words, booking = page.told.words, page.booking
    contact = words.t("changing.contact_now", contact=booking.contact or words.t("changing.nothing"))
    comment = words.t("changing.comment_now", comment=cut(booking.comment or words.t("changing.nothing"), SHOWN))
    rows = [
        [page.act("changing.button.contact", "contact")],
        [page.act("changing.button.comment", "comment")],
    ]
    return page.view.message([page.title, contact, comment], rows)


@draws("comment")
def ask_comment(page: Page) -> Message:
    return page.view.message([page.title, page.told.words.t("extra.ask_comment")], [])


@draws("contact")
def asked_contact(page: Page) -> Message:
    """The page stays where it is; the keyboard that can share a number comes with a message of its own."""
    return page.view.message([page.title, page.told.words.t("changing.contact_below")], [])


def ask_contact(talk: Talk) -> None:
    """Asked by a keyboard of its own, because only that can share a number."""
    talk.show(talk.draft, "contact")
    username = talk.turn.user.username if talk.turn.user else None
    talk.turn.say(talk.tx, "guest.contact_again", {"username": username})


@texts.renders("guest.contact_again")
def contact_again(scene: Scene) -> Message:
    return Message(
        scene.words.t("contact.ask"), reply_keyboard=contact_keyboard(scene.words, scene.facts.get("username"))
    )


@texts.renders("guest.contact_set")
def contact_set(scene: Scene) -> Message:
    """The menu is back under the text field."""
    keyboard = menu_keyboard(catalogs.current(scene.tx, now=scene.now), scene.words)
    contact = scene.facts.get("contact")
    said = scene.words.t("contact.taken", contact=contact) if contact else scene.words.t("changing.contact_kept")
    return Message(said, reply_keyboard=keyboard)


def contact_typed(talk: Talk, text: str) -> bool:
    """A number, an @name, the button with the own @name, or Back."""
    words, username = talk.turn.words, talk.turn.user.username if talk.turn.user else None
    said = text.strip()
    if said == words.plain("button.back"):
        talk.turn.say(talk.tx, "guest.contact_set")
        talk.show(talk.draft, "details")
        return True
    if username and said == words.plain("contact.button.username", name=username):
        said = f"@{username}"
    _set(talk, said, shared=False)
    return True


def contact_shared(talk: Talk, phone: str, user_id: int | None) -> None:
    """A card counts only when it is the sender's own (T4)."""
    if talk.turn.user is None or user_id != talk.turn.user.id:
        talk.turn.say(talk.tx, "reply.refusal", {"code": "contact_invalid", "facts": {"reason": "not_own"}})
        return
    _set(talk, phone if phone.startswith("+") else f"+{phone}", shared=True)


def _set(talk: Talk, contact: str, *, shared: bool) -> None:
    try:
        with talk.tx.attempt():
            talk.booking = details.set_contact(
                talk.tx, talk.booking, contact, shared=shared, actor=acting(talk.tx, talk.turn), now=talk.turn.now
            )
    except Refusal as refusal:
        facts = {"code": refusal.code, "facts": reason_of(refusal)["facts"]}
        talk.turn.say(talk.tx, "reply.refusal", facts)
        return
    talk.turn.say(talk.tx, "guest.contact_set", {"contact": talk.booking.contact})
    _done(talk)


def comment_typed(talk: Talk, text: str) -> bool:
    """Whatever is typed here is the comment, unless it is too long."""
    if len(text) > COMMENT.max_length:
        talk.show(talk.draft, "comment", notice={"id": "answer.too_long", "facts": {"limit": COMMENT.max_length}})
        return True
    talk.booking = details.set_comment(talk.tx, talk.booking, text, actor=acting(talk.tx, talk.turn), now=talk.turn.now)
    _done(talk)
    return True


def _done(talk: Talk) -> None:
    talk.show(talk.draft, "details", notice={"id": "changing.told_staff"})


def back(talk: Talk) -> None:
    """To the page before."""
    if talk.draft.step in ("contact", "comment"):
        if talk.draft.step == "contact":
            talk.turn.say(talk.tx, "guest.contact_set")
        talk.show(talk.draft, "details")
    else:
        open_verbs(talk)
