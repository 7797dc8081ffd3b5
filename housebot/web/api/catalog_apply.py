"""Owns how another program changes what is sold: by a whole document, judged first, from who has seen what it replaces (R30)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from housebot.domain.catalog_document import Document, to_catalog
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Tx
from housebot.web import answers
from housebot.web.api import asked, bodies
from housebot.web.api.catalog import DOCUMENT, TAG, etag, named
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.rehearsal import tried
from housebot.web.api.shapes import Body, Day, Line, Params, Shown

MOST_PROBLEMS = 100  # that are said at once


class CatalogSent(Body):
    """The whole canonical document, as `GET /catalog` shows it."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    name: Any
    currency: str
    zone: str
    units: list[dict[str, Any]]
    tariffs: list[dict[str, Any]]


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


@dataclass(frozen=True, slots=True)
class Judged:
    """A good document, and what surprises in it."""

    document: Document
    findings: list[dict[str, Any]]


def judge(raw: bytes, now: datetime) -> Judged:
    """The body as a good document; `invalid` with `problems`, each with its place. It takes long: not on the loop, one at a time."""
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
    if not named(call.headers, "If-Match", None if follows is None else etag(follows)):
        return _no(call, Refusal("stale", what="catalog"), 412)
    return None


def apply(tx: Tx, call: Call) -> Answer | dict[str, Any]:
    """Make it the one in force, if the client has seen the one that it follows."""
    judged: Judged = call.body
    query: How = call.query
    since = None if query.from_date is None else asked.day(query.from_date)
    if (no := not_seen(tx, call)) is not None:  # somebody was faster while it was judged
        return no
    with tried(tx, dry_run=query.dry_run):
        done = catalogs.apply(tx, judged.document, actor=call.actor, now=call.now, from_date=since, note=query.note)
    said = _said(done, judged, dry_run=query.dry_run)
    return said if query.dry_run else Answer(said, headers={"ETag": etag(catalogs.digest(tx, done.version))})


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


OPERATIONS = [
    Operation(
        "PUT",
        "/catalog",
        name="applyCatalog",
        summary="Make a document the one in force",
        tag="catalog",
        description="`If-Match` names the ETag of the version that it follows on `from_date` (`*` for any); without it 428, for another "
        "one 412. Mistakes are 422 with `details.problems: [{place, message}]`. Up to 1 MB. "
        "Documents are judged one after another: of several the later ones wait.",
        scope="admin",
        query=How,
        takes=CatalogSent,
        body_example=DOCUMENT,
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
        answer_headers={"ETag": TAG},
    ),
]
