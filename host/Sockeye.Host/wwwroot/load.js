// What the process does, by its own counters, and how long a message takes from this tab and back.
import { Plot } from "./plot.js";

const $ = (id) => document.getElementById(id);
const SPAN = 120;                           // half seconds in a minute
const BURST = 1000;

export class Load {
  #here; #figures = []; #trips = []; #medians = []; #p99s = [];
  #messages = new Plot($("plot-messages"), { series: ["sent", "received"], span: SPAN, least: 100, format: count });
  #trip = new Plot($("plot-trip"), { series: ["trip", "median", "p99"], span: SPAN, least: 2, format: (ms) => `${ms} ms` });
  #cpu = new Plot($("plot-cpu"), { series: ["cpu"], span: SPAN, least: 10, format: (part) => `${part} %` });
  #memory = new Plot($("plot-memory"), { series: ["memory"], span: SPAN, least: 100, format: (mib) => `${mib} MiB` });

  constructor(here) {
    this.#here = here;
    $("burst").addEventListener("click", () => this.#burst());
  }

  begin(past) { this.#figures = past; this.#show(); }

  add(figures) {
    push(this.#figures, figures);
    this.#show();
  }

  trip(ms) {
    push(this.#trips, ms);
    const sorted = [...this.#trips].sort((a, b) => a - b);
    const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    push(this.#medians, at(0.5));
    push(this.#p99s, at(0.99));
    this.#trip.draw([this.#trips, this.#medians, this.#p99s], `median ${short(at(0.5))} · p99 ${short(at(0.99))} ms`);
  }

  #show() {
    const last = this.#figures.at(-1);
    if (!last) return;
    const of = (name) => this.#figures.map((figures) => figures[name]);
    this.#messages.draw([of("sent"), of("received")], `${count(last.sent)} out, ${count(last.received)} in`);
    this.#cpu.draw([of("cpu")], `${last.cpu.toFixed(1)} %`);
    this.#memory.draw([of("memory")], `${Math.round(last.memory)} MiB`);
    $("n-connections").textContent = count(last.connections);
    $("n-bytes").textContent = bytes(last.bytesSent);
    $("n-dropped").textContent = `${count(last.dropped)} per second`;
    $("n-late").textContent = `${last.late.toFixed(2)} ms`;
  }

  async #burst() {
    const { client } = this.#here;
    $("burst").disabled = true;
    $("burst-answer").textContent = "sending…";
    const begun = performance.now();
    try {
      await Promise.all(Array.from({ length: BURST }, (_, i) => client.call(10_000, "echo", "burst", i)));
      $("burst-answer").textContent = `${count(BURST)} answered in ${Math.round(performance.now() - begun)} ms`;
    } catch (error) { $("burst-answer").textContent = error.message; }
    setTimeout(() => { $("burst").disabled = false; }, 10_000);      // what a visitor may send at once is bounded
  }
}

function push(list, value) {
  list.push(value);
  if (list.length > SPAN) list.shift();
}

function short(ms) { return ms < 10 ? ms.toFixed(1) : String(Math.round(ms)); }

export function count(value) { return Math.round(value).toLocaleString("en"); }

export function bytes(value) {
  return value >= 1 << 20 ? `${(value / (1 << 20)).toFixed(1)} MiB` : value >= 1 << 10 ? `${Math.round(value / (1 << 10))} KiB` : `${Math.round(value)} B`;
}
