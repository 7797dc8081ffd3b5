"""Owns importing aiogram quickly: its hundreds of pydantic models are built when first used, most of them never.

A plain import takes seconds and 165 MB. The models themselves are untouched; only the moment of building moves. It leans on how
known versions are laid out, so any other version, and any surprise, is a plain import.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from types import ModuleType
from typing import Any

KNOWN = ("3.31",)
_METHODS = "aiogram.methods.base"


def import_aiogram() -> bool:
    """Import aiogram; whether its models wait to be built."""
    if "aiogram" in sys.modules:
        return False
    if not version("aiogram").startswith(tuple(f"{known}." for known in KNOWN)):
        importlib.import_module("aiogram")
        return False
    with _postponed_building() as original:
        types = importlib.import_module("aiogram.types")
    _build_on_first_use(types, original)
    return True


@contextmanager
def _postponed_building() -> Iterator[Any]:
    from pydantic import BaseModel

    original = BaseModel.__dict__["model_rebuild"]

    def later(cls: Any, /, **options: Any) -> bool | None:
        if cls.__module__.startswith("aiogram.types"):
            return None
        built: bool | None = original.__func__(cls, **options)
        return built

    finder = _MethodsFinder()
    sys.meta_path.insert(0, finder)
    BaseModel.model_rebuild = classmethod(later)  # type: ignore[method-assign, assignment]
    try:
        yield original
    finally:
        BaseModel.model_rebuild = original  # type: ignore[method-assign]
        sys.meta_path.remove(finder)


def _build_on_first_use(types: ModuleType, original: Any) -> None:
    """Give the types the names that aiogram would have given them, at the time they are built."""
    from typing import Literal, Optional, Union

    from aiogram.client.default import Default
    from aiogram.methods.base import TelegramMethod
    from aiogram.types.base import TelegramObject

    names = {"List": list, "Optional": Optional, "Union": Union, "Literal": Literal, "Default": Default}
    names |= {name: getattr(types, name) for name in types.__all__}

    def rebuild(cls: Any, /, *, _types_namespace: Any = None, **options: Any) -> bool | None:
        built: bool | None = original.__func__(cls, _types_namespace=_types_namespace or names, **options)
        return built

    TelegramObject.model_rebuild = classmethod(rebuild)  # type: ignore[method-assign, assignment]
    TelegramMethod.model_rebuild = classmethod(rebuild)  # type: ignore[method-assign, assignment]


class _MethodsFinder(MetaPathFinder):
    """Lets the classes of API methods, which say nothing about it themselves, wait as the types do."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if fullname != _METHODS:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)) is not None:
                assert spec.loader is not None
                spec.loader = _DeferringLoader(spec.loader)
                return spec
        return None


class _DeferringLoader(Loader):
    def __init__(self, inner: Loader) -> None:
        self._inner = inner

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._inner.exec_module(module)
        module.__dict__["TelegramMethod"].model_config["defer_build"] = True
