"""Owns what staff read of orders and talks in other places: what of Bukza needs a person, what SendPulse would not send."""

from datetime import datetime

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards
from housebot.bot.staff.lines import lines_of
from housebot.errors import CODES, Refusal
from housebot.services import bookings
from housebot.services.ports import Message
from housebot.words import Html

texts = Texts()


@texts.renders("staff.bukza")
def bukza(scene: Scene) -> Message:
    """An order that has no room, could not be booked, or is booked at last; with the booking it is about, where there is one."""
    words, facts = scene.words, scene.facts
    since, until = (datetime.fromisoformat(str(facts[end])).replace(tzinfo=None) for end in ("start", "end"))
    order = {"number": facts["number"], "span": words.span(since, until)}
    match facts["what"]:
        case "conflict":
            codes = ", ".join(facts.get("collides", []))
            text = words.t("bukza.conflict", by=words.t("bukza.by", codes=codes) if codes else "", **order)
        case "refused":
            text = words.t("bukza.refused", why=_why(scene, str(facts.get("code", ""))), **order)
        case "settled":
            text = words.t("bukza.settled", **order)
        case "less_paid":
            sums = {sum_: words.money(int(facts[sum_]), str(facts["currency"])) for sum_ in ("paid", "known")}
            text = words.t("bukza.less_paid", **sums, **order)
        case _:
            text = words.t("bukza.revived", **order)
    if facts.get("booking") is None:
        return Message(text)
    lines = lines_of(scene, bookings.get(scene.tx, int(facts["booking"])))
    return Message(text, cards.talk_row(lines, opens=True))


@texts.renders("staff.channel")
def channel(scene: Scene) -> Message:
    """An answer in another messenger that did not leave."""
    words, facts = scene.words, scene.facts
    who = {"provider": facts.get("provider") or "—", "reason": facts.get("reason") or "—"}
    if facts.get("locked"):
        return Message(words.t("channel.locked", **who))
    return Message(words.t("channel.refused", name=facts.get("name") or "—", **who))


def _why(scene: Scene, code: str) -> Html | str:
    known = code in CODES and scene.words.has(f"refusal.{code}")
    return scene.words.refusal(Refusal(code)) if known else code
