// What slides over a phone: menus, questions, alerts. One at a time; Escape and a press beside it close it.

import { button, el, icon } from "./dom.js";
import { t } from "./words.js";

export class Sheets {
  constructor(root) {
    this.root = root;
    root.addEventListener("click", (event) => event.target === root && this.close(null));
    root.addEventListener("keydown", (event) => this.key(event));
  }

  open(kind, role, label, content) {
    if (!this.root.hidden) this.close(null);
    this.before = document.activeElement;
    this.root.className = `sheet ${kind}`;
    const box = el("div", { role, "aria-label": label, "aria-modal": "true" }, ...content);
    this.root.replaceChildren(box);
    this.root.hidden = false;
    (box.querySelector(".chief") || box.querySelector("button"))?.focus();
    return new Promise((resolve) => (this.done = resolve));
  }

  close(value) {
    if (this.root.hidden) return;
    this.root.hidden = true;
    this.root.replaceChildren();
    this.before?.focus?.();
    this.done?.(value);
  }

  key(event) {
    const stops = [...this.root.querySelectorAll("button")];
    const at = stops.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] || (event.key === "Tab" ? (event.shiftKey ? -1 : 1) : 0);
    if (event.key === "Escape") this.close(null);
    else if (step && stops.length) stops[(at + step + stops.length) % stops.length].focus();
    else return;
    event.preventDefault();
  }

  // items: [{icon, text, hint, command, bad, value}]; resolves to the value chosen.
  menu(label, items, kind = "") {
    const rows = items.map((one) => el("li", { role: "none" }, button(
      { role: "menuitem", class: one.bad ? "bad" : "", on: { click: () => this.close(one.value) } },
      one.icon ? icon(one.icon) : null,
      one.command ? el("span", { class: "command" }, one.command) : null,
      el("span", {}, one.text, one.hint ? el("small", {}, one.hint) : null))));
    return this.open(kind, "menu", label, [el("ul", { class: "menu", role: "none" }, ...rows)]);
  }

  ask(title, text, yes) {
    return this.open("", "dialog", title, [
      el("h4", {}, title), el("p", {}, text),
      el("div", { class: "choices" },
        button({ on: { click: () => this.close(false) } }, t("cancel")),
        button({ class: "chief", on: { click: () => this.close(true) } }, yes)),
    ]);
  }

  alert(title, text) {
    return this.open("middle", "alertdialog", text, [
      el("h4", {}, title), el("p", { class: "said" }, text),
      el("div", { class: "choices" }, button({ class: "chief", on: { click: () => this.close(true) } }, t("ok"))),
    ]);
  }
}
