"""Owns how the guest reads of the damage deposit: asked for apart from the price, held, returned, or kept and why (R54)."""

from housebot.bot.guest.telling import Told, tell
from housebot.bot.renderer import Scene, Texts
from housebot.domain import damage as rules
from housebot.domain.stay import Stay
from housebot.services import damage
from housebot.services.ports import Message
from housebot.words import Html, Words

texts = Texts()


def asked(words: Words, stay: Stay, currency: str) -> Html:
    """The line under a price; nothing where no deposit is asked for."""
    amount = rules.asked(stay.unit, stay.tariff)
    return words.t("damage.asked", amount=words.money(amount, currency)) if amount else Html()


def line(told: Told) -> Html:
    """What is still to be brought, or what we have of it; nothing once it is settled."""
    found = damage.purse(told.tx, told.booking)
    if found.left:
        return told.words.t("damage.held", amount=told.money(found.left))
    return told.words.t("damage.asked", amount=told.money(found.missing)) if found.missing else Html()


@texts.renders("guest.damage")
def ended(scene: Scene) -> Message:
    """What went back, or what was kept and for which reason, and what is still to come back."""
    told, facts = tell(scene), scene.facts
    said = {"amount": told.money(int(facts["amount"])), "code": told.booking.code}
    left, words = int(facts["left"]), told.words
    rest = told.money(left)
    if facts["kind"] == "kept":
        said["reason"] = str(facts["reason"])
        text = words.t("damage.kept_rest", rest=rest, **said) if left else words.t("damage.kept", **said)
    else:
        text = words.t("damage.returned_rest", rest=rest, **said) if left else words.t("damage.returned", **said)
    return Message(text, ((told.button("gq", "menu.button.ask"),),))
