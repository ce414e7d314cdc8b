// Rooms and what is said in them.
import { inWords } from "./client.js";

const $ = (id) => document.getElementById(id);
const KEPT = 200;

export class Talk {
  #here; #room = "lobby"; #isLost = false;

  constructor(here) {
    this.#here = here;
    $("say").addEventListener("submit", (event) => { event.preventDefault(); this.#say(); });
    $("join").addEventListener("submit", (event) => { event.preventDefault(); this.#go($("join-name").value.trim()); $("join-name").value = ""; });
  }

  welcome(you, again) {
    this.#isLost = false;
    this.note(again ? `Connected again, as ${you.name}.` : `You are ${you.name}. What you say here is read by everybody in the room.`);
    if (this.#room !== you.room) this.#go(this.#room); else this.#showRooms();
  }

  came(person) { this.#about(person, "came in"); this.#showRooms(); }

  left(person) { this.#about(person, "left"); this.#showRooms(); }

  changed(before, person) {
    if (before && before.name !== person.name) this.note(person.id === this.#here.me ? `You are ${person.name} now.` : `${before.name} is ${person.name} now.`);
    if (before && before.room !== person.room && person.id !== this.#here.me) this.#about(person, person.room === this.#room ? "came into the room" : `went to ${person.room}`);
    this.#showRooms();
  }

  /** Says it once, and returns the reason in words. */
  lost(reason) {
    const why = inWords(reason);
    if (!this.#isLost) this.note(`The connection is gone: ${why}.`);
    this.#isLost = true;
    $("rooms").replaceChildren();
    return why;
  }

  said(person, text) { if (person) this.#message(person, text, ""); }

  note(text) { this.#item("note").textContent = text; }

  async #say() {
    const text = $("say-text").value.trim();
    if (!text) return;
    if (!this.#here.client.connected) { this.note("Not connected: the message was not sent."); return; }
    $("say-text").value = "";
    const state = this.#message(this.#here.people.get(this.#here.me), text, "mine");
    try {
      const others = await this.#here.client.call(5000, "say", text);
      state.textContent = others === 0 ? "nobody else is in this room" : `went to ${others}`;
    } catch (error) { state.textContent = `not sent: ${error.message}`; }
  }

  async #go(room) {
    if (!room) return;
    try {
      const count = await this.#here.client.call(5000, "room", room);
      if (this.#room !== room) this.note(`You are in ${room}, ${count === 1 ? "alone so far" : `with ${count - 1} more`}.`);
      this.#room = room;
      this.#showRooms();
    } catch (error) { this.note(`Could not go to ${room}: ${error.message}`); }
  }

  // Rooms are there while somebody is in them; the first one is always offered.
  #showRooms() {
    const counts = new Map([["lobby", 0]]);
    for (const { room } of this.#here.people.values()) counts.set(room, (counts.get(room) ?? 0) + 1);
    $("rooms").replaceChildren(...[...counts].sort((a, b) => b[1] - a[1]).slice(0, 8).map(([room, count]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${room} `;
      button.appendChild(document.createElement("small")).textContent = count;
      button.setAttribute("aria-pressed", room === this.#room);
      button.setAttribute("aria-label", `Room ${room}, ${count} in it`);
      button.addEventListener("click", () => this.#go(room));
      return button;
    }));
  }

  #about(person, what) {
    const li = this.#item("note");
    li.append(named(person), ` ${what}`);
  }

  #message(person, text, className) {
    const li = this.#item(className);
    li.append(named(person), ` ${text} `);
    return li.appendChild(document.createElement("small"));
  }

  #item(className) {
    const list = $("messages");
    const stick = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    const li = list.appendChild(document.createElement("li"));
    li.className = className;
    while (list.childElementCount > KEPT) list.firstElementChild.remove();
    if (stick) requestAnimationFrame(() => { list.scrollTop = list.scrollHeight; });
    return li;
  }
}

function named(person) {
  const b = document.createElement("b");
  b.className = "person";
  b.style.setProperty("--hue", person.hue);
  b.textContent = person.name;
  return b;
}
