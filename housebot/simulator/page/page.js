// The page: two phones, the clock, languages, themes, tabs. Everything it knows comes from the simulator.

import { call, listen, settings } from "./api.js";
import { el, icon } from "./dom.js";
import { Phone } from "./phone.js";
import { hours, page, shortDay, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const stored = (key) => localStorage.getItem(`sim.${key}`);
const store = (key, value) => localStorage.setItem(`sim.${key}`, value);
// Choices of people belong to one world: another run has other people under the same numbers.
const here = (key) => `${app.given.world}.${key}`;

class App {
  constructor(given) {
    this.given = given;
    this.language = page.language = stored("language") || given.language || (navigator.language.startsWith("ru") ? "ru" : "en");
    page.zone = given.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.shift = new Date(given.now).getTime() - Date.now();
    this.owners = new Set(given.owners || []);
    this.phones = { guest: new Phone($("guest"), this, "guest"), owner: new Phone($("owner"), this, "owner") };
    this.tab = "guest";
    this.bind();
    this.theme(stored("theme"));
    this.words();
    setInterval(() => this.tick(), 1000);
    listen(given.event, (event) => this.heard(event), (on) => this.line(on));
  }

  bind() {
    for (const one of document.querySelectorAll("[data-move]")) one.addEventListener("click", () => this.move(one.dataset.move));
    for (const one of document.querySelectorAll("[data-lang]")) one.addEventListener("click", () => this.speak(one.dataset.lang));
    $("theme").addEventListener("click", () => this.theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark", true));
    $("tries-close").addEventListener("click", () => (store("tries", "closed"), ($("tries").hidden = true)));
    $("light").addEventListener("click", () => $("light").close());
    for (const side of ["guest", "owner"]) {
      $(`tab-${side}`).addEventListener("click", () => this.show(side));
      $(`tab-${side}`).addEventListener("keydown", (event) => {
        if (["ArrowLeft", "ArrowRight"].includes(event.key)) (this.show(side === "guest" ? "owner" : "guest"), $(`tab-${this.tab}`).focus());
      });
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => stored("theme") || this.theme(null));
    this.show("guest");
  }

  // People

  async people() {
    const bots = await call("bots");
    this.bot = bots[0];
    if (!this.bot) return this.nobody(true);
    this.nobody(false);
    const all = (await call("users")).map((one) => ({ ...one, name: one.first_name }));
    const listed = new Set(this.given.guests || []);
    const guests = all.filter((one) => !this.owners.has(one.id) && (!listed.size || listed.has(one.id) || this.invited().has(one.id)));
    const owners = all.filter((one) => this.owners.has(one.id));
    if (!guests.length) await this.invite(this.phones.guest);
    else await this.seat(this.phones.guest, guests);
    if (!owners.length) await this.invite(this.phones.owner);
    else await this.seat(this.phones.owner, owners);
  }

  invited() {
    return new Set(JSON.parse(stored(here("invited")) || "[]"));
  }

  async seat(phone, people) {
    phone.people = people;
    const wanted = Number(stored(here(phone.side)));
    const person = people.find((one) => one.id === phone.person?.id) || people.find((one) => one.id === wanted) || people[0];
    if (person.id !== phone.person?.id) await phone.choose(person);
    else (phone.person = person, phone.drawPeople());
  }

  // The people of whoever embeds the simulator speak as the page does; other people keep what their script gave them.
  async align() {
    const cast = new Set([...(this.given.guests || []), ...(this.given.owners || []), this.phones.guest.person?.id]);
    const people = Object.values(this.phones).flatMap((phone) => phone.people.filter((one) => cast.has(one.id)));
    for (const one of people) if (one.language_code !== this.language) await call("user", { id: one.id, language_code: this.language });
    for (const phone of Object.values(this.phones)) (phone.label(), await phone.load());
  }

  async invite(phone) {
    const names = phone.side === "owner" && !phone.people.length ? [t("owner")] : t("names");
    const taken = new Set((await call("users")).map((one) => one.first_name));
    const name = names.find((one) => !taken.has(one)) || `${t("guest")} ${taken.size + 1}`;
    const phoneNumber = `+37529${String(Math.floor(1e6 + Math.random() * 8.9e6))}`;
    const made = await call("user", { first_name: name, language_code: this.language, phone: phoneNumber });
    if (phone.side === "owner") this.owners.add(made.id);
    else store(here("invited"), JSON.stringify([...this.invited(), made.id]));
    const person = { ...made, name };
    phone.people = [...phone.people.filter((one) => one.id !== made.id), person];
    await phone.choose(person);
  }

  remember(side, id) {
    store(here(side), id);
  }

  nobody(none) {
    document.querySelector(".desk").style.visibility = none ? "hidden" : "";
    this.none = none;
    this.line(true);
  }

  // Events

  heard(event) {
    if (event.kind === "reset") return location.reload();
    if (event.kind === "clock") this.shift = new Date(event.now).getTime() - Date.now();
    if (event.kind === "clock") return this.tick();
    if (event.kind === "call") return this.none && this.people();
    if (event.kind === "user") return void this.people();
    for (const phone of Object.values(this.phones)) phone.heard(event);
  }

  line(on) {
    $("offline").hidden = on && !this.none;
    $("offline").textContent = on ? t("nobody") : t("offline");
    if (on && this.off) for (const phone of Object.values(this.phones)) phone.load().catch(() => {});
    this.off = !on;
  }

  ring(side) {
    if (side !== this.tab) $(`tab-${side}`).querySelector("i").hidden = false;
  }

  // Bar

  async move(how) {
    const zone = page.zone;
    if (how === "morning") await call("next_hour", { hour: 8, zone });
    else await call("advance", { seconds: Number(how) });
  }

  tick() {
    const now = (Date.now() + this.shift) / 1000;
    $("clock").querySelector("b").textContent = hours(now);
    const [date, zone] = $("clock").querySelectorAll("span");
    date.textContent = shortDay(now);
    zone.textContent = `· ${page.zone.split("/").pop().replace("_", " ")}`;
  }

  async speak(language) {
    this.language = page.language = language;
    store("language", language);
    this.words();
    await this.align();
  }

  words() {
    const { given, language } = this;
    const own = (value) => this.own(value);
    document.documentElement.lang = language;
    document.title = $("title").textContent = own(given.title) || "Telegram";
    for (const one of document.querySelectorAll("[data-lang]")) one.setAttribute("aria-pressed", String(one.dataset.lang === language));
    $("language").setAttribute("aria-label", t("language"));
    for (const id of ["theme"]) ($(id).setAttribute("aria-label", t(id)), ($(id).title = t(id)));
    document.querySelector(".clock").setAttribute("aria-label", t("clock"));
    for (const [how, word] of [["600", "ten"], ["3600", "hour"], ["morning", "morning"]]) {
      const one = document.querySelector(`[data-move="${how}"]`);
      one.textContent = t(word);
      one.setAttribute("aria-label", t(`${word}Long`));
    }
    for (const side of ["guest", "owner"]) $(`tab-${side}`).querySelector("span").textContent = t(side);
    const tries = given.tries?.[language] || [];
    $("tries").hidden = !tries.length || stored("tries") === "closed";
    $("tries").setAttribute("aria-label", t("tries"));
    $("tries-close").setAttribute("aria-label", t("close"));
    $("tries").querySelector("ol").replaceChildren(...tries.map((one) => el("li", {}, one)));
    $("links").replaceChildren(...this.links().map((one) => el("a", { href: one.url, target: "_blank", rel: "noopener" }, one.label)));
    $("light").querySelector("button").setAttribute("aria-label", t("close"));
    this.tick();
  }

  own(value) {
    return (value && typeof value === "object" ? value[this.language] ?? value.en : value) || "";
  }

  links() {
    return (this.given.links || []).map((one) => ({ url: one.url, label: this.own(one.label) }));
  }

  theme(wanted, keep) {
    const dark = wanted ? wanted === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    $("theme").replaceChildren(icon(dark ? "sun" : "moon"));
    if (keep) store("theme", wanted);
  }

  show(side) {
    this.tab = side;
    for (const one of ["guest", "owner"]) {
      $(one).classList.toggle("shown", one === side);
      $(`tab-${one}`).setAttribute("aria-selected", String(one === side));
      $(`tab-${one}`).tabIndex = one === side ? 0 : -1;
    }
    $(`tab-${side}`).querySelector("i").hidden = true;
    this.phones[side].bottom();
  }

  enlarge(url) {
    $("light").querySelector("img").src = url;
    $("light").showModal();
  }
}

const app = new App(await settings());
await app.people();
if (app.given.guests) await app.align();
