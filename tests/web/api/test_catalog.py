"""The catalog by API: shown with its ETag, replaced by who has seen it, judged whole (R30, A1)."""

import asyncio
import copy
import io
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from housebot import catalog_json
from housebot.domain.catalog_document import to_document
from housebot.web.api.catalog import named
from tests import factories
from tests.web.serving import Served, serving

CATALOG = "/api/v1/catalog"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def shown(desk: Served, query: str = "") -> tuple[dict[str, Any], str]:
    status, document, headers = await desk.ask("GET", CATALOG + query, key=await desk.key("read"))
    assert status == 200, document
    return document, _tag(headers)


def _tag(headers: dict[str, str]) -> str:
    return next(value for name, value in headers.items() if name.lower() == "etag")


async def put(desk: Served, document: Any, tag: str = "*", query: str = "") -> tuple[int, Any]:
    status, said, _ = await desk.ask("PUT", CATALOG + query, key=await desk.key("admin"), json=document, If_Match=tag)
    return status, said


def dearer(document: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    worker = next(one for one in changed["tariffs"] if one["id"] == "worker")
    worker["price"] += 5000
    return changed


@pytest.mark.parametrize("name", ["secret_house", "guesthouse", "salon"])
def test_what_the_desk_shows_is_judged_good_and_comes_back_the_same(name: str) -> None:
    document = to_document(getattr(factories, name)())
    assert catalog_json.judge(json.loads(json.dumps(document))) == document


async def test_the_catalog_is_shown_and_not_sent_again_to_who_has_it(desk: Served) -> None:
    document, tag = await shown(desk)
    assert document == json.loads(json.dumps(to_document(factories.secret_house())))
    for said in (tag, f'"x", W/{tag}', "*"):
        status, content, headers = await desk.ask("GET", CATALOG, key=await desk.key("read"), If_None_Match=said)
        assert (status, content, _tag(headers)) == (304, b"", tag)
    assert (await desk.ask("GET", CATALOG, key=await desk.key("read"), If_None_Match='"x"'))[0] == 200
    assert (await desk.ask("GET", f"{CATALOG}?version=9", key=await desk.key("read")))[0] == 404
    assert (await desk.ask("GET", CATALOG))[0] == 401


async def test_a_document_is_applied_by_who_has_seen_what_it_replaces_and_by_nobody_else(desk: Served) -> None:
    document, tag = await shown(desk)
    status, said = await put(desk, dearer(document), tag)
    assert (status, said["version"], said["dry_run"]) == (200, 2, False)
    assert any("price" in line for line in said["changes"])
    assert isinstance(said["findings"], list)
    after, other = await shown(desk)
    assert (after, other != tag) == (dearer(document), True)
    assert (await shown(desk, "?version=1")) == (document, tag)
    status, said = await put(desk, document, tag)
    assert (status, said["error"]["code"]) == (412, "stale")
    status, said, _ = await desk.ask("PUT", CATALOG, key=await desk.key("admin"), json=document)
    assert (status, said["error"]["code"]) == (428, "invalid")
    assert (await shown(desk)) == (after, other)
    _, versions, _ = await desk.ask("GET", f"{CATALOG}/history", key=await desk.key("read"))
    assert [(one["version"], one["in_force"]) for one in versions["items"]] == [(1, False), (2, True)]


@pytest.mark.parametrize("scope", ["read", "book", "manage"])
async def test_a4_only_admin_changes_what_is_sold(desk: Served, scope: str) -> None:
    document, tag = await shown(desk)
    answer = await desk.ask("PUT", CATALOG, key=await desk.key(scope), json=dearer(document), If_Match=tag)
    assert answer[0] == 403
    assert await shown(desk) == (document, tag)


async def test_a_dry_run_says_what_would_change_and_changes_nothing(desk: Served) -> None:
    document, tag = await shown(desk)
    status, said = await put(desk, dearer(document), tag, "?dry_run=true")
    assert (status, said["dry_run"], len(said["changes"])) == (200, True, 1)
    assert await shown(desk) == (document, tag)
    assert (await put(desk, document, tag))[1]["changes"] == []


async def test_a_document_for_a_later_day_waits_for_it(desk: Served) -> None:
    document, tag = await shown(desk)
    assert (await put(desk, dearer(document), tag, "?from_date=2026-12-01"))[0] == 200
    assert (await shown(desk))[0] == document
    assert (await put(desk, document, tag, "?from_date=2026-12-01"))[0] == 412
    assert (await put(desk, document, "*", "?from_date=2026-11-19"))[0] == 422
    desk.clock.instant = factories.at("2026-11-30T21:00:00Z")
    assert (await shown(desk))[0] == dearer(document)


def broken(document: dict[str, Any], way: str) -> Any:
    changed = copy.deepcopy(document)
    match way:
        case "unknown key":
            changed["colour"] = "red"
        case "missing":
            del changed["tariffs"]
        case "no list":
            changed["tariffs"] = "day"
        case "unknown inside":
            changed["tariffs"][0]["colour"] = "red"
        case "text for a number":
            changed["tariffs"][0]["price"] = "seven"
        case "below nothing":
            changed["tariffs"][0]["price"] = -1
        case "float":
            changed["tariffs"][0]["price"] = 700.5
        case "no zone":
            changed["zone"] = "Europe"
        case "no unit":
            changed["tariffs"][0]["units"] = ["moon"]
        case "twice":
            changed["tariffs"].append(changed["tariffs"][0])
        case "injected":
            changed["tariffs"][0]["name"] = {"ru": 'x"\n[[units]]\nid = "y', "en": "x"}
        case "huge":
            changed["tariffs"][0]["price"] = 10**30
        case "null":
            changed["units"] = None
        case "surrogate":
            changed["name"] = {"ru": "\ud800", "en": "x"}
    return changed


WAYS = [
    "unknown key",
    "missing",
    "no list",
    "unknown inside",
    "text for a number",
    "below nothing",
    "float",
    "no zone",
    "no unit",
    "twice",
    "huge",
    "null",
]


@pytest.mark.parametrize("way", WAYS)
async def test_a2_mistakes_are_named_with_their_places_and_nothing_is_stored(desk: Served, way: str) -> None:
    document, tag = await shown(desk)
    status, said = await put(desk, broken(document, way), tag)
    assert (status, said["error"]["code"]) == (422, "invalid"), said
    problems = said["error"]["details"]["problems"]
    assert problems
    assert all(one["place"] and one["message"] for one in problems)
    assert await shown(desk) == (document, tag)


async def test_a2_half_a_sign_in_a_document_is_no_json_that_could_be_meant(desk: Served) -> None:
    document, tag = await shown(desk)
    status, said = await put(desk, document | {"name": {"ru": "\ud800", "en": "x"}}, tag)
    assert (status, said["error"]["code"]) == (400, "invalid"), said
    assert await shown(desk) == (document, tag)


async def test_words_stay_words_whatever_they_look_like(desk: Served) -> None:
    document, tag = await shown(desk)
    status, said = await put(desk, broken(document, "injected"), tag)
    found, _ = await shown(desk)
    assert [one["id"] for one in found["units"]] == [one["id"] for one in document["units"]], (status, said)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"name": 1, "name": 2}', 400),
        (b'{"name": NaN}', 400),
        (b"\xff", 400),
        (b"[" * 5000, 400),
        (b"[]", 422),
        (b"{}", 422),
    ],
)
async def test_a2_what_is_no_document_is_refused_like_any_body(desk: Served, raw: bytes, status: int) -> None:
    answer = await desk.ask("PUT", CATALOG, key=await desk.key("admin"), raw=raw, If_Match="*")
    assert answer[0] == status, answer


async def test_a2_a_megabyte_is_no_catalog(desk: Served) -> None:
    large: Any = io.BytesIO(b'{"name": "' + b"x" * 1_100_000 + b'"}')
    answer = await desk.ask("PUT", CATALOG, key=await desk.key("admin"), raw=large, If_Match="*")
    assert (answer[0], answer[1]["error"]["code"]) == (413, "body_too_large")


async def test_a_document_is_judged_off_the_loop(desk: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    document, tag = await shown(desk)
    where: list[threading.Thread] = []

    def judge(sent: Any) -> Any:
        where.append(threading.current_thread())
        return sent

    monkeypatch.setattr(catalog_json, "judge", judge)
    assert (await put(desk, document, tag))[0] == 200
    assert where
    assert threading.main_thread() not in where


async def test_who_has_not_seen_what_is_replaced_is_told_before_the_document_is_judged(
    desk: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, tag = await shown(desk)
    judged, judge = 0, catalog_json.judge

    def counted(sent: Any) -> Any:
        nonlocal judged
        judged += 1
        return judge(sent)

    monkeypatch.setattr(catalog_json, "judge", counted)
    assert (await put(desk, document, '"another"'))[0] == 412
    assert judged == 0
    assert (await put(desk, document, tag))[0] == 200
    assert judged == 1


def seen_by(number: int, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when that many have shown that they have seen what they replace."""
    enough, asked = threading.Event(), 0

    def counted(*about: Any) -> bool:
        nonlocal asked
        asked += 1
        if asked == number:
            enough.set()
        return named(*about)

    monkeypatch.setattr("housebot.web.api.catalog_apply.named", counted)
    return enough


async def test_r30_documents_are_judged_one_at_a_time_and_nobody_else_waits(
    desk: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, tag = await shown(desk)
    key = await desk.key("admin")
    enough, go, lock, judge = seen_by(4, monkeypatch), threading.Event(), threading.Lock(), catalog_json.judge
    at_once = most = 0

    def counted(sent: Any) -> Any:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        assert go.wait(60)
        try:
            return judge(sent)
        finally:
            with lock:
                at_once -= 1

    monkeypatch.setattr(catalog_json, "judge", counted)
    path = CATALOG + "?dry_run=true"
    puts = [asyncio.create_task(desk.ask("PUT", path, key=key, json=document, If_Match=tag)) for _ in range(4)]
    while not (enough.is_set() and most):
        assert (await desk.ask("GET", CATALOG, key=key))[0] == 200
    for _ in range(20):  # whoever could begin has begun by then, and the desk answers others meanwhile
        assert (await desk.ask("GET", CATALOG, key=key))[0] == 200
    puts[1].cancel()  # one who goes away leaves the others their turn
    go.set()
    answers = await asyncio.gather(*puts, return_exceptions=True)
    assert [one[0] for one in answers if not isinstance(one, BaseException)] == [200, 200, 200]
    assert most == 1


async def test_a1_of_two_who_replace_the_same_version_at_once_the_second_is_told(
    desk: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, tag = await shown(desk)
    both, judge = seen_by(2, monkeypatch), catalog_json.judge

    def together(sent: Any) -> Any:
        assert both.wait(60), "neither is judged before the other was let in too"
        return judge(sent)

    monkeypatch.setattr(catalog_json, "judge", together)
    others = dearer(document), dearer(dearer(document))
    answers = await asyncio.gather(*(put(desk, one, tag) for one in others))
    assert sorted(status for status, _ in answers) == [200, 412]
