"""Sending files: photos, documents, stickers, voice and albums by upload or identifier; getFile."""

from typing import Any

from housebot.simulator.errors import bad_request
from housebot.simulator.files import DOWNLOAD_LIMIT
from housebot.simulator.methods.registry import Call, method
from housebot.simulator.methods.sending import call_caption, caption_of, deliver, shown
from housebot.simulator.model import Json
from housebot.simulator.params import Upload

_ALBUM = range(2, 11)


def content_of(call: Call, kind: str, field: str, value: str) -> Json:
    """The part of a message that carries the file: {"photo": …} or {"document": …}."""
    upload = _upload(call, field, value)
    files = call.world.files
    if upload is not None:
        if kind == "Photo":
            return {"photo": files.add_photo(upload.content)}
        shape = files.add(kind, upload.content, _shape(kind), name=upload.name, mime=upload.mime)
        return {kind.lower(): shape}
    if not value:
        raise bad_request(f"there is no {kind.lower()} in the request")
    if value.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = files.for_sending(call.bot.id, value, kind)
    return {"photo": file.photo} if kind == "Photo" else {kind.lower(): file.shape}


def _upload(call: Call, field: str, value: str) -> Upload | None:
    name = value.removeprefix("attach://") if value.startswith("attach://") else field
    return call.params.files.get(name)


def _shape(kind: str) -> Json:
    if kind == "Voice":
        return {"duration": 1}
    if kind == "Sticker":
        return {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
    return {}


@method("sendPhoto", "sendDocument", "sendVoice", "sendSticker")
def send_file(call: Call) -> Json:
    kind = call.method.removeprefix("send")
    caption = call_caption(call) if kind != "Sticker" else {}
    chat = call.writable_chat()
    content = content_of(call, kind, kind.lower(), call.params.text(kind.lower()))
    return shown(call, chat, deliver(call, content | caption, chat=chat))


def input_media(call: Call, media: Any, what: str) -> Json:
    """The content one InputMedia stands for, with its caption."""
    if not isinstance(media, dict):
        raise bad_request(f"can't parse {what}: expected an Object")
    kind = str(media.get("type", ""))
    if kind not in {"photo", "document"}:
        raise bad_request(f'can\'t parse {what}: type "{kind}" is unsupported')
    if not media.get("media"):
        raise bad_request(f"can't parse {what}: media not found")
    caption = caption_of(media.get("caption"), str(media.get("parse_mode") or ""), media.get("caption_entities"))
    return content_of(call, kind.capitalize(), "", str(media["media"])) | caption


@method("sendMediaGroup")
def send_media_group(call: Call) -> list[Json]:
    call.params.required("media")
    items = call.params.json("media", "media")
    if not isinstance(items, list):
        raise bad_request("expected an Array of InputMedia")
    chat = call.writable_chat()
    if len(items) not in _ALBUM:
        raise bad_request(
            "there must be from 2 to 10 messages to send as an album" if items else "there are no messages to send"
        )
    bodies = [input_media(call, item, "InputMedia") for item in items]
    if len({"photo" in body for body in bodies}) > 1:
        raise bad_request("document can't be mixed with other media types")
    call.params.values.pop("reply_markup", None)
    group = {"media_group_id": call.world.new_secret()}
    return [shown(call, chat, deliver(call, body | group, chat=chat)) for body in bodies]


@method("getFile")
def get_file(call: Call) -> Json:
    file_id = call.params.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    file = call.world.files.by_id(call.bot.id, file_id)
    if file is None:
        raise bad_request("invalid file_id")
    size = len(call.world.files.bytes_of(file))
    if size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {"file_id": file_id, "file_unique_id": file.unique, "file_size": size, "file_path": file.path}
