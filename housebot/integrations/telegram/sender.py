"""Owns saying a message to Telegram: which method carries it, and what became of the call (T2)."""

from dataclasses import dataclass, field
from typing import Any

from housebot.integrations.telegram.api import Api, ApiProblem, NotReached, Refused
from housebot.services.ports import Button, Invoice, Message, Outgoing, Picture, ReplyKeyboard, Sent

NO_PREVIEW = {"is_disabled": True}
ALREADY_SO = "message is not modified"
CARD_LOST = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
    "message_id_invalid",
)
GONE = (
    "chat not found",
    "user is deactivated",
    "bot was kicked",
    "not enough rights to send",
    "have no rights to send",
)
THREAD_LOST = "message thread not found"


@dataclass(slots=True)
class _Call:
    """A call being put together; files go by multipart, everything else as JSON."""

    method: str
    params: dict[str, Any]
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)


class Sender:
    """The Messenger port on Telegram."""

    def __init__(self, api: Api, *, provider_token: str | None = None) -> None:
        self._api = api
        self._provider_token = provider_token

    async def send(self, row: Outgoing, message: Message) -> Sent:
        """Send or edit; the outcome, never an exception."""
        if message.invoice is not None:
            return await self._run(_invoice(row, message.invoice, self._provider_token or ""))
        sent = await self._run(_call_for(row, message))
        if sent.outcome == "failed" and row.thread_id is not None and THREAD_LOST in sent.error.lower():
            # The topic was deleted: the group itself still wants to know.
            sent = await self._run(_call_for(row, message, thread=False))
        if sent.outcome == "sent" and message.followed_by and sent.message_id is not None:
            await self._run(_follow_up(row, message.followed_by, sent.message_id))
        return sent

    async def answer(self, query_id: str, text: str, *, alert: bool) -> None:
        """Stop the button's spinner. A query too old to be answered is nobody's loss."""
        try:
            await self._api.call(
                "answerCallbackQuery",
                patience=10.0,
                callback_query_id=query_id,
                text=text or None,
                show_alert=alert or None,
            )
        except ApiProblem:
            return

    async def answer_checkout(self, query_id: str, refusal: str | None) -> None:
        """A query too old to be answered has been answered with no by Telegram itself."""
        try:
            await self._api.call(
                "answerPreCheckoutQuery",
                patience=10.0,
                pre_checkout_query_id=query_id,
                ok=refusal is None,
                error_message=refusal,
            )
        except ApiProblem:
            return

    async def download(self, file_id: str) -> bytes:
        """The bytes of a file; ApiProblem when it cannot be had now."""
        file = await self._api.call("getFile", file_id=file_id)
        return await self._api.download(file["file_path"])

    async def _run(self, call: _Call) -> Sent:
        try:
            if call.files:
                result = await self._api.upload(call.method, files=call.files, **call.params)
            else:
                result = await self._api.call(call.method, **call.params)
        except Refused as refused:
            return _refused(call, refused)
        except NotReached as problem:
            return Sent("later", error=str(problem))
        except ApiProblem as problem:
            return Sent("ambiguous", error=str(problem))
        first = result[0] if isinstance(result, list) else result
        return Sent(
            "sent", message_id=first["message_id"] if isinstance(first, dict) else call.params.get("message_id")
        )


def _refused(call: _Call, refused: Refused) -> Sent:
    words = refused.description.lower()
    error = f"{refused.code} {refused.description}"
    if ALREADY_SO in words:
        return Sent("sent", message_id=call.params.get("message_id"))
    if refused.moved_to is not None:
        return Sent("later", error=error, moved_to=refused.moved_to)
    if refused.code == 429 or refused.code >= 500:
        return Sent("later", error=error, retry_after=refused.retry_after)
    if refused.code == 403 or any(known in words for known in GONE):
        return Sent("gone", error=error)
    if "message_id" in call.params and any(known in words for known in CARD_LOST):
        return Sent("card_lost", error=error)
    if refused.code in {
        401,
        404,
    }:  # a wrong token or base address: mended in the settings, and the message still wanted
        return Sent("later", error=error)
    return Sent("failed", error=error)


def _call_for(row: Outgoing, message: Message, *, thread: bool = True) -> _Call:
    fixed = message.reply_keyboard is not None or message.remove_keyboard or message.force_reply is not None
    editing = row.message_id is not None and not fixed and len(message.pictures) <= 1
    where: dict[str, Any] = {"chat_id": row.chat_id}
    if editing:
        where["message_id"] = row.message_id
    else:
        where["message_thread_id"] = row.thread_id if thread else None
        where["disable_notification"] = row.silent or None
        if message.reply_to is not None:
            where["reply_parameters"] = {"message_id": message.reply_to, "allow_sending_without_reply": True}
    if len(message.pictures) > 1:
        return _album(where, message)
    where["reply_markup"] = _markup(message)
    if not message.pictures:
        method = "editMessageText" if editing else "sendMessage"
        return _Call(method, {**where, "text": message.text, "parse_mode": "HTML", "link_preview_options": NO_PREVIEW})
    picture = message.pictures[0]
    if editing and picture.stays:
        return _Call("editMessageCaption", {**where, "caption": message.text, "parse_mode": "HTML"})
    if editing:
        call = _Call("editMessageMedia", where)
        call.params["media"] = _media(call, picture, 0, caption=message.text)
        return call
    kind = "document" if picture.document else "photo"
    call = _Call("sendDocument" if picture.document else "sendPhoto", where)
    call.params |= {"caption": message.text or None, "parse_mode": "HTML"}
    if picture.file_id is not None:
        call.params[kind] = picture.file_id
    else:
        call.files[kind] = _file(picture)
    return call


def _invoice(row: Outgoing, invoice: Invoice, provider_token: str) -> _Call:
    """Always with a start_parameter: a forwarded copy leads to the bot, it cannot be paid (R47)."""
    params: dict[str, Any] = {
        "chat_id": row.chat_id,
        "disable_notification": row.silent or None,
        "title": invoice.title,
        "description": invoice.description,
        "payload": invoice.payload,
        "provider_token": provider_token,
        "start_parameter": invoice.start,
        "currency": invoice.currency,
        "prices": [{"label": invoice.label, "amount": invoice.amount}],
    }
    return _Call("sendInvoice", params)


def _album(where: dict[str, Any], message: Message) -> _Call:
    """Telegram takes 2–10 at a time, and no buttons: they would have to follow in a message of their own."""
    call = _Call("sendMediaGroup", where)
    call.params["media"] = [
        _media(call, picture, number, caption=message.text if number == 0 else "")
        for number, picture in enumerate(message.pictures[:10])
    ]
    return call


def _media(call: _Call, picture: Picture, number: int, *, caption: str) -> dict[str, Any]:
    if picture.file_id is None:
        call.files[f"file{number}"] = _file(picture)
    media = {
        "type": "document" if picture.document else "photo",
        "media": picture.file_id or f"attach://file{number}",
    }
    return media | ({"caption": caption, "parse_mode": "HTML"} if caption else {})


def _file(picture: Picture) -> tuple[str, bytes]:
    assert picture.content is not None, "a picture is drawn before it is sent"
    return picture.name, picture.content


def _follow_up(row: Outgoing, text: str, message_id: int) -> _Call:
    return _Call(
        "sendMessage",
        {
            "chat_id": row.chat_id,
            "message_thread_id": row.thread_id,
            "disable_notification": row.silent or None,
            "text": text,
            "parse_mode": "HTML",
            "link_preview_options": NO_PREVIEW,
            "reply_parameters": {"message_id": message_id, "allow_sending_without_reply": True},
        },
    )


def _markup(message: Message) -> dict[str, Any] | None:
    if message.buttons:
        return {"inline_keyboard": [[_button(button) for button in line] for line in message.buttons if line]}
    if message.reply_keyboard is not None:
        return _keyboard(message.reply_keyboard)
    if message.remove_keyboard:
        return {"remove_keyboard": True}
    if message.force_reply is not None:
        placeholder = {"input_field_placeholder": message.force_reply[:64]} if message.force_reply else {}
        return {"force_reply": True, "selective": True, **placeholder}
    return None


def _keyboard(keyboard: ReplyKeyboard) -> dict[str, Any]:
    rows = [
        [{"text": text, "request_contact": True} if text == keyboard.contact else {"text": text} for text in line]
        for line in keyboard.rows
    ]
    placeholder = {"input_field_placeholder": keyboard.placeholder[:64]} if keyboard.placeholder else {}
    return {
        "keyboard": rows,
        "resize_keyboard": True,
        "is_persistent": keyboard.persistent,
        "one_time_keyboard": keyboard.one_time,
        **placeholder,
    }


def _button(button: Button) -> dict[str, Any]:
    style = {"style": button.style} if button.style else {}
    if button.url is not None:
        return {"text": button.text, "url": button.url, **style}
    if button.copy is not None:
        return {"text": button.text, "copy_text": {"text": button.copy}, **style}
    return {"text": button.text, "callback_data": button.data, **style}
