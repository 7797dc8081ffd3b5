"""Owns how a mistake in a catalog file is said: its place as an owner sees it, and what to do."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where (`tariffs[3] (worker) → windows[0].since`) and what."""

    place: str
    message: str

    def __str__(self) -> str:
        """One line for the shell."""
        return f"{self.place}: {self.message}"


class CatalogProblems(Exception):  # noqa: N818  named after what it carries
    """A catalog file with mistakes; `problems` holds every one of them, in the order of the file's sections."""

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = list(dict.fromkeys(problems))
        super().__init__("\n".join(map(str, self.problems)))


def item_place(section: str, index: int, table: Any) -> str:
    """`tariffs[3] (worker)`: the section, the position from 0, and the id where there is one."""
    name = id_of(table)
    return f"{section}[{index}] ({name})" if name else f"{section}[{index}]"


def id_of(table: Any) -> str | None:
    """The id an owner gave, whether or not it is a good one."""
    name = table.get("id") if isinstance(table, dict) else None
    return name[:40] if isinstance(name, str) and name else None


def inside(place: str, *path: str | int) -> str:
    """The place with the way further in: keys joined by dots, positions in brackets."""
    way = ""
    for step in path:
        way += f"[{step}]" if isinstance(step, int) else f".{step}" if way else step
    return f"{place} → {way}" if place and way else place or way or "file"


def unknown_key(key: str, known: Collection[str]) -> str:
    """What to say of a key nobody knows, with the nearest one that is known."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
    return f"there is no such key; did you mean {near[0]!r}?" if near else "there is no such key"


def explain(error: ErrorDetails, known: Collection[str]) -> str:
    """A pydantic error in the words of somebody who edits a file."""
    facts = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "this is missing"
        case "extra_forbidden":
            return unknown_key(str(error["loc"][-1]), known)
        case "value_error":
            return str(facts["error"])
        case "literal_error":
            return f"write one of {str(facts['expected']).replace(' or ', ', ')}"
        case "int_type" | "int_from_float":
            return "write a whole number, without quotes"
        case "string_type":
            return "write words in quotes"
        case "bool_type":
            return "write true or false, without quotes"
        case "list_type":
            return "write a list in square brackets: [ … ]"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "write a table: { key = value, … }"
        case "greater_than_equal":
            return f"write {facts['ge']} or more"
        case "less_than_equal":
            return f"write {facts['le']} or less"
        case "too_short":
            return f"write at least {facts['min_length']}"
        case "too_long":
            return f"write at most {facts['max_length']}"
        case "string_too_short":
            return "the words are missing"
        case "string_too_long":
            return f"write at most {facts['max_length']} characters"
        case "string_pattern_mismatch":
            return "write small latin letters, digits and hyphens only, at most 24, such as second-bedroom"
        case _:
            return error["msg"]
