"""A desk on a real file, with Secret House applied, for the tests of services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from housebot.domain.catalog_document import to_document
from housebot.services import catalogs
from housebot.services.ports import Actor
from housebot.storage.file import DatabaseFile
from tests import factories

OPENED = factories.at("2026-11-20T12:00:00Z")
OWNER = Actor("staff", 1, "Анна", "telegram", "owner")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[DatabaseFile]:
    """A new file without a catalog."""
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def db(empty: DatabaseFile) -> DatabaseFile:
    """A file with the catalog of Secret House in force."""
    document = to_document(factories.secret_house())
    empty.write_now(lambda tx: catalogs.apply(tx, document, actor=OWNER, now=OPENED))
    return empty
