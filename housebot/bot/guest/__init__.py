"""Owns the guest side of the chat: `router` takes the updates, `texts` renders the kinds of its messages.

The order is a promise: commands and menu words, replies to a prompt, files, the step that is open, a phrase that can be
understood, and kind help for all the rest. Each module brings its own `router` and, where it renders, its own `texts`.
"""

from aiogram import Router

from housebot.bot.guest import (
    about,
    again,
    balance,
    booked,
    cancelling,
    changing,
    dates,
    deposits,
    gifts,
    hold,
    invoices,
    journey,
    language,
    late,
    menu,
    messages,
    money_back,
    my,
    prices,
    proposal,
    receipts,
    start,
    typed,
)
from housebot.bot.guest import help as helping
from housebot.bot.renderer import Texts

MODULES = (
    menu, invoices, again, late, money_back, balance, messages, changing, gifts, receipts, hold, proposal, booked, cancelling, my,
    dates, prices, about, helping, language, journey, start, typed,
)  # in the order they are asked  # fmt: skip

router = Router(name="guest")
texts = Texts()

for module in (*MODULES, deposits):
    if isinstance(found := getattr(module, "router", None), Router):
        router.include_router(found)
    for kind, text in getattr(module, "texts", Texts()).table.items():
        texts.renders(kind)(text)
