"""Owns `/price`: the price of some nights by hand, looked at before it counts, taken back within a day (UX 2d, check 33)."""

from housebot.bot.staff.wizards.price.said import texts
from housebot.bot.staff.wizards.price.steps import router, steps

__all__ = ["router", "steps", "texts"]
