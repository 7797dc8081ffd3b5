"""Owns the keyboard under the text field: the menu of this desk, in the words of what it sells (M1)."""

from housebot.bot.guest.journey import route
from housebot.domain.catalog import Catalog
from housebot.services.ports import ReplyKeyboard
from housebot.words import Words


def helps_choosing(catalog: Catalog) -> bool:
    """With one thing to book there is nothing to choose from; a salon asks for the service first."""
    return not route.only_slots(catalog) and len(route.selling(catalog)) > 1


def rows(catalog: Catalog) -> list[list[tuple[str, str]]]:
    """The screens of the menu with the ids of their words, row by row."""
    slots = route.only_slots(catalog)
    house = any(unit.noun in ("house", "cottage", "sauna") for unit in catalog.units)
    shown = [
        [("book", "menu.button.visit" if slots else "menu.button.book"), ("dates", "menu.button.dates")],
        [("prices", "menu.button.prices"), ("about", "menu.button.about" if house else "menu.button.about_desk")],
        [("my", "menu.button.my_visits" if slots else "menu.button.my"), ("gift", "menu.button.gift")],
        [("ask", "menu.button.ask")],
    ]
    return [[("choose", "menu.button.help_choose")], *shown] if helps_choosing(catalog) else shown


def menu_keyboard(catalog: Catalog, words: Words) -> ReplyKeyboard:
    """Always there, with an example of what may be typed."""
    labels = tuple(tuple(words.plain(message_id) for _, message_id in row) for row in rows(catalog))
    example = "menu.example_slot" if route.only_slots(catalog) else "menu.placeholder"
    return ReplyKeyboard(labels, placeholder=words.plain(example))
