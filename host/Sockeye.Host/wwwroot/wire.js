// The packets of this tab, with what they mean; and a form that sends any event.
import { parse } from "./client.js";

const $ = (id) => document.getElementById(id);
const KEPT = 200;
const STEADY = new Set(["pool", "load", "steer"]);

export class Wire {
  #attachmentOf = { in: null, out: null }; #pings = new Set(); #waiting = [];

  constructor(here) {
    $("wire-clear").addEventListener("click", () => $("wire").replaceChildren());
    $("lab").addEventListener("submit", (event) => { event.preventDefault(); this.#send(here.client); });
  }

  packet({ direction, packet }) {
    if ($("wire-hold").checked) return;
    const { kind, meaning, steady } = typeof packet === "string" ? this.#read(direction, packet) : this.#attachment(direction);
    if (steady && !$("wire-steady").checked) return;
    if (this.#waiting.push({ direction, kind, meaning, text: typeof packet === "string" ? packet.slice(0, 200) : `${packet.byteLength} bytes` }) === 1) setTimeout(() => this.#show(), 50);
  }

  // What came meanwhile is added at once: a thousand packets are one change of the page.
  #show() {
    const list = $("wire"), stick = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    list.append(...this.#waiting.splice(0).slice(-KEPT).map(({ direction, kind, meaning, text }) => {
      const li = document.createElement("li");
      li.className = direction;
      const b = li.appendChild(document.createElement("b"));
      b.textContent = kind;
      b.title = meaning;
      li.append(text);
      return li;
    }));
    while (list.childElementCount > KEPT) list.firstElementChild.remove();
    if (stick) list.scrollTop = list.scrollHeight;
  }

  #read(direction, packet) {
    switch (packet[0]) {
      case "0": return { kind: "open", meaning: "The session begins: its id, and how often the server asks whether we are there" };
      case "1": return { kind: "close", meaning: "The session ends" };
      case "2": return packet === "2probe" ? { kind: "probe", meaning: "Can the WebSocket carry the session?" } : { kind: "ping", meaning: "Are you there?", steady: true };
      case "3": return packet === "3probe" ? { kind: "probe", meaning: "It can" } : { kind: "pong", meaning: "I am", steady: true };
      case "5": return { kind: "upgrade", meaning: "From here on over the WebSocket" };
      case "6": return { kind: "noop", meaning: "Ends a waiting HTTP request, so that the WebSocket can take over" };
    }
    const { type, ack, json, attachments } = parse(packet.slice(1));
    if (type === "2" || type === "5") {
      const name = /^\["((?:[^"\\]|\\.)*)"/.exec(json)?.[1] ?? "";
      const ping = /^\["echo"(?:,"burst",\d+)?\]$/.test(json);        // this page's own measurements
      if (ping) this.#pings.add(ack);
      const steady = ping || STEADY.has(name);
      if (attachments) this.#attachmentOf[direction] = steady;
      return { kind: "event", meaning: ack < 0 ? "A name and arguments" : `A name and arguments; asks for answer ${ack}`, steady };
    }
    if (type === "3" || type === "6") return { kind: "answer", meaning: `Answers event ${ack}`, steady: this.#pings.delete(ack) };
    return { "0": { kind: "enter", meaning: "Enters the namespace /playground" }, "1": { kind: "leave", meaning: "Leaves the namespace" }, "4": { kind: "refused", meaning: "May not enter" } }[type];
  }

  #attachment(direction) { return { kind: "binary", meaning: "Bytes that belong to the event before", steady: this.#attachmentOf[direction] }; }

  async #send(client) {
    const answer = $("lab-answer");
    let args;
    try { args = JSON.parse($("lab-args").value || "[]"); } catch { answer.textContent = "The arguments are not JSON."; return; }
    if (!Array.isArray(args)) { answer.textContent = "The arguments must be a JSON array."; return; }
    const begun = performance.now();
    try {
      const value = await client.call(5000, $("lab-event").value, ...args);
      answer.textContent = `${JSON.stringify(value) ?? "(an empty answer)"} after ${(performance.now() - begun).toFixed(1)} ms`;
    } catch (error) { answer.textContent = error.code ? `refused, ${error.code}: ${error.message}` : error.message; }
  }
}
