// What a phone's owner does: write, press, share, pay, follow links. `Phone` adds the screen.

import { base64, call } from "./api.js";
import { copy, el } from "./dom.js";
import { money, t } from "./words.js";

const PATIENCE = 12000;
const LARGEST = 36 * 1048576;

export class Acts {
  async act(name, args = {}) {
    try {
      return await call(name, { user: this.person.id, chat: name === "start" ? null : this.chat, ...args });
    } catch (error) {
      this.toast(error.message);
      return null;
    }
  }

  async send(text = null) {
    const field = this.$("textarea");
    const written = text ?? field.value;
    if (!written.trim()) return;
    const forced = this.view.force_reply && !this.replyTo ? 0 : null;
    const sent = await this.act("send", { text: written, reply_to: this.replyTo?.message_id ?? forced });
    if (!sent) return;
    if (text === null) (field.value = "", this.fit());
    this.answer(null);
  }

  fit() {
    const field = this.$("textarea");
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }

  answer(message) {
    this.replyTo = message;
    this.$(".reply").hidden = !message;
    if (!message) return;
    this.$(".reply p").replaceChildren(el("b", {}, message.from.name), el("span", {}, message.text || message.caption || t("photo")));
    this.$("textarea").focus({ preventScroll: true });
  }

  spot(place) {
    const [id, row, col] = place.split(":");
    return this.log.querySelector(`[data-key="m${id}"] [data-place="${row}:${col}"]`);
  }

  async press(message, row, col) {
    const one = message.buttons[row][col];
    if (one.copy_text) return (await copy(one.copy_text.text), this.toast(t("copied", one.copy_text.text)));
    if (one.url || one.web_app) return this.follow(one.url || one.web_app.url);
    if (one.pay) return this.pay(message);
    const done = await this.act("press", { message_id: message.message_id, row, col });
    if (!done?.query_id) return;
    const place = `${message.message_id}:${row}:${col}`;
    const late = setTimeout(() => (this.calm(done.query_id), this.toast(t("noAnswer"))), PATIENCE);
    if (this.early?.query_id === done.query_id) return (clearTimeout(late), void (this.early = null));
    this.waits.set(place, { query: done.query_id, late });
    this.spot(place)?.classList.add("waits");
  }

  calm(query) {
    for (const [place, wait] of this.waits) {
      if (wait.query !== query) continue;
      clearTimeout(wait.late);
      this.waits.delete(place);
      this.spot(place)?.classList.remove("waits");
      return true;
    }
    return false;
  }

  answered(event) {
    if (event.user_id !== this.person.id) return;
    if (!this.calm(event.query_id)) this.early = event;
    if (event.url) this.follow(event.url);
    else if (event.alert) this.sheets.alert(this.view.title, event.text);
    else if (event.text) this.toast(event.text);
  }

  async tap(one) {
    if (one.request_contact) return this.contact();
    await this.act("press", { text: one.text, keyboard: true });
  }

  async contact() {
    const known = this.person.phone || t("contact");
    if (await this.sheets.ask(t("shareTitle"), t("shareText", known), t("share"))) await this.act("contact");
  }

  async pay(message) {
    const sum = money(message.invoice.total_amount, message.invoice.currency);
    if (!(await this.sheets.ask(t("payTitle", sum), t("payText"), t("pay")))) return;
    const paid = await this.act("pay", { message_id: message.message_id });
    if (paid) this.toast(paid.paid ? t("paid") : t("unpaid", paid.error));
  }

  // Links to the bot itself act as they would in Telegram; others open in a new tab.
  async follow(link) {
    const url = new URL(link, location.href);
    const own = url.hostname === "t.me" && url.pathname.slice(1).toLowerCase() === (this.app.bot?.username || "").toLowerCase();
    if (own && url.searchParams.has("startgroup")) {
      const made = await this.act("startgroup", { payload: url.searchParams.get("startgroup"), title: t("newGroup") });
      return made && this.choose(this.person, made.chat_id);
    }
    if (own) return (this.open(null), await this.act("start", { payload: url.searchParams.get("start") || "" }), this.load());
    if (["t.me", "telegram.me"].includes(url.hostname) || url.protocol === "tg:") return this.toast(t("opens", decodeURIComponent(url.search.slice(1)) || link));
    if (["http:", "https:"].includes(url.protocol)) window.open(url.href, "_blank", "noopener,noreferrer");
  }

  async attach() {
    const choice = await this.sheets.menu(t("attach"), [
      { icon: "receipt", text: t("receipt"), hint: t("receiptHint"), value: "photo" },
      { icon: "file", text: t("pdf"), hint: t("pdfHint"), value: "document" },
      { icon: "photo", text: t("file"), hint: t("fileHint"), value: "file" },
      { icon: "person", text: t("contact"), hint: t("contactHint"), value: "contact" },
      { icon: "mic", text: t("voice"), hint: t("voiceHint"), value: "voice" },
      { icon: "smile", text: t("sticker"), hint: t("stickerHint"), value: "sticker" },
    ]);
    if (choice === "file") this.$("input").click();
    else if (choice === "contact") await this.contact();
    else if (choice) await this.act(choice, { reply_to: this.replyTo?.message_id });
  }

  async upload(files) {
    this.$("input").value = "";
    for (const file of files) {
      if (file.size > LARGEST) { this.toast(t("tooBig")); continue; }
      const picture = /^image\/(jpeg|png|webp|gif|bmp)$/.test(file.type);
      const sent = { data: await base64(file), name: file.name, mime: file.type, caption: this.$("textarea").value };
      if (await this.act(picture ? "photo" : "document", sent)) (this.$("textarea").value = "", this.fit());
    }
  }

  async commands() {
    const items = this.view.commands.map((one) => ({ command: `/${one.command}`, text: one.description, value: `/${one.command}` }));
    const chosen = await this.sheets.menu(t("menu"), items);
    if (chosen) await this.send(chosen);
  }

  async more() {
    const blocked = this.view?.blocked;
    const items = this.chat === null && this.view?.started ? [{ icon: "block", text: t(blocked ? "begin" : "block"), hint: blocked ? "" : t("blockHint"), bad: !blocked, value: blocked ? "unblock" : "block" }] : [];
    const links = this.app.links().map((one) => ({ icon: "link", text: one.label, value: one }));
    const chosen = await this.sheets.menu(t("more"), [{ icon: "plus", text: t("person"), value: "invite" }, ...links, ...items], "up");
    if (chosen === "invite") await this.app.invite(this);
    else if (chosen?.url) this.follow(chosen.url);
    else if (chosen) await call(chosen, { user: this.person.id });
  }
}
