"""Owns who comes: counts with a noun or a preposition, and bands told apart."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from housebot.domain.catalog import Catalog
from housebot.domain.phrases.text import Reader, whole

_ADULT = r"взросл\w{0,3}|взр|adults?"
_CHILD = r"дет(?:и|ей|ьми|ям|ки|ками|ок)|реб(?:ен(?:ок|ка|ком|очек|очком))?|child(?:ren)?|kids?"
_INFANT = r"младен\w{1,4}|груднич\w{1,4}|малыш\w{0,3}|infants?|bab(?:y|ies)"
_BAND = whole(rf"(?:(\d{{1,2}}) ?)?(?:({_ADULT})|({_CHILD})|({_INFANT}))")
_NUMBER_FIRST = re.compile(rf"\d ?(?:{_ADULT}|{_CHILD}|{_INFANT})")
_NUMBER_LAST = whole(rf"({_ADULT}|{_CHILD}|{_INFANT}) ?[:-]? ?(\d{{1,2}})")
_COUPLES = whole(r"(\d) ?(?:пар[аы]?|couples)")
_PLUS = whole(r"(\d{1,2}) ?\+ ?(\d{1,2})")
_HEADS = (
    whole(
        r"(\d{1,3}) ?-?(?:х |ти |и |ех |мя |ро )?(?:чел\w{0,5}|люд\w{1,3}|гост\w{1,3}|персон\w{0,2}|нас|people|persons?|guests?|ppl|pax|of us)"
    ),
    whole(r"нас (?:будет |всего |где то |примерно |около )?(\d{1,2})(?![\d:.])"),
    whole(r"(?:на|для|компани\w|за) (\d{1,2}) ?-?(?:х|ех|их|ти|мя)"),
    whole(
        r"(?:для|for|we are|we re|were|we will be|party of|group of|us) (\d{1,2})(?![\d:.]| ?(?:am|pm|час|h|пар|couple))"
    ),
)
_ALONE = whole(r"я (?:1|сам|сама)|just me|alone|solo|на 1")
_PAIR = whole(
    r"парой|для пары|a couple|for a couple|с (?:женой|мужем|девушкой|парнем)|with my (?:wife|husband|girlfriend|boyfriend|partner)"
)


@dataclass(frozen=True, slots=True)
class Party:
    """Who comes."""

    guests: int | None = None  # 0 where somebody said so: that is told, not guessed
    bands: Mapping[str, int] = field(default_factory=dict)
    contradiction: bool = False

    @classmethod
    def read(cls, reader: Reader, catalog: Catalog | None) -> "Party":
        """Counts with a noun or a preposition; bands told apart add up to the guests."""
        adult, child, infant = _bands(catalog)
        if not _NUMBER_FIRST.search(reader.text):  # «взрослых 2, детей 1»
            reader.text = _NUMBER_LAST.sub(r"\2 \1", reader.text)
        bands: dict[str, int] = {}
        counting = 0
        if found := reader.take(_PLUS):
            bands = _added({}, ((adult, int(found[1])), (child, int(found[2]))))
            counting = int(found[1]) + int(found[2])
        for found in reader.take_all(_BAND, lambda one: bool(one[1]) or bool(one[3] or one[4])):
            number = int(found[1] or 1)
            band = adult if found[2] else child if found[3] else infant
            if found[1] is None and not bands and not _others_follow(reader):
                continue  # «с ребенком» alone does not say how many come
            bands = _added(bands, ((band, number),))
            counting += 0 if found[4] and infant not in (adult, child) else number
        totals = {int(found[1]) for pattern in _HEADS for found in reader.take_all(pattern)}
        if totals == {0} and not bands:
            return cls(guests=0)
        totals |= {2 * int(found[1]) for found in reader.take_all(_COUPLES)}
        if reader.take(_ALONE) and not totals and not bands:
            totals = {1}
        if reader.take(_PAIR) and not totals and not bands:
            totals = {2}
        if bands and not (set(bands) == {child} and totals):
            totals |= {counting}
        totals -= {0}
        if len(totals) != 1:
            return cls(contradiction=len(totals) > 1)
        return cls(guests=totals.pop(), bands={band: number for band, number in bands.items() if number})

    def or_bare_number(self, reader: Reader) -> "Party":
        """«сб, 4, сауна»: beside a day, one number that belongs to nothing else is the guests."""
        numbers = re.findall(r"(?<![\w.,:/+-])\d{1,2}(?![\w.:/+-])", reader.text)
        found = int(numbers[0]) if len(numbers) == 1 else 0
        return Party(guests=found) if 1 <= found <= 30 and not re.search(r"\b(?:на|в|с|к) \d", reader.text) else self


def _others_follow(reader: Reader) -> bool:
    return re.search(rf"\d ?(?:{_ADULT})", reader.text) is not None


def _added(bands: Mapping[str, int], more: Iterable[tuple[str, int]]) -> dict[str, int]:
    together = dict(bands)
    for band, number in more:
        together[band] = together.get(band, 0) + number
    return together


def _bands(catalog: Catalog | None) -> tuple[str, str, str]:
    """Which bands of the catalog an adult, a child and an infant are; one that is missing counts as the next older."""
    if catalog is None or not catalog.bands:
        return "adult", "child", "infant"
    adult = next((band.id for band in catalog.bands if band.adult), catalog.bands[0].id)
    child = next((band.id for band in catalog.bands if not band.adult and band.counts), adult)
    infant = next((band.id for band in catalog.bands if not band.counts), child)
    return adult, child, infant
