"""Owns what an operation of the API is: where it stands, who may call it, what it takes and what it answers."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from housebot.services import keys
from housebot.services.keys import Key
from housebot.services.ports import Actor, Reader, Tx

NOBODY = Actor("key", None, "anonymous", "api")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was understood. `path`, `query` and `body` are instances of the operation's models, or None."""

    now: datetime
    key: Key | None
    language: str
    path: Any
    query: Any
    body: Any
    headers: Mapping[str, str]
    place: Hashable = field(default=None, repr=False)  # from where it came, as far as that counts as one place

    @property
    def actor(self) -> Actor:
        """Who acts (A7)."""
        return NOBODY if self.key is None else keys.actor_of(self.key)

    def may(self, scope: str) -> bool:
        """Whether the caller has that scope."""
        return keys.may(self.key, scope)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with more to it than its content: another status than the operation's own, headers."""

    content: Any
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path below `/api/v1`. Exactly one of `reads`, `aside`, `looks` and `writes` answers it.

    `aside` reads too, in a thread, where that takes long: the loop turns meanwhile. `looks` is handed the whole reader instead
    of one transaction, for what is answered from a cache. `refusals` are the codes
    its use case may refuse with; what belongs to every operation (a bad body, a missing key) is added by itself.
    """

    method: str
    path: str
    name: str  # the operationId
    summary: str
    tag: str
    answers: type[BaseModel] | None  # None: nothing but the status
    example: Any = None  # of the answer
    scope: str | None = None  # None: anybody, within the limits
    takes: type[BaseModel] | None = None  # the body
    body_example: Any = None
    in_path: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    reads: Callable[[Tx, Call], Any] | None = None
    aside: Callable[[Tx, Call], Any] | None = None
    looks: Callable[[Reader, Call], Any] | None = None
    writes: Callable[[Tx, Call], Any] | None = None
    status: int = 200
    refusals: tuple[str, ...] = ()
    also: tuple[int, ...] = ()  # statuses it may answer with beside those of its refusals
    # Judges the raw body in a thread, one at a time, where that takes long; what it returns is the body of the call. `takes` is for the document.
    judges: Callable[[bytes, datetime], Any] | None = None
    stops: Callable[[Tx, Call], Answer | None] | None = (
        None  # answers before the body is judged, where nobody needs to wait
    )
    description: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # of requests: name -> what it is for
    answer_headers: Mapping[str, str] = field(default_factory=dict)  # of the good answer: name -> what it says
