"""Owns `/settings`: what an owner changes from day to day without a file, a number or a restart (UX 2d).

Everything happens in a private chat. One live message shows the page that is open; what is typed is shown as guests will see it
before it is saved, and what was saved can be taken back.
"""

from aiogram import Router

from housebot.bot.renderer import Texts
from housebot.bot.staff.settings import bank, pages, people, photos, saved
from housebot.bot.staff.settings import texts as words

MODULES = (pages, people, bank, photos, words, saved)

router = Router(name="staff.settings")
texts = Texts()

for module in MODULES:
    router.include_router(module.router)
    for kind, text in module.texts.table.items():
        texts.renders(kind)(text)
