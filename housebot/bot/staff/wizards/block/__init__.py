"""Owns `/block`: a time closed by hand, or one service stopped, with whoever is inside; nothing is cancelled by it (UX 2d, check 34)."""

from housebot.bot.staff.wizards.block.said import texts
from housebot.bot.staff.wizards.block.steps import router, steps

__all__ = ["router", "steps", "texts"]
