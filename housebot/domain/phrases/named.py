"""Owns finding what the catalog names in a phrase: extras, tariffs and units, whatever their Russian ending."""

import re

from housebot.domain.catalog import Extra, Tariff, Unit
from housebot.domain.phrases.text import Reader, normal

_WRITTEN = """
    иями ями ами иях ях ах иям ям ам ией ей ой ого его ому ему ыми ими ый ий ая яя ое ее ые ие ых их ую юю ов ев ом ем
    ия ию ии а я у ю ы и е о ь й
"""
_ENDINGS = sorted(_WRITTEN.split(), key=len, reverse=True)
_NO = frozenset({"без", "не", "no", "without"})
_NOT_AFTER = re.compile(r"\s*(?:не|не нужн\w*|не надо|not)\b")
_LENGTH_WORDS = frozenset(["day", "days", "night", "nights", "hour", "hours", "сутк", "ден", "дн", "ноч", "час"])


def _stem(word: str) -> str:
    """Баня, баней, бане, бани → бан: enough to know one noun by another form of it."""
    if word.isascii():
        return word[:-1] if len(word) > 3 and word.endswith("s") else word
    ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= 3), "")
    return word.removesuffix(ending)


def _find(reader: Reader, name: str) -> tuple[bool, bool]:
    """Whether the text names this thing, and whether it says no to it."""
    wanted = [_stem(word) for word in re.findall(r"\w+", normal(name.replace("-", " ")))]
    if not wanted or (len(wanted) == 1 and len(wanted[0]) < 3):
        return False, False
    tokens = list(re.finditer(r"\w+", reader.text))
    stems = [_stem(token[0]) for token in tokens]
    for place in range(len(stems) - len(wanted) + 1):
        if stems[place : place + len(wanted)] != wanted:
            continue
        start, end = tokens[place].start(), tokens[place + len(wanted) - 1].end()
        refused = (place > 0 and tokens[place - 1][0] in _NO) or bool(_NOT_AFTER.match(reader.text[end:]))
        reader.text = f"{reader.text[:start]} | {reader.text[end:]}"
        return True, refused
    return False, False


def _names(thing: Extra | Tariff | Unit) -> list[str]:
    """Longest first, so that «вторая спальня» is not taken for a «спальня»."""
    names = {*thing.aliases, thing.id, *(words.partition(",")[0] for words in thing.name.values())}
    return sorted(names, key=lambda name: (-len(name), name))


def find_wishes(reader: Reader, extras: tuple[Extra, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Extras refused and extras wanted, in the order of the catalog."""
    refused: list[str] = []
    wanted: list[str] = []
    for extra in extras:
        for name in _names(extra):
            found, no = _find(reader, name)
            if found:
                (refused if no else wanted).append(extra.id)
                break
    return tuple(refused), tuple(wanted)


def find_tariff(reader: Reader, tariffs: tuple[Tariff, ...]) -> str | None:
    """A tariff named outright; names made of lengths alone were understood as lengths."""
    named = [
        (name, tariff.id)
        for tariff in tariffs
        if tariff.active
        for name in _names(tariff)
        if not {_stem(word) for word in re.findall(r"[^\W\d]+", normal(name))} <= _LENGTH_WORDS
    ]
    longest_first = sorted(named, key=lambda one: -len(one[0]))
    return next((tariff_id for name, tariff_id in longest_first if _find(reader, name)[0]), None)


def find_unit(reader: Reader, units: tuple[Unit, ...]) -> str | None:
    """A unit named outright, where there is a choice."""
    if len(units) < 2:
        return None
    named = sorted(((name, unit.id) for unit in units for name in _names(unit)), key=lambda one: -len(one[0]))
    return next((unit_id for name, unit_id in named if _find(reader, name)[0]), None)
