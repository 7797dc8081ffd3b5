"""Owns the way from a row of the outbox to words: a table of kinds, and the limits every message must keep (T7)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from housebot.errors import Refusal
from housebot.services.ports import Message, Outgoing, Tx
from housebot.words import CAPTION_LIMIT, MESSAGE_LIMIT, Words, fit, translator


@dataclass(frozen=True, slots=True)
class Scene:
    """What a text may know: the row and its facts, the words of its language, and the desk as it is at delivery."""

    tx: Tx
    row: Outgoing
    words: Words
    now: datetime

    @property
    def facts(self) -> dict[str, Any]:
        return self.row.facts


Text = Callable[[Scene], Message]


class Texts:
    """A table of kinds, filled by decorators: `@texts.renders("guest.hold")`."""

    def __init__(self) -> None:
        self.table: dict[str, Text] = {}

    def renders(self, *kinds: str) -> Callable[[Text], Text]:
        def add(text: Text) -> Text:
            for kind in kinds:
                if kind in self.table:
                    raise ValueError(f"{kind} is rendered twice")
                self.table[kind] = text
            return text

        return add


class TableRenderer:
    """Finds the text of a kind. It runs while a read is open: drawing belongs into `Picture.draw`."""

    def __init__(self, parts: Iterable[Texts]) -> None:
        self._table: dict[str, Text] = {}
        for part in parts:
            twice = self._table.keys() & part.table.keys()
            if twice:
                raise ValueError(f"rendered twice: {', '.join(sorted(twice))}")
            self._table |= part.table

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self._table)

    def render(self, tx: Tx, row: Outgoing, *, now: datetime) -> Message:
        """Refusal("stale") when there is nothing left to say; LookupError for a kind nobody renders."""
        message = self._table[row.kind](Scene(tx, row, translator(row.language), now))
        return replace(message, text=fit(message.text, CAPTION_LIMIT if message.pictures else MESSAGE_LIMIT))


replies = Texts()


@replies.renders("reply.refusal")
def _refusal(scene: Scene) -> Message:
    return Message(scene.words.refusal(Refusal(scene.facts["code"], **scene.facts["facts"])))


@replies.renders("reply.trouble")
def _trouble(scene: Scene) -> Message:
    return Message(scene.words.t("reply.trouble"))
