"""Owns a page of a short list: in the order of the numbers, which nothing changes, so that no row is lost or comes twice (A3)."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from housebot.services import views
from housebot.web.api.shapes import Page

T = TypeVar("T")


def page(found: Iterable[T], query: Page, *, number: Callable[[T], int]) -> tuple[list[T], str | None]:
    """The rows of that page, and the cursor of the next one."""
    after = 0 if query.cursor is None else views.numbered(query.cursor)
    rows = sorted((one for one in found if number(one) > after), key=number)
    shown = rows[: query.limit]
    return shown, views.cursor_behind(number(shown[-1])) if len(rows) > query.limit else None
