"""The Bot API's methods by topic; importing this package fills the table in `registry`."""

from housebot.simulator.methods import (
    account,
    callbacks,
    chats,
    copying,
    editing,
    media,
    payments,
    sending,
    updates,
)
from housebot.simulator.methods.registry import METHODS, Call, Handler

__all__ = [
    "METHODS", "Call", "Handler", "account", "callbacks", "chats", "copying", "editing", "media", "payments", "sending",
    "updates",
]  # fmt: skip
