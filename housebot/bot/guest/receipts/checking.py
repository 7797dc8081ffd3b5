"""Owns what a guest reads while a receipt is checked: until when we write, that it was late, that it is to be sent again (M6, M7b, M10)."""

from housebot.bot.guest import hold
from housebot.bot.guest.telling import Told, tell
from housebot.bot.renderer import Scene, Texts
from housebot.domain.period import from_utc_text
from housebot.errors import Refusal
from housebot.services.ports import Message as Said

texts = Texts()


@texts.renders("guest.receipt_received")
def received(scene: Scene) -> Said:
    """M6: thanks, and until when we write."""
    told = tell(scene)
    return Said(_checking(told, scene), hold.checking_buttons(told))


@texts.renders("guest.revived")
def revived(scene: Scene) -> Said:
    """M7b: late, but still hers."""
    told = tell(scene)
    minutes = max(-(-int(scene.facts["late_seconds"]) // 60), 1)
    return Said(scene.words.n("expired.late_free", minutes), hold.checking_buttons(told))


def _checking(told: Told, scene: Scene) -> str:
    promised = scene.facts.get("promised_by")
    until = from_utc_text(promised) if promised else told.booking.promised_by or told.booking.start
    return told.words.t("receipt.got", time=told.deadline(until), code=told.booking.code, **told.desk_hours)


@texts.renders("guest.still_checking")
def still_checking(scene: Scene) -> Said:
    """Later than promised; nothing once somebody has decided."""
    told = tell(scene)
    if told.booking.status != "awaiting_owner":
        raise Refusal("stale")
    return Said(scene.words.t("receipt.later", code=told.booking.code), ((told.button("gq", "menu.button.ask"),),))


@texts.renders("guest.receipt_refused")
def refused(scene: Scene) -> Said:
    """M10: send it again, everything else is kept."""
    told = tell(scene)
    until = from_utc_text(scene.facts["until"])
    reason = told.reason(scene.facts["kind"], scene.facts["reason"])
    text = scene.words.t("declined.receipt", reason=reason, time=told.deadline(until))
    return Said(text, ((told.button("gs", "declined.button.again"), told.button("gq", "menu.button.ask")),))
