"""Owns what people ask first: photos, the place, the rules (UX 2a)."""

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest.menu import opens
from housebot.bot.guest.telling import menu_button
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog, Unit, say
from housebot.errors import Refusal
from housebot.services import catalogs, house_words, settings
from housebot.services.ports import Button, Message, Picture, Tx
from housebot.words import cut, join

router = Router(name="guest.about")
texts = Texts()

MOST_ALBUMS = 12  # buttons of units with photos
LONGEST_NAME = 40


@opens("about")
async def show(turn: Turn) -> None:
    """The album first, then words with buttons; from a button the words alone, the album is one press away."""

    def piece(tx: Tx) -> None:
        typed = turn.query_id is None
        catalog = catalogs.current(tx, now=turn.now)
        if typed and (first := next(iter(_with_photos(tx, catalog)), None)) is not None:
            turn.say(tx, "guest.photos", {"unit": first.id})
        turn.screen(tx, "about", ring=typed)

    await turn.write(piece)


@texts.renders("screen.about")
def about(scene: Scene) -> Message:
    catalog, words, tx = catalogs.current(scene.tx, now=scene.now), scene.words, scene.tx
    language = words.language

    def text(key: str) -> str:
        return house_words.texts(tx, key, language, now=scene.now).strip()

    addresses = dict.fromkeys(house_words.address(tx, unit, language, now=scene.now) for unit in catalog.units)
    places = [words.t("about.place", address=address) for address in addresses if address][:MOST_ALBUMS]
    rules = text("rules")
    albums = _with_photos(tx, catalog)
    lines = [
        words.t("about.title", house=say(catalog.name, language)),
        text("about"),
        *places,
        words.t("about.rules", rules=rules) if rules else "",
        "" if albums else words.t("about.no_photos"),
    ]
    rows = [*_album_rows(catalog, albums, scene), _place_row(text("map_url") if places else "", scene)]
    rows.append((menu_button(words, "menu.button.dates", "dates"), menu_button(words, "button.menu", "menu")))
    return Message(join("\n\n", lines), tuple(row for row in rows if row))


def _with_photos(tx: Tx, catalog: Catalog) -> list[Unit]:
    """Units whose photos were sent to the bot: files beside the document cannot be shown from here."""
    return [unit for unit in catalog.units if settings.photos(tx, unit.id)][:MOST_ALBUMS]


def _album_rows(catalog: Catalog, albums: list[Unit], scene: Scene) -> list[tuple[Button, ...]]:
    words = scene.words
    if len(albums) == 1:
        return [(Button(words.plain("about.button.photos"), data=_album(catalog, albums[0])),)]
    return [
        (
            Button(
                words.plain("about.button.photos_of", unit=cut(say(unit.name, words.language), LONGEST_NAME)),
                data=_album(catalog, unit),
            ),
        )
        for unit in albums
    ]


def _album(catalog: Catalog, unit: Unit) -> str:
    return act("gi", arg=str(catalog.units.index(unit)))


def _place_row(url: str, scene: Scene) -> tuple[Button, ...]:
    if not url.startswith(("https://", "http://")):
        return ()
    return (Button(scene.words.plain("about.button.place"), url=url),)


@router.callback_query(Acted("gi"))
async def album(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        units = catalogs.current(tx, now=turn.now).units
        number = int(act.arg) if act.arg.isdigit() else len(units)
        if number >= len(units) or not settings.photos(tx, units[number].id):
            raise Refusal("stale")
        turn.say(tx, "guest.photos", {"unit": units[number].id})

    await turn.write(piece)


@texts.renders("guest.photos")
def photos(scene: Scene) -> Message:
    catalog = catalogs.current(scene.tx, now=scene.now)
    unit = catalog.unit(scene.facts["unit"])
    found = settings.photos(scene.tx, unit.id) if unit else ()
    if unit is None or not found:
        raise Refusal("stale")
    return Message(
        scene.words.t("about.title", house=say(unit.name, scene.words.language)),
        pictures=tuple(Picture(file_id=file_id) for file_id in found),
    )
