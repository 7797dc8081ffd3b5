"""Owns how other programs read what is sold: the document with its ETag, and every version that was applied (R30)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from housebot.domain.period import utc_text
from housebot.services import catalog_versions, catalogs
from housebot.services.ports import Tx
from housebot.web.api import asked, pages
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.shapes import Id, Params, Shown


class CatalogShown(Shown):
    """The canonical document: money in minor units, percents in basis points, lengths in minutes. What has its default is left out."""

    name: Any
    currency: str
    zone: str
    units: list[dict[str, Any]]
    tariffs: list[dict[str, Any]]


class Which(Params):
    version: Annotated[Id | None, Field(description="Else the one in force.")] = None


class Version(Shown):
    version: int
    digest: str
    zone: str
    from_date: str
    created_at: str
    actor: str
    note: str
    in_force: bool


class Versions(Shown):
    items: list[Version]
    next_cursor: str | None


def show(tx: Tx, call: Call) -> Answer:
    """The document in force, or an earlier one; 304 for who has it."""
    number = call.query.version or catalogs.number(tx, now=call.now)
    tag = etag(catalogs.digest(tx, number))
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if named(call.headers, "If-None-Match", tag):
        return Answer(None, 304, headers)
    return Answer(catalog_versions.document(tx, number), headers=headers)


def history(tx: Tx, call: Call) -> dict[str, Any]:
    """Every version, oldest first."""
    found = catalogs.history(tx)
    query: pages.Changes = call.query
    now = catalogs.number(tx, now=call.now) if found else None
    if query.updated_since is not None:
        since = utc_text(asked.an_instant(query.updated_since))
        found = [one for one in found if one.created_at >= since]
    shown, more = pages.page(found, query, number=lambda one: one.version)
    return {
        "items": [one._asdict() | {"in_force": one.version == now} for one in shown],
        "next_cursor": more,
    }


def etag(digest: str) -> str:
    """The ETag of a document."""
    return f'"{digest}"'


def named(headers: Mapping[str, str], name: str, tag: str | None) -> bool:
    """Whether the header names the tag, or any by a star."""
    said = [word.strip().removeprefix("W/") for word in headers.get(name, "").split(",")]
    return "*" in said or (tag is not None and tag in said)


DOCUMENT = {
    "name": {"ru": "Дом", "en": "House"},
    "currency": "BYN",
    "zone": "Europe/Minsk",
    "languages": ["ru", "en"],
    "units": [{"id": "house", "name": {"ru": "Дом", "en": "House"}, "zone": "Europe/Minsk", "parts": ["house"]}],
    "tariffs": [{"id": "day", "name": {"ru": "Сутки", "en": "Day"}, "kind": "block", "price": 70000, "minutes": 1440}],
}
TAG = "Of the canonical document."

OPERATIONS = [
    Operation(
        "GET",
        "/catalog",
        name="getCatalog",
        summary="What is sold: the whole document",
        tag="catalog",
        scope="read",
        query=Which,
        answers=CatalogShown,
        example=DOCUMENT,
        reads=show,
        refusals=("not_found",),
        also=(304,),
        headers={"If-None-Match": "An ETag from before: 304 while it is still so."},
        answer_headers={"ETag": TAG},
    ),
    Operation(
        "GET",
        "/catalog/history",
        name="listCatalogVersions",
        summary="Versions that were applied, page by page",
        tag="catalog",
        scope="read",
        query=pages.Changes,
        answers=Versions,
        example={
            "items": [
                {
                    "version": 1,
                    "digest": "9f2c",
                    "zone": "Europe/Minsk",
                    "from_date": "2026-11-20",
                    "created_at": "2026-11-20T12:00:00Z",
                    "actor": "shell:anna",
                    "note": "",
                    "in_force": True,
                }
            ],
            "next_cursor": None,
        },
        reads=history,
    ),
]
