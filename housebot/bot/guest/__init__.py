"""Owns the guest side of the chat: `router` takes the updates, `texts` renders the kinds of its messages.

The order is a promise: commands and menu words, replies to a prompt, files, the step that is open, a phrase that can be
understood, and kind help for all the rest. Each module brings its own `router` and, where it renders, its own `texts`.
"""

from aiogram import Router

from housebot.bot.guest import (
    about,
    again,
    booked,
    dates,
    gifts,
    hold,
    journey,
    language,
    menu,
    messages,
    my,
    prices,
    receipts,
    start,
    typed,
)
from housebot.bot.guest import help as helping
from housebot.bot.renderer import Texts

MODULES = (
    menu, again, messages, gifts, receipts, hold, booked, my, dates, prices, about, helping, language, journey, start, typed,
)  # in the order they are asked  # fmt: skip

router = Router(name="guest")
texts = Texts()

for module in MODULES:
    router.include_router(module.router)
    for kind, text in getattr(module, "texts", Texts()).table.items():
        texts.renders(kind)(text)
