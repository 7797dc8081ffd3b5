"""Owns a page of a short list: in the order of the numbers, which nothing changes, so that no row is lost or comes twice (A3)."""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

from pydantic import Field

from housebot.services import audit, views
from housebot.services.ports import Tx
from housebot.web.api import asked
from housebot.web.api.shapes import Instant, Page

T = TypeVar("T")


class Changes(Page):
    """A page, or what somebody has done to it since the last look."""

    updated_since: Annotated[
        Instant | None, Field(description="Those alone that were made or changed since, whatever they are by now.")
    ] = None


def touched(tx: Tx, kind: str, query: Changes) -> set[int] | None:
    """The numbers of what is asked for as changed, what is gone included; None where everything is."""
    if query.updated_since is None:
        return None
    return audit.numbers_since(tx, kind, asked.an_instant(query.updated_since))


def page(found: Iterable[T], query: Page, *, number: Callable[[T], int]) -> tuple[list[T], str | None]:
    """The rows of that page, and the cursor of the next one."""
    after = 0 if query.cursor is None else views.numbered(query.cursor)
    rows = sorted((one for one in found if number(one) > after), key=number)
    shown = rows[: query.limit]
    return shown, views.cursor_behind(number(shown[-1])) if len(rows) > query.limit else None
