"""Owns `/promo`: promo codes made, looked at and switched off from the chat (R51, R52)."""

from housebot.bot.renderer import Texts
from housebot.bot.staff.wizards.promo import codes, said
from housebot.bot.staff.wizards.promo.steps import router, steps

__all__ = ["router", "steps", "texts"]

texts = Texts()

for module in (codes, said):
    for kind, text in module.texts.table.items():
        texts.renders(kind)(text)
