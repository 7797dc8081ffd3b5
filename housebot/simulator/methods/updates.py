"""How a bot hears: getUpdates, and the webhook that stands in its way (kept, never called)."""

from typing import Any

from housebot.simulator.errors import ApiError, bad_request
from housebot.simulator.methods.registry import Call, method
from housebot.simulator.model import Json
from housebot.simulator.queue import WEBHOOK_ACTIVE

_LONGEST_POLL = 50
_KINDS = {
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query", "chosen_inline_result",
    "shipping_query", "pre_checkout_query", "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request",
    "message_reaction", "message_reaction_count", "chat_boost", "removed_chat_boost", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages", "purchased_paid_media",
}  # fmt: skip


@method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    if call.bot.webhook:
        raise ApiError(409, WEBHOOK_ACTIVE)
    _allowed(call)
    limit = max(1, min(100, call.params.integer("limit", 100)))
    timeout = max(0, min(_LONGEST_POLL, call.params.integer("timeout")))
    return await call.world.queues[call.bot.id].get(call.params.integer("offset"), limit, timeout)


def _allowed(call: Call) -> None:
    """The list stays until another is given; an empty one brings back the default; unknown names are overlooked."""
    wanted = call.params.json("allowed_updates")
    if isinstance(wanted, list):
        known = [kind for kind in wanted if kind in _KINDS]
        call.world.queues[call.bot.id].allowed = known or None


@method("setWebhook")
def set_webhook(call: Call) -> bool:
    url = call.params.text("url")
    if url and not url.startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    _allowed(call)
    _set(call, url)
    return True


@method("deleteWebhook")
def delete_webhook(call: Call) -> bool:
    _set(call, "")
    return True


def _set(call: Call, url: str) -> None:
    queue = call.world.queues[call.bot.id]
    call.bot.webhook = url
    if call.params.flag("drop_pending_updates"):
        queue.clear()
    if url:
        queue.abort(ApiError(409, "Conflict: terminated by setWebhook request"))


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Json:
    queue = call.world.queues[call.bot.id]
    info: dict[str, Any] = {
        "url": call.bot.webhook,
        "has_custom_certificate": False,
        "pending_update_count": len(queue),
    }
    return info | ({"allowed_updates": queue.allowed} if queue.allowed else {})
