"""Owns gifts in a guest's hands: the page of a gift, buying one, the order until it is paid, and the picture that is sent."""

from aiogram import Router

from housebot.bot.guest.gifts import acts, buying, card, news, order, page, replies
from housebot.bot.renderer import Texts

router = Router(name="guest.gifts")
texts = Texts()

for module in (page, buying, order, news, acts, replies, card):
    if isinstance(found := getattr(module, "router", None), Router):
        router.include_router(found)
    for kind, text in module.texts.table.items():
        texts.renders(kind)(text)
