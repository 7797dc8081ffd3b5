// One phone: whose it is, which chat is open, and what stands on its screen.

import { Acts } from "./acts.js";
import { call } from "./api.js";
import { button, copy, el, hue, icon, initial } from "./dom.js";
import { avatar, draw } from "./message.js";
import { Sheets } from "./sheets.js";
import { day, t } from "./words.js";

const TYPING = 5000;
const TOAST = 3600;

export class Phone extends Acts {
  constructor(root, app, side) {
    super();
    Object.assign(this, { root, app, side, person: null, chat: null, messages: new Map(), last: 0, view: null });
    Object.assign(this, { people: [], summaries: [], dots: new Set(), waits: new Map(), replyTo: null, folded: false, wish: null });
    root.append(document.getElementById("phone").content.cloneNode(true));
    this.$ = (selector) => root.querySelector(selector);
    this.log = this.$(".log");
    this.sheets = new Sheets(this.$(".sheet"));
    this.bind();
    this.label();
  }

  bind() {
    const field = this.$("textarea");
    this.$(".composer").addEventListener("submit", (event) => (event.preventDefault(), this.send()));
    field.addEventListener("input", () => this.fit());
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), this.send());
    });
    this.$(".attach").addEventListener("click", () => this.attach());
    this.$(".commands").addEventListener("click", () => this.commands());
    this.$(".more").addEventListener("click", () => this.more());
    this.$(".begin").addEventListener("click", () => this.act("start"));
    this.$(".reply button").addEventListener("click", () => this.answer(null));
    this.$(".jump").addEventListener("click", () => this.bottom(true));
    this.$(".keys").addEventListener("click", () => ((this.wish = this.folded ? "open" : "folded"), this.drawKeyboard(), this.bottom()));
    this.$("input").addEventListener("change", (event) => this.upload([...event.target.files]));
    this.log.addEventListener("scroll", () => (this.$(".jump").hidden = this.near()));
    new ResizeObserver(() => this.stick && this.bottom()).observe(this.log);
    this.log.addEventListener("scroll", () => (this.stick = this.near()));
    this.log.addEventListener("load", () => this.stick && this.bottom(), true);
    this.stick = true;
  }

  label() {
    const names = { ".attach": "attach", ".more": "more", ".keys": "keys", ".send": "send", ".jump": "jump", ".reply button": "close" };
    for (const [selector, word] of Object.entries(names)) this.$(selector).setAttribute("aria-label", t(word));
    this.$("textarea").placeholder = t("write");
    this.$("textarea").setAttribute("aria-label", t("write"));
    this.$(".commands span").textContent = t("menu");
    this.root.setAttribute("aria-label", t(this.side));
  }

  // Who and where

  async choose(person, chat = null) {
    this.person = person;
    this.open(chat);
    this.app.remember(this.side, person.id);
    await this.load();
  }

  open(chat) {
    this.chat = chat;
    this.dots.delete(chat ?? this.person.id);
    this.messages.clear();
    this.log.replaceChildren();
    this.last = 0;
    this.view = null;
    this.typing(null);
    this.answer(null);
  }

  async load() {
    if (!this.person) return;
    this.summaries = await call("chats", { user: this.person.id });
    if (this.chat !== null && !this.summaries.some((one) => one.chat_id === this.chat)) this.open(null);
    await this.refresh();
    this.drawPeople();
    this.drawChats();
  }

  // Asks only for what changed; calls made meanwhile are folded into one more round.
  async refresh() {
    if (this.busy) return void (this.again = true);
    this.busy = true;
    try {
      do {
        this.again = false;
        const [user, chat, first] = [this.person.id, this.chat, this.last === 0];
        const view = await call("chat", { user, chat, after: this.last });
        if (user !== this.person.id || chat !== this.chat) { this.again = true; continue; }
        this.take(view, first);
      } while (this.again);
    } finally {
      this.busy = false;
    }
  }

  take(view, first) {
    const known = new Set(view.message_ids);
    for (const id of this.messages.keys()) if (!known.has(id)) this.messages.delete(id);
    const came = view.messages.filter((one) => !this.messages.has(one.message_id));
    for (const one of view.messages) this.messages.set(one.message_id, one);
    this.last = view.event;
    this.view = view;
    if (came.some((one) => !one.mine)) this.typing(null);
    if (!first && came.some((one) => one.rang)) this.ring();
    if (view.force_reply && came.some((one) => one.message_id === view.force_reply)) this.answer(this.messages.get(view.force_reply));
    else if (this.replyTo && !known.has(this.replyTo.message_id)) this.answer(null);
    this.draw(first ? new Set() : new Set(came.map((one) => one.message_id)));
  }

  // Drawing

  draw(fresh) {
    const down = this.stick || fresh.size > 0;
    if (fresh.size) this.wish = null;
    this.drawHead();
    this.drawLog(fresh);
    this.drawKeyboard();
    if (down) this.bottom();
  }

  drawHead() {
    const { view } = this;
    this.$(".top .avatar").style.setProperty("--hue", view.type === "private" ? 212 : hue(view.chat_id));
    this.$(".top .avatar").textContent = initial(view.title);
    this.$(".who h2").textContent = view.title;
    if (!this.typed) this.$(".state").textContent = view.type === "private" ? t("bot") : t("members");
    const stopped = view.blocked || !view.started;
    this.$(".composer").hidden = stopped;
    this.$(".begin").hidden = !stopped;
    this.$(".begin").textContent = t(view.blocked ? "unblock" : "begin");
    this.$(".commands").hidden = view.commands.length === 0;
  }

  drawLog(fresh) {
    const drawn = new Map([...this.log.children].map((node) => [node.dataset.key, node]));
    const nodes = [];
    let before = null;
    for (const group of this.groups()) {
      const [first] = group;
      const today = day(first.date);
      if (!before || day(before.date) !== today) nodes.push(this.keep(drawn, `d${today}`, today, () => el("p", { class: "day" }, today)));
      const close = Boolean(before) && !before.service && before.from.id === first.from.id && first.date - before.date < 600;
      const shown = { close, group: this.view.type !== "private", fresh: fresh.has(first.message_id) };
      const stamp = JSON.stringify([group, close, this.app.language]);
      nodes.push(this.keep(drawn, `m${first.message_id}`, stamp, () => draw(group, shown, this.hooks())));
      before = group[group.length - 1];
    }
    if (!nodes.length) nodes.push(this.keep(drawn, "about", this.view.about + this.app.language, () => this.about()));
    if (this.typed) nodes.push(this.keep(drawn, "typing", "", () => el("div", { class: "row" }, el("div", { class: "bubble" }, el("span", { class: "dots", role: "img", "aria-label": t("typing") }, el("i"), el("i"), el("i"))))));
    const wanted = new Set(nodes);
    for (const node of [...this.log.children]) if (!wanted.has(node)) node.remove();
    nodes.forEach((node, index) => this.log.children[index] !== node && this.log.insertBefore(node, this.log.children[index] || null));
    for (const place of this.waits.keys()) this.spot(place)?.classList.add("waits");
  }

  keep(drawn, key, stamp, make) {
    const old = drawn.get(key);
    if (old && old.stamp === stamp) return old;
    const focused = old?.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    const node = make();
    node.dataset.key = key;
    node.stamp = stamp;
    if (old) {
      node.classList.remove("new");
      old.replaceWith(node);
    }
    if (focused) node.querySelector(`[data-place="${focused}"]`)?.focus();
    return node;
  }

  groups() {
    const found = [];
    for (const message of [...this.messages.values()].sort((a, b) => a.message_id - b.message_id)) {
      const last = found[found.length - 1];
      if (last && message.media_group_id && last[0].media_group_id === message.media_group_id) last.push(message);
      else found.push([message]);
    }
    return found;
  }

  about() {
    const said = this.view.about || t("empty");
    return el("div", { class: "about" }, this.view.about ? el("b", {}, `${t("about")}\n`) : null, said);
  }

  drawKeyboard() {
    const shown = this.view?.keyboard && !this.view.blocked && this.view.started;
    this.$(".keys").hidden = !shown;
    const pad = this.$(".keyboard");
    this.folded = this.wish ? this.wish === "folded" : this.crowded(pad);
    this.$(".keys").setAttribute("aria-expanded", String(!this.folded));
    pad.hidden = !shown || this.folded;
    pad.setAttribute("aria-label", t("keys"));
    const rows = shown ? this.view.keyboard.keyboard : [];
    const stamp = JSON.stringify(rows);
    if (pad.stamp === stamp) return;
    pad.stamp = stamp;
    pad.replaceChildren(...rows.map((row) => el("div", {}, ...row.map((one) => button({ on: { click: () => this.tap(one) } }, one.text)))));
  }

  // The newest message, such as a calendar, is worth more room than the buttons under the field: fold them while it needs it.
  crowded(pad) {
    const newest = this.messages.get(Math.max(...this.messages.keys()));
    const row = newest?.buttons.length && this.log.lastElementChild;
    this.padHeight = pad.offsetHeight || this.padHeight || 0;
    return Boolean(row) && row.offsetHeight > this.log.clientHeight + pad.offsetHeight - this.padHeight;
  }

  drawPeople() {
    const chips = this.people.map((one) => button(
      { "aria-pressed": String(one.id === this.person?.id), class: this.dots.has(one.id) && one.id !== this.person?.id ? "dot" : "", on: { click: () => this.choose(one) } },
      avatar(one.id, one.name), el("span", {}, one.name)));
    const add = button({ class: "icon small add", "aria-label": t("person"), title: t("person"), on: { click: () => this.app.invite(this) } }, icon("plus"));
    this.$(".people").replaceChildren(el("h3", {}, t(this.side)), ...chips, add);
  }

  drawChats() {
    const bar = this.$(".chats");
    bar.hidden = this.summaries.length < 2;
    bar.replaceChildren(...this.summaries.map((one) => {
      const id = one.type === "private" ? null : one.chat_id;
      const pick = () => (this.open(id), this.load());
      return button({ role: "tab", "aria-selected": String(id === this.chat), class: this.dots.has(one.chat_id) && id !== this.chat ? "dot" : "", on: { click: pick } }, one.title);
    }));
  }

  // What events mean for this phone

  heard(event) {
    if (!this.person) return;
    const here = event.chat_id === (this.chat ?? this.person.id);
    if (event.kind === "action" && here) return this.typing(event.action);
    if (event.kind === "answer") return this.answered(event);
    if (event.kind === "message" && !here && event.rings && event.sender !== this.person.id) {
      const mine = this.summaries.some((one) => one.chat_id === event.chat_id) || this.people.some((one) => one.id === event.chat_id);
      if (mine) (this.dots.add(event.chat_id), this.drawPeople(), this.drawChats(), this.app.ring(this.side));
    }
    if (event.kind === "commands" || (event.kind === "chat" && event.chat_id < 0)) return void this.load().catch(() => {});
    if (here) this.refresh().catch(() => {});
  }

  typing(action) {
    clearTimeout(this.typed);
    this.typed = action && action !== "cancel" ? setTimeout(() => this.typing(null), TYPING) : null;
    const word = { upload_photo: "sends", upload_document: "sendsFile" }[action] || "typing";
    this.$(".state").classList.toggle("typing", Boolean(this.typed));
    if (this.typed) this.$(".state").textContent = t(word);
    if (this.view) this.draw(new Set());
  }

  ring() {
    const phone = this.$(".phone");
    phone.classList.remove("rings");
    void phone.offsetWidth;
    phone.classList.add("rings");
    this.app.ring(this.side);
  }

  toast(text) {
    const box = this.$(".toast");
    clearTimeout(this.toasting);
    box.textContent = text;
    box.hidden = false;
    this.toasting = setTimeout(() => (box.hidden = true), TOAST + text.length * 25);
  }

  near() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 90;
  }

  bottom(smooth) {
    this.stick = true;
    this.log.scrollTo({ top: this.log.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }

  hooks() {
    return (this.made ??= {
      copy: async (text) => (await copy(text), this.toast(t("copied", text))),
      write: (text) => this.send(text),
      open: (link) => this.follow(link),
      enlarge: (url) => this.app.enlarge(url),
      press: (message, row, col) => this.press(message, row, col),
      answer: (message) => this.answer(message),
      show: (id) => this.flash(id),
    });
  }

  flash(id) {
    const node = this.log.querySelector(`[data-key="m${id}"]`);
    node?.scrollIntoView({ block: "center", behavior: "smooth" });
    node?.classList.add("flash");
    setTimeout(() => node?.classList.remove("flash"), 1000);
  }
}
