"""Owns the photos of a unit: open the page, send them one by one or as an album, or clear them all."""

from collections.abc import Callable
from typing import Any

from aiogram import F, Router
from aiogram.filters import BaseFilter
from aiogram.types import Message

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.people import LEADERS, Works, actor_of
from housebot.bot.staff.settings import saved, shared
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.services import catalogs, outbox, ports, settings, staff
from housebot.services.ports import Tx

COUNT = "settings:photos"

router = Router(name="staff.settings.photos")
texts = Texts()


class PhotosOpen(BaseFilter):
    """While the page of photos is open in a private chat, and nobody plays the guest there; hands `unit` over."""

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, Any]:
        if turn.chat is None or turn.user is None or not turn.chat.is_private:
            return False
        telegram_id, unit = turn.user.id, turn.data.get("photos")
        if not unit:
            return False
        person = turn.read(lambda tx: staff.role_of(tx, telegram_id))
        return {"unit": unit} if person is not None and not person.guest_view else False


def _page(tx: Tx, turn: Turn, argument: str) -> None:
    """Where there are several units, which one is asked first."""
    shared.may(tx, turn)
    catalog = catalogs.current(tx, now=turn.now)
    if not argument and len(catalog.units) > 1:
        shared.show(tx, turn, "photo_units")
        return
    unit = shared.unit_of(catalog, argument or catalog.units[0].id)
    shared.show(tx, turn, "photos", {"unit": unit.id})
    turn.set_data(turn.data | {"photos": unit.id})


def _clear(tx: Tx, turn: Turn, argument: str) -> None:
    person = shared.may(tx, turn)
    unit = shared.unit_of(catalogs.current(tx, now=turn.now), argument)
    before = list(settings.photos(tx, unit.id)) or None
    settings.clear_photos(tx, unit.id, actor=actor_of(person), now=turn.now)
    _page(tx, turn, unit.id)
    if before:
        saved.remember(tx, turn, f"photos.{unit.id}", before, what="photos")


PAGES: dict[str, Callable[[Tx, Turn, str], None]] = {"photos": _page, "photos-clear": _clear}


@router.message(F.photo, PhotosOpen(), Works(LEADERS))
async def sent(message: Message, turn: Turn, unit: str) -> None:
    """Counted in one line, however many an album has."""

    def piece(tx: Tx) -> None:
        person = shared.may(tx, turn)
        assert message.photo
        assert turn.chat is not None
        shared.unit_of(catalogs.current(tx, now=turn.now), unit)
        settings.add_photo(tx, unit, message.photo[-1].file_id, actor=actor_of(person), now=turn.now)
        first = message.media_group_id is None
        outbox.put(
            tx,
            kind="staff.settings.photo_count",
            facts={"unit": unit, **({"ring": True} if first else {})},
            chat_id=turn.chat.id,
            delivery="latest",
            priority=outbox.SCREEN,
            language=turn.language,
            card=COUNT,
            now=turn.now,
        )

    await turn.write(piece)


@texts.renders("staff.settings.photo_units")
def units(scene: Scene) -> ports.Message:
    words, catalog = scene.words, catalogs.current(scene.tx, now=scene.now)
    return ports.Message(words.t("settings.photos_of"), (*unit_rows(scene, catalog, "photos"), shared.back(words)))


def unit_rows(scene: Scene, catalog: Catalog, page: str) -> tuple[tuple[ports.Button, ...], ...]:
    """A button for each unit, two in a row."""
    buttons = [shared.to(shared.unit_name(unit, scene.words)[:60], f"{page}:{unit.id}") for unit in catalog.units[:80]]
    return tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))


@texts.renders("staff.settings.photos")
def page(scene: Scene) -> ports.Message:
    words, unit = scene.words, str(scene.facts["unit"])
    count = len(settings.photos(scene.tx, unit))
    text = words.t("settings.photos_ask")
    if not count:
        return ports.Message(text, (shared.back(words),))
    clear = shared.to(words.plain("settings.button.clear_photos"), f"photos-clear:{unit}")
    return ports.Message(f"{text}\n{words.n('settings.photos_count', count)}", ((clear,), shared.back(words)))


@texts.renders("staff.settings.photo_count")
def counted(scene: Scene) -> ports.Message:
    unit = str(scene.facts["unit"])
    count = len(settings.photos(scene.tx, unit))
    clear = shared.to(scene.words.plain("settings.button.clear_photos"), f"photos-clear:{unit}")
    return ports.Message(scene.words.n("settings.photos_count", count), ((clear,), shared.back(scene.words)))
