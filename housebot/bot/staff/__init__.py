"""Owns the staff side of the chat: `router` takes the updates, `texts` renders the kinds of its messages.

The order is a promise: what groups need first, links, presses on cards, answers to our own questions, commands; then a reply that
answers nothing, and at the very end whatever else is said in a group. Each module brings its own `router` and, where it renders,
its own `texts`.
"""

from aiogram import Router

from housebot.bot.renderer import Texts
from housebot.bot.staff import (
    alerts,
    asked,
    balance,
    cancelling,
    cards,
    changing,
    coming,
    deciding,
    deposits,
    elsewhere,
    gifts,
    groups,
    handed,
    joining,
    lists,
    new,
    offering,
    opened,
    prompts,
    reasons,
    settings,
    talking,
    tasks,
    view,
    wizards,
)

MODULES = (
    groups,
    joining,
    cards,
    alerts,
    elsewhere,
    asked,
    prompts,
    deciding,
    gifts,
    balance,
    changing,
    offering,
    talking,
    tasks,
    opened,
    cancelling,
    coming,
    handed,
    deposits,
    reasons,
    lists,
    view,
    settings,
    new,
    wizards,
)  # in the order they are asked
LAST = (talking.last, groups.last)

router = Router(name="staff")
texts = Texts()

for module in MODULES:
    if isinstance(found := getattr(module, "router", None), Router):
        router.include_router(found)
    for kind, text in getattr(module, "texts", Texts()).table.items():
        texts.renders(kind)(text)
for found in LAST:
    router.include_router(found)
