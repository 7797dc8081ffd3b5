"""Answers to pressed buttons: once, in time, and short."""

from housebot.simulator.entities import units
from housebot.simulator.errors import bad_request
from housebot.simulator.methods.registry import Call, method

_ANSWER_WITHIN = 15 * 60
_TEXT = 200
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@method("answerCallbackQuery")
def answer_callback_query(call: Call) -> bool:
    query = call.world.queries.get(call.params.text("callback_query_id"))
    now = call.world.clock.timestamp()
    if query is None or query.bot_id != call.bot.id or query.answer is not None or now - query.at > _ANSWER_WITHIN:
        raise bad_request(TOO_OLD)
    text = call.params.text("text")
    if units(text) > _TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.params.text("url")
    if url and not url.startswith((f"https://t.me/{call.bot.username}?", f"t.me/{call.bot.username}?")):
        raise bad_request("URL_INVALID")
    query.answer = {"text": text, "alert": call.params.flag("show_alert"), "url": url}
    call.world.events.add(
        "answer", chat_id=query.chat_id, user_id=query.user_id, bot_id=query.bot_id, query_id=query.id, **query.answer
    )
    return True
