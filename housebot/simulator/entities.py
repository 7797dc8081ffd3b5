"""Owns text as Telegram stores it: HTML turned into entities, ends trimmed, links and commands found, lengths in UTF-16 units."""

import html as html_escapes
import re
from dataclasses import dataclass

from housebot.simulator.errors import bad_request
from housebot.simulator.model import Json

_SIMPLE = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
}  # fmt: skip
_KNOWN = {*_SIMPLE, "a", "span", "tg-emoji", "pre", "code", "blockquote"}
_ESCAPES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ESCAPE = re.compile(r"&(?:#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z]+);?")
_TAG = re.compile(r"""<(/?)([^\s>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(r"""([^\s=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[\w.-]+))?""")
_LINK = re.compile(r"(?:https?|tg|ton|tonsite)://\S+|(?:[\w-]+\.)+[a-zA-Zа-яА-Я]{2,}(?:[/?#:]\S*)?", re.IGNORECASE)
_FOUND = [
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]»]|\b(?:[a-z0-9-]+\.)+(?:com|net|org|by|ru|me|io)\b(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]»])?", re.IGNORECASE)),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z]\w{3,31}\b")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{2,31})?(?![\w/])")),
    ("hashtag", re.compile(r"(?<!\w)#(?=\w*[^\W\d])\w+")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d[\d\s()-]{6,16}\d(?!\w)")),
]  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")


@dataclass(slots=True)
class Text:
    """Text with its entities, as a message carries them."""

    text: str
    entities: list[Json]

    @property
    def units(self) -> int:
        return units(self.text)

    def fields(self, name: str, entities_name: str) -> Json:
        """The two fields of a message, the second only when there is something in it."""
        found: Json = {name: self.text} if self.text else {}
        return found | ({entities_name: self.entities} if self.entities else {})


def units(text: str) -> int:
    """Length in UTF-16 code units, the measure of every Telegram limit on text."""
    return len(text.encode("utf-16-le")) // 2


def formatted(text: str, parse_mode: str, entities: list[Json] | None) -> Text:
    """Text as the server keeps it. An explicit parse mode wins over given entities."""
    mode = parse_mode.lower()
    if mode == "html":
        text, found = _parse_html(text)
    elif mode in {"markdown", "markdownv2"}:
        raise bad_request("can't parse entities: this simulator reads HTML only")
    elif mode not in {"", "none"}:
        raise bad_request("unsupported parse_mode")
    else:
        found = [dict(entity) for entity in entities or []]
    return _finish(text, found)


def plain(text: str) -> Text:
    """Text typed by a person."""
    return _finish(text, [])


def checked_link(link: str) -> str | None:
    """The address as Telegram keeps it, or None when it would not take it for one."""
    link = link.strip()
    if not _LINK.fullmatch(link):
        return None
    if "://" not in link:
        link = f"http://{link}"
    return link if "/" in link.split("://", 1)[1] or link.startswith("tg://") else f"{link}/"


def _byte(source: str, position: int) -> int:
    return len(source[:position].encode())


def _unescape(source: str) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match.group().strip("&;")
        if name.startswith("#"):
            return html_escapes.unescape(match.group())
        return _ESCAPES.get(name, match.group())

    return _ESCAPE.sub(replace, source)


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str | None]
    offset: int
    start: int


def _parse_html(source: str) -> tuple[str, list[Json]]:
    out: list[str] = []
    length = 0
    stack: list[_Open] = []
    entities: list[Json] = []
    position = 0

    def emit(piece: str) -> None:
        nonlocal length
        piece = _unescape(piece)
        out.append(piece)
        length += units(piece)

    while (begin := source.find("<", position)) >= 0:
        emit(source[position:begin])
        match = _TAG.match(source, begin)
        if not match:
            kind = "end" if source.startswith("</", begin) else "start"
            raise bad_request(f"can't parse entities: Unclosed {kind} tag at byte offset {_byte(source, begin)}")
        closing, tag, attributes = match.group(1), match.group(2).lower(), match.group(3)
        position = match.end()
        if closing:
            opened = _close(source, begin, tag, stack)
            _add(entities, opened, length - opened.offset, "".join(out)[opened.start :])
        else:
            stack.append(_open(source, begin, tag, attributes, offset=length, start=sum(map(len, out))))
    emit(source[position:])
    if stack:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{stack[-1].tag}\"")
    return "".join(out), entities


def _open(source: str, begin: int, tag: str, attributes: str, *, offset: int, start: int) -> _Open:
    where = f"at byte offset {_byte(source, begin)}"
    if tag not in _KNOWN:
        raise bad_request(f'can\'t parse entities: Unsupported start tag "{tag}" {where}')
    found = {
        match.group(1).lower(): None if match.group(2) is None else _unescape(match.group(2).strip("\"'"))
        for match in _ATTRIBUTE.finditer(attributes)
    }
    if tag == "span" and found.get("class") != "tg-spoiler":
        raise bad_request(f'can\'t parse entities: Tag "span" must have class "tg-spoiler" {where}')
    return _Open(tag, found, offset, start)


def _close(source: str, begin: int, tag: str, stack: list[_Open]) -> _Open:
    where = f"at byte offset {_byte(source, begin)}"
    if not stack:
        raise bad_request(f"can't parse entities: Unexpected end tag {where}")
    opened = stack.pop()
    if tag and tag != opened.tag:
        raise bad_request(
            f'can\'t parse entities: Unmatched end tag {where}, expected "</{opened.tag}>", found "</{tag}>"'
        )
    return opened


def _add(entities: list[Json], opened: _Open, length: int, inside: str) -> None:
    if length <= 0:
        return
    entity: Json = {"type": _SIMPLE.get(opened.tag, opened.tag), "offset": opened.offset, "length": length}
    if opened.tag == "span":
        entity["type"] = "spoiler"
    elif opened.tag == "blockquote":
        entity["type"] = "expandable_blockquote" if "expandable" in opened.attributes else "blockquote"
    elif opened.tag == "tg-emoji":
        emoji = opened.attributes.get("emoji-id") or ""
        if not emoji.isdigit():
            raise bad_request("can't parse entities: Invalid custom emoji identifier specified")
        entity |= {"type": "custom_emoji", "custom_emoji_id": emoji}
    elif opened.tag == "a":
        url = checked_link(opened.attributes.get("href") or inside)
        if url is None:
            return
        entity |= {"type": "text_link", "url": url}
    elif opened.tag == "pre":
        last = entities[-1] if entities else None
        if last and last["type"] == "code" and (last["offset"], last["length"]) == (opened.offset, length):
            last["type"] = "pre"
            return
    elif opened.tag == "code":
        language = opened.attributes.get("class") or ""
        if language.startswith("language-"):
            entity["language"] = language.removeprefix("language-")
    entities.append(entity)


def _finish(text: str, entities: list[Json]) -> Text:
    text = _CONTROL.sub(" ", text.replace("\r", ""))
    stripped = text.lstrip(" \n\t")
    cut = units(text) - units(stripped)
    stripped = stripped.rstrip(" \n\t")
    end = units(stripped)
    kept: list[Json] = []
    for entity in entities:
        begin = max(0, entity["offset"] - cut)
        length = min(end, entity["offset"] + entity["length"] - cut) - begin
        if length > 0:
            kept.append(entity | {"offset": begin, "length": length})
    for entity in kept:
        if entity["type"] == "code":
            entity.pop("language", None)
    solid = [entity for entity in kept if entity["type"] in {"code", "pre"}]
    kept = [
        entity for entity in kept
        if entity in solid or "blockquote" in entity["type"] or not any(_overlap(entity, other) for other in solid)
    ]  # fmt: skip
    taken = [entity for entity in kept if entity["type"] in {"code", "pre", "text_link", "text_mention"}]
    for entity in _found(stripped):
        if not any(_overlap(entity, other) for other in taken):
            taken.append(entity)
            kept.append(entity)
    kept.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Text(stripped, kept)


def _found(text: str) -> list[Json]:
    return [
        {"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())}
        for kind, pattern in _FOUND
        for match in pattern.finditer(text)
    ]


def _overlap(one: Json, other: Json) -> bool:
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])
