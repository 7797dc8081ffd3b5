// Draws one message, or an album, as it stands: bubble, text with its entities, files, keyboard under it.

import { button, el, hue, icon, initial } from "./dom.js";
import { hours, money, size, t } from "./words.js";

const LONG = [99, 18, 11]; // letters of a button alone in its row, of two, of three, before they are set smaller
const TALL = 1.35; // height by width of a photo, beyond which its middle stands for it
const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre" };

// Offsets are UTF-16 units, the same that JavaScript counts in. Entities are sorted and nest.
export function rich(text, entities, hooks) {
  const all = (entities || []).filter((one) => one.length > 0);
  const piece = (from, to, inner) => {
    const out = [];
    let at = from;
    while (inner.length) {
      const entity = inner[0];
      const end = Math.min(to, entity.offset + entity.length);
      const nested = inner.slice(1).filter((one) => one.offset < end);
      inner = inner.slice(1).filter((one) => one.offset >= end);
      if (entity.offset < at) continue;
      if (entity.offset > at) out.push(text.slice(at, entity.offset));
      out.push(dress(entity, text.slice(entity.offset, end), piece(entity.offset, end, nested), hooks));
      at = end;
    }
    if (at < to) out.push(text.slice(at, to));
    return out;
  };
  return piece(0, text.length, all);
}

function dress(entity, raw, children, hooks) {
  const tag = TAGS[entity.type];
  if (entity.type === "code") return el("code", { title: "", on: { click: () => hooks.copy(raw) } }, ...children);
  if (tag) return el(tag, {}, ...children);
  if (entity.type.endsWith("blockquote")) return el("blockquote", {}, ...children);
  if (entity.type === "spoiler") return el("span", { class: "spoiler", tabindex: 0 }, ...children);
  if (entity.type === "bot_command") return button({ class: "command", on: { click: () => hooks.write(raw) } }, ...children);
  const link = { url: raw, text_link: entity.url, email: `mailto:${raw}`, phone_number: `tel:${raw}` }[entity.type];
  if (!link) return el("span", {}, ...children);
  const open = (event) => {
    event.preventDefault();
    hooks.open(/^[a-z]+:/i.test(link) ? link : `https://${link}`);
  };
  return el("a", { href: safe(link), on: { click: open } }, ...children);
}

function safe(link) {
  return /^(https?|mailto|tel):/i.test(link) ? link : `https://${link}`;
}

function stamp(message) {
  const bell = message.rang ? icon("bell", { class: "bell", "aria-label": t("rang") }) : null;
  const mute = message.silent && !message.mine ? icon("mute", { "aria-label": t("silent") }) : null;
  const pin = message.pinned ? icon("pin", { "aria-label": t("pinned") }) : null;
  return el("span", { class: "stamp" }, pin, bell, mute, message.edits ? el("span", {}, t("edited")) : null, el("span", {}, hours(message.date)),
    message.mine ? icon("check") : null);
}

function photos(messages, hooks, alone) {
  const shown = messages.map((one) => {
    const picture = el("img", { src: one.photo.url, alt: one.caption || t("photo"), width: one.photo.width, height: one.photo.height });
    const tall = one.photo.height > TALL * one.photo.width;
    return button({ class: tall ? "tall" : "", "aria-label": t("picture"), on: { click: () => hooks.enlarge(one.photo.url) } }, picture);
  });
  return el("div", { class: `photos ${messages.length > 1 ? "two" : ""} ${alone ? "alone" : ""}` }, ...shown);
}

function card(iconName, title, below, link) {
  const inside = [el("span", { class: "round" }, icon(iconName)), el("span", {}, el("b", {}, title), el("small", {}, below))];
  return link ? el("a", { class: "card", href: link, download: title }, ...inside) : el("div", { class: "card" }, ...inside);
}

function voice() {
  const bars = [7, 14, 20, 11, 17, 24, 13, 8, 16, 21, 12, 18, 9, 14, 6];
  const wave = el("span", { class: "wave" }, ...bars.map((height) => {
    const bar = el("i");
    bar.style.height = `${height}px`;
    return bar;
  }));
  return el("div", { class: "card", role: "img", "aria-label": t("voice") }, el("span", { class: "round" }, icon("play")), wave);
}

function contents(message, hooks) {
  const found = [];
  if (message.document) found.push(card("file", message.document.file_name || t("document"), size(message.document.file_size), message.document.url));
  if (message.voice) found.push(voice());
  if (message.contact) found.push(card("person", [message.contact.first_name, message.contact.last_name].filter(Boolean).join(" "), message.contact.phone_number));
  if (message.location) found.push(card("pin", t("location"), `${message.location.latitude}, ${message.location.longitude}`));
  if (message.invoice) found.push(card("receipt", message.invoice.title, `${money(message.invoice.total_amount, message.invoice.currency)} · ${message.invoice.description}`));
  const text = message.text || message.caption;
  if (text) {
    const entities = message.text ? message.entities : message.caption_entities;
    found.push(el("span", { class: "text", dir: "auto" }, ...rich(text, entities, hooks)));
  }
  return found;
}

function keyboard(message, hooks) {
  if (!message.buttons.length) return null;
  const marks = { url: "link", web_app: "link", copy_text: "copy" };
  const rows = message.buttons.map((row, r) => el("div", { class: row.length > 4 ? "many" : "" }, ...row.map((one, c) => {
    const mark = Object.keys(marks).find((kind) => kind in one);
    const press = (event) => hooks.press(message, r, c, event.currentTarget);
    const blank = one.text.trim() ? null : "—";
    return button({ class: `${one.style || ""} ${one.text.length > (LONG[row.length - 1] ?? 99) ? "long" : ""}`, "aria-label": blank, title: one.text, data: { place: `${r}:${c}` }, on: { click: press } },
      one.text, mark ? icon(marks[mark]) : null);
  })));
  return el("div", { class: "inline", role: "group" }, ...rows);
}

function service(message) {
  const what = message.service || {};
  const money2 = message.successful_payment || message.refunded_payment;
  if (money2) return t(message.successful_payment ? "payment" : "refund", money(money2.total_amount, money2.currency));
  if (what.new_chat_members) return t("joined", what.new_chat_members.map((one) => one.first_name).join(", "));
  if (what.left_chat_member) return t("left", what.left_chat_member.first_name);
  if (what.forum_topic_created) return t("topic", what.forum_topic_created.name);
  return what.migrate_to_chat_id || what.migrate_from_chat_id ? t("moved") : null;
}

// `close`: the message before is of the same author; `group`: names of authors are shown.
export function draw(messages, { close, group, fresh }, hooks) {
  const [first] = messages;
  const noted = service(first);
  if (noted) return el("p", { class: "note" }, noted);
  const pictured = messages.filter((one) => one.photo);
  const bodies = messages.flatMap((one) => contents(one, hooks));
  const wide = first.buttons.some((row) => row.length > 3);
  const bare = Boolean(first.sticker);
  const alone = pictured.length > 0 && bodies.length === 0;
  const bubble = el("div", { class: `bubble ${bare ? "bare" : ""}` },
    group && !first.mine && !close ? el("div", { class: "author", hue: hue(first.from.id) }, first.from.name) : null,
    first.forwarded_from ? el("div", { class: "from" }, `${t("forwarded")} ${first.forwarded_from}`) : null,
    first.reply_to ? button({ class: "answered", on: { click: () => hooks.show(first.reply_to.message_id) } },
      el("b", {}, first.reply_to.name), el("span", {}, first.reply_to.text || t(first.reply_to.kind))) : null,
    pictured.length ? photos(pictured, hooks, alone) : null,
    bare ? el("img", { class: "sticker", src: first.sticker.url, alt: first.sticker.emoji || "" }) : null,
    ...bodies,
    stamp(messages[messages.length - 1]));
  if (first.reactions.length) bubble.append(el("span", { class: "reactions" }, ...first.reactions.map((one) => el("span", {}, one))));
  const answer = button({ class: "icon answer", "aria-label": t("answer"), on: { click: () => hooks.answer(first) } }, icon("reply"));
  const classes = ["row", first.mine && "mine", close && "close", wide && "wide", pictured.length && !wide && "pictured", fresh && "new"].filter(Boolean).join(" ");
  return el("article", { class: classes, data: { id: first.message_id } }, bubble, keyboard(first, hooks), answer);
}

export function avatar(id, name) {
  return el("span", { class: "avatar", hue: hue(id), "aria-hidden": "true" }, initial(name));
}
