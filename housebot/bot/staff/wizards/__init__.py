"""Owns the wizards of the staff chat: `/promo`, `/price`, `/block`, what is common to them, and `/undo` (UX 2d).

A wizard asks step by step in one live message, shows what it would do before it does it, and answers with the way back.
"""

from aiogram import Router

from housebot.bot.renderer import Texts
from housebot.bot.staff.wizards import answering, block, price, promo, undo

WIZARDS = {"promo": promo, "price": price, "block": block}

router = Router(name="staff.wizards")
texts = Texts()

for wizard in WIZARDS.values():
    router.include_router(wizard.router)
router.include_router(undo.router)
router.include_router(answering.answering({name: wizard.steps for name, wizard in WIZARDS.items()}))

for module in (*WIZARDS.values(), undo, answering):
    for kind, text in module.texts.table.items():
        texts.renders(kind)(text)
