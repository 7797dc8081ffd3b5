"""Owns the list of columns that hold sealed secrets, so that whoever changes keys or looks for plain ones misses none."""

from collections.abc import Iterator
from typing import NamedTuple

from housebot.storage.tx import Tx


class Place(NamedTuple):
    """A column whose values are sealed; `only` narrows it to some rows."""

    table: str
    column: str
    only: str = "TRUE"


class Value(NamedTuple):
    """One stored secret."""

    place: Place
    row: int
    text: str


# A table with a secret of its own adds its line here.
PLACES: tuple[Place, ...] = (
    Place("meta", "value", "key GLOB 'hook_token.*'"),
    Place("webhook_endpoints", "url", "state <> 'removed'"),
    Place("webhook_endpoints", "secret", "state <> 'removed'"),
    Place("webhook_endpoints", "older_secret", "state <> 'removed'"),
)


def everything(tx: Tx) -> Iterator[Value]:
    """Every stored secret, sealed or of a time before sealing."""
    for place in PLACES:
        table, column, only = place
        for row in tx.all(f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL AND {only}"):  # noqa: S608  ours
            yield Value(place, row[0], row[1])


def replace(tx: Tx, value: Value, text: str) -> None:
    """Store the same secret, sealed anew."""
    table, column, _ = value.place
    tx.run(f"UPDATE {table} SET {column} = :text WHERE rowid = :row", text=text, row=value.row)  # noqa: S608  ours
