"""Owns a page of a list: in the order of the numbers, which nothing changes, so that no row is lost or comes twice (A3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Generic, Protocol, TypeVar

from pydantic import Field

from housebot.services import audit, views
from housebot.services.ports import Tx
from housebot.web.api import asked
from housebot.web.api.shapes import Instant, Page

T = TypeVar("T")


class Numbered(Protocol):
    """A row that people tell from another by its number."""

    @property
    def id(self) -> int: ...


N = TypeVar("N", bound=Numbered)


class Changes(Page):
    """A page, or what somebody has done to it since the last look."""

    updated_since: Annotated[
        Instant | None, Field(description="Those alone that were made or changed since, whatever they are by now.")
    ] = None


class Standing(Changes):
    """A page of what has an end: what is over is left out unless it is asked for, or was changed since the last look."""

    past: Annotated[bool, Field(description="What is over too.")] = False

    @property
    def whole(self) -> bool:
        """Whether what is over is wanted too."""
        return self.past or self.updated_since is not None


@dataclass(frozen=True, slots=True)
class Listed(Generic[N]):
    """The rows of a page, the cursor of the next one, and with `updated_since` the numbers of those that are gone since."""

    rows: list[N]
    next_cursor: str | None
    gone: list[int]


def changed(tx: Tx, kind: str, query: Changes, found: Iterable[N]) -> Listed[N]:
    """The page of all that was found, or of what the history of that kind names since the last look."""
    rows, gone = list(found), []
    if query.updated_since is not None:
        touched = audit.numbers_since(tx, kind, asked.an_instant(query.updated_since))
        gone = sorted(touched - {one.id for one in rows})
        rows = [one for one in rows if one.id in touched]
    shown, more = page(rows, query, number=lambda one: one.id)
    return Listed(shown, more, gone)


def behind(query: Page) -> int:
    """The number after which the page begins."""
    return 0 if query.cursor is None else views.numbered(query.cursor)


def page(found: Iterable[T], query: Page, *, number: Callable[[T], int]) -> tuple[list[T], str | None]:
    """The rows of that page, and the cursor of the next one. Of a long list one row more than the page is enough."""
    after = behind(query)
    rows = sorted((one for one in found if number(one) > after), key=number)
    shown = rows[: query.limit]
    return shown, views.cursor_behind(number(shown[-1])) if len(rows) > query.limit else None
