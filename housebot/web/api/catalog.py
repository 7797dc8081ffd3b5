"""Owns what the API does with the catalog: shown with its ETag, applied by who has seen what it replaces, its history (R30)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from housebot.domain.catalog_document import Document, to_catalog
from housebot.domain.period import local, utc_text
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Tx
from housebot.web import answers
from housebot.web.api import asked, bodies, pages
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.shapes import Body, Day, Id, Line, Params, Shown

MOST_PROBLEMS = 100  # that are said at once


class CatalogShown(Shown):
    """The canonical document: money in minor units, percents in basis points, lengths in minutes. What has its default is left out."""

    name: Any
    currency: str
    zone: str
    units: list[dict[str, Any]]
    tariffs: list[dict[str, Any]]


class CatalogSent(Body):
    """The whole canonical document, as `GET /catalog` shows it."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    name: Any
    currency: str
    zone: str
    units: list[dict[str, Any]]
    tariffs: list[dict[str, Any]]


class Which(Params):
    version: Annotated[Id | None, Field(description="Else the one in force.")] = None


class How(Params):
    from_date: Annotated[Day | None, Field(description="For quotes made from that local day on; else today.")] = None
    dry_run: Annotated[bool, Field(description="Show what would change, change nothing.")] = False
    note: Annotated[Line, Field(description="Why, for the history.")] = ""


class Finding(Shown):
    """Something legal that surprises."""

    code: str
    place: str
    message: str
    severity: str


class Applied(Shown):
    """What was done, or would be: nothing where `changes` is empty. `covered_by_hand` lies above the document."""

    version: int
    from_: Annotated[str, Field(alias="from")]
    changes: list[str]
    covered_by_hand: list[str]
    later_versions: list[int]
    findings: list[Finding]
    dry_run: bool


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


@dataclass(frozen=True, slots=True)
class Judged:
    """A good document, and what surprises in it."""

    document: Document
    findings: list[dict[str, Any]]


class _Undone(Exception):  # noqa: N818  it is meant
    """What was tried is taken back."""


def show(tx: Tx, call: Call) -> Answer:
    """The document in force, or an earlier one; 304 for who has it."""
    number = call.query.version or catalogs.number(tx, now=call.now)
    tag = _tag(catalogs.digest(tx, number))
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if _named(call.headers, "If-None-Match", tag):
        return Answer(None, 304, headers)
    return Answer(catalogs.document(tx, number), headers=headers)


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


def judge(raw: bytes, now: datetime) -> Judged:
    """The body as a good document; `invalid` with `problems`, each with its place. It takes long: not on the loop."""
    from housebot import catalog_json  # the shapes of the file are heavy, and few ever send one
    from housebot.catalog_problems import CatalogProblems
    from housebot.domain.linter import lint

    try:
        document = catalog_json.judge(bodies.plain(raw))
    except CatalogProblems as mistakes:
        problems = [{"place": one.place, "message": one.message} for one in mistakes.problems[:MOST_PROBLEMS]]
        raise Refusal("invalid", reason="catalog", problems=problems) from None
    catalog = to_catalog(document, version=1)
    return Judged(document, [asdict(one) for one in lint(catalog, today=local(now, catalog.zone).date())])


def not_seen(tx: Tx, call: Call) -> Answer | None:
    """412 or 428 for who has not seen the one that it would follow."""
    if "If-Match" not in call.headers:
        return _no(call, Refusal("invalid", reason="if_match_missing"), 428)
    since = None if call.query.from_date is None else asked.day(call.query.from_date)
    follows = catalogs.followed(tx, since, now=call.now)
    if not _named(call.headers, "If-Match", None if follows is None else _tag(follows)):
        return _no(call, Refusal("stale", what="catalog"), 412)
    return None


def apply(tx: Tx, call: Call) -> Answer | dict[str, Any]:
    """Make it the one in force, if the client has seen the one that it follows."""
    judged: Judged = call.body
    query: How = call.query
    since = None if query.from_date is None else asked.day(query.from_date)
    if (no := not_seen(tx, call)) is not None:  # somebody was faster while it was judged
        return no
    try:
        with tx.attempt():
            done = catalogs.apply(tx, judged.document, actor=call.actor, now=call.now, from_date=since, note=query.note)
            if query.dry_run:
                raise _Undone
            tag = _tag(catalogs.digest(tx, done.version))
    except _Undone:
        return _said(done, judged, dry_run=True)
    return Answer(_said(done, judged, dry_run=False), headers={"ETag": tag})


def _said(done: catalogs.Applied, judged: Judged, *, dry_run: bool) -> dict[str, Any]:
    return {
        "version": done.version,
        "from": done.from_date.isoformat(),
        "changes": done.changes,
        "covered_by_hand": done.covered,
        "later_versions": done.later,
        "findings": judged.findings,
        "dry_run": dry_run,
    }


def _no(call: Call, refusal: Refusal, status: int) -> Answer:
    return Answer(answers.envelope(refusal.code, answers.words(refusal, call.language), refusal.facts), status)


def _tag(digest: str) -> str:
    return f'"{digest}"'


def _named(headers: Mapping[str, str], name: str, tag: str | None) -> bool:
    """Whether the header names the tag, or any by a star."""
    said = [word.strip().removeprefix("W/") for word in headers.get(name, "").split(",")]
    return "*" in said or (tag is not None and tag in said)


_DOCUMENT = {
    "name": {"ru": "Дом", "en": "House"},
    "currency": "BYN",
    "zone": "Europe/Minsk",
    "languages": ["ru", "en"],
    "units": [{"id": "house", "name": {"ru": "Дом", "en": "House"}, "zone": "Europe/Minsk", "parts": ["house"]}],
    "tariffs": [{"id": "day", "name": {"ru": "Сутки", "en": "Day"}, "kind": "block", "price": 70000, "minutes": 1440}],
}
_TAG = "Of the canonical document."

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
        example=_DOCUMENT,
        reads=show,
        refusals=("not_found",),
        also=(304,),
        headers={"If-None-Match": "An ETag from before: 304 while it is still so."},
        answer_headers={"ETag": _TAG},
    ),
    Operation(
        "PUT",
        "/catalog",
        name="applyCatalog",
        summary="Make a document the one in force",
        tag="catalog",
        description="`If-Match` names the ETag of the version that it follows on `from_date` (`*` for any); without it 428, for another "
        "one 412. Mistakes are 422 with `details.problems: [{place, message}]`. Up to 1 MB.",
        scope="admin",
        query=How,
        takes=CatalogSent,
        body_example=_DOCUMENT,
        judges=judge,
        stops=not_seen,
        answers=Applied,
        example={
            "version": 2,
            "from": "2026-11-20",
            "changes": ["tariffs (day) → price: 700 → 750"],
            "covered_by_hand": [],
            "later_versions": [],
            "findings": [],
            "dry_run": False,
        },
        writes=apply,
        refusals=("not_found",),
        also=(412, 428),
        headers={"If-Match": "The ETag of what it replaces."},
        answer_headers={"ETag": _TAG},
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
