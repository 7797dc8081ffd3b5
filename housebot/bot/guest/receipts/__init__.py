"""Owns receipts in the chat: files are taken without pressing anything, all else is told what to send (M6, M7b, M10; R46, UX 2b)."""

from aiogram import Router

from housebot.bot.guest.receipts import answers, asking, checking, files, instead, which
from housebot.bot.renderer import Texts

router = Router(name="guest.receipts")
texts = Texts()

for module in (files, which, asking, instead, answers, checking):
    if isinstance(found := getattr(module, "router", None), Router):
        router.include_router(found)
    for kind, text in getattr(module, "texts", Texts()).table.items():
        texts.renders(kind)(text)
