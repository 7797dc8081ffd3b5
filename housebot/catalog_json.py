"""Owns judging a catalog that comes as the canonical document, not as a file: by the rules of the file, with every mistake named."""

import json

from housebot import catalog_file, catalog_text
from housebot.catalog_problems import CatalogProblems, Problem
from housebot.domain.catalog_document import Document, misfits, to_catalog, to_document

_AS_SHOWN = "this is not written as the desk itself shows it"


def judge(document: Document) -> Document:
    """The same document, canonical and good; raises `CatalogProblems` with every mistake in it.

    It is written down as the file it would be, and that is judged; what the file could not say is refused, so that nothing gets
    past the rules of the file.
    """
    try:
        _text(document).encode()
    except UnicodeEncodeError:
        raise CatalogProblems([Problem("document", "it holds half a character")]) from None
    wrong = [Problem(place, _AS_SHOWN) for place in misfits(document)]
    if wrong:
        raise CatalogProblems(wrong)
    try:
        canonical = to_document(to_catalog(document, version=0))
        text = catalog_text.to_toml(canonical)
    except Exception:  # whatever a stranger's values do to those who expect ours
        raise CatalogProblems([Problem("document", f"a value is of the wrong kind: {_AS_SHOWN}")]) from None
    judged = catalog_file.parse(text)
    lost = [name for name in {**canonical, **judged} if _text(canonical.get(name)) != _text(judged.get(name))]
    if lost:
        raise CatalogProblems([Problem(name, _AS_SHOWN) for name in lost])
    return judged


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
