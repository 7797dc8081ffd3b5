"""Owns gifts in the hands of staff: the card on which they decide, their presses, and everything else they are told (M9, R46)."""

from housebot.bot.renderer import Texts
from housebot.bot.staff.gifts import card, deciding, news

router = deciding.router
texts = Texts()

for module in (card, news):
    for kind, text in module.texts.table.items():
        texts.renders(kind)(text)
