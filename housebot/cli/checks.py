"""Owns the shape of what the doctor finds: one answer, with what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One answer."""

    check: str
    status: Status
    detail: str
    fix: str = ""


Checks = Iterator[Check]
