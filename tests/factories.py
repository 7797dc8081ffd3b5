"""Owns what tests build: the shipped catalogs, instants from text."""

from datetime import datetime
from functools import cache
from pathlib import Path

from housebot import catalog_file
from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import Document, to_catalog
from housebot.domain.period import from_utc_text

EXAMPLES = Path(catalog_file.__file__).parent / "examples"


@cache
def _document(name: str) -> Document:
    return catalog_file.read(EXAMPLES / f"{name}.toml")


def example(name: str) -> Catalog:
    """A shipped catalog, read from its file and brought through the canonical document."""
    return to_catalog(_document(name), version=1)


def secret_house() -> Catalog:
    """One house by hours and days (block tariffs)."""
    return example("secret-house")


def guesthouse() -> Catalog:
    """Rooms by nights, and the whole house (nightly tariffs, parts)."""
    return example("guesthouse")


def salon() -> Catalog:
    """Three specialists (slot tariffs)."""
    return example("salon")


def at(text: str) -> datetime:
    """The instant written as `2026-11-20T12:00:00Z`."""
    return from_utc_text(text)
