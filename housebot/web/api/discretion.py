"""Owns what a refusal tells whom: whose dates they are, and why a code does nothing, is for those who may know it (R49, T4)."""

import hashlib
from collections.abc import Callable
from typing import Any

from housebot.errors import CODES, Refusal
from housebot.services import guesses
from housebot.services.ports import Tx
from housebot.web import answers
from housebot.web.api.operation import Answer, Call

_OTHERS = ("stays", "bookings")  # facts that name what belongs to somebody else


def discreet(refusal: Refusal, call: Call) -> Refusal:
    """The refusal as this caller may read it: without `manage` one answer for every code that does nothing, without `read` nobody else's."""
    if not call.may("manage"):
        if refusal.code in guesses.OF_PROMO:
            return Refusal("promo_invalid")
        if refusal.code in guesses.OF_GIFT:
            return Refusal("gift_invalid")
    if not call.may("read"):
        return Refusal(refusal.code, **{name: fact for name, fact in refusal.facts.items() if name not in _OTHERS})
    return refusal


def guarded(tx: Tx, call: Call, work: Callable[[], Any], *, with_code: bool) -> Any:
    """What `work` answers, its refusals told discreetly. With a promo or gift code in it: nobody guesses one (R49)."""
    try:
        return work() if not with_code or call.may("manage") else _counted(tx, call, work)
    except Refusal as refusal:
        raise discreet(refusal, call) from None


def guesser(call: Call) -> str:
    """Whose wrong codes are counted together: a key's, else those from one address, which is not kept as it is."""
    if call.key is not None:
        return call.key.subject
    return f"address:{hashlib.sha256(str(call.place).encode()).hexdigest()[:16]}"


def _counted(tx: Tx, call: Call, work: Callable[[], Any]) -> Any:
    who = guesser(call)
    guesses.limit(tx, who, now=call.now)
    try:
        with tx.attempt():
            return work()
    except Refusal as refusal:
        if refusal.code not in guesses.OF_PROMO | guesses.OF_GIFT:
            raise
        # Answered, not raised: what is raised would take the note of the wrong code with it.
        guesses.wrong(tx, who, now=call.now)
        said = discreet(refusal, call)
        return Answer(answers.envelope(said.code, answers.words(said, call.language), said.facts), CODES[said.code])
