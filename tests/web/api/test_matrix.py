"""Every key on every route (A4): refused with the right status, having changed nothing, or let through."""

from pathlib import Path

import pytest

from housebot.web.api.routes import all_operations
from tests.web.api.matrix import CREDENTIALS, NEEDS, PASSED, answered, content, expected, title
from tests.web.serving import serving

OPERATIONS = all_operations()


def test_a4_every_route_has_a_scope_that_was_decided_by_hand() -> None:
    assert {title(one): one.scope or "public" for one in OPERATIONS} == NEEDS


@pytest.mark.parametrize("credential", CREDENTIALS)
async def test_a4_every_route_answers_this_key_as_its_scope_says_and_a_refusal_changes_nothing(
    tmp_path: Path, credential: str
) -> None:
    file = tmp_path / "housebot.db"
    async with serving(file) as desk:
        key = await CREDENTIALS[credential](desk)
        before = content(file)
        refused = [one for one in OPERATIONS if expected(title(one), credential) != PASSED]
        assert {title(one): await answered(desk, one, key) for one in refused} == {
            title(one): expected(title(one), credential) for one in refused
        }
        assert content(file) == before
        allowed = [one for one in OPERATIONS if one not in refused]
        assert [title(one) for one in allowed if await answered(desk, one, key) != PASSED] == []


async def test_the_comparison_of_contents_sees_what_a_route_changes(tmp_path: Path) -> None:
    file = tmp_path / "housebot.db"
    async with serving(file) as desk:
        key = await desk.key("manage")
        before = content(file)
        operation = next(one for one in OPERATIONS if title(one) == "POST /users")
        assert await answered(desk, operation, key) == PASSED
        assert content(file) != before
