// Two connections of this tab's own with the same stream: one reads, the other has stopped.
import { Client, inWords } from "./client.js";
import { Plot } from "./plot.js";
import { bytes, count } from "./load.js";

const $ = (id) => document.getElementById(id);
const SPAN = 400;                           // tenths of a second
const FLOOR = 1 << 12, CEILING = 1 << 24;   // 4 KiB to 16 MiB
const CODE = {
  latest: 'readers.To("latest").WhenFull(OutboxPolicy.KeepLatest).Latest("gauge", i).Emit("sample", i, bytes);',
  volatile: 'readers.To("volatile").Volatile.Emit("sample", i, bytes);',
  oldest: 'readers.To("oldest").WhenFull(OutboxPolicy.DropOldest).Emit("sample", i, bytes);',
  disconnect: 'readers.To("disconnect").WhenFull(OutboxPolicy.Disconnect).Emit("sample", i, bytes);',
};
const SAID = {
  AboveHighWatermark: "The sender is told: 256 KiB wait for the slow one (Emit answered AboveHighWatermark).",
  Dropped: "The sender is told: a message was not kept for the slow one (Emit answered Dropped).",
  Closed: "The sender is told: the slow one was disconnected (Emit answered Closed).",
  Writable: "The sender is told: the slow one has caught up (OnWritable).",
};

export class Readers {
  #fast = null; #slow = null; #got = { fast: 0, slow: 0 }; #waiting = { fast: [], slow: [] }; #trip = 0; #paused = false; #choice = "latest"; #dropped = 0;
  #plot = new Plot($("plot-readers"), {
    series: ["fast", "slow"], span: SPAN, from: "40 seconds ago",
    scale: (value) => Math.log2(Math.max(value, FLOOR) / FLOOR) / Math.log2(CEILING / FLOOR),
    marks: [[1 << 18, "256 KiB: the sender is told"], [1 << 23, "8 MiB: the limit"]],
  });

  constructor() {
    $("stream").addEventListener("click", () => { if (this.#fast) this.#end("Stopped."); else this.#begin(); });
    $("slow-toggle").addEventListener("click", () => this.#pause(!this.#paused));
    $("choices").addEventListener("change", (event) => { this.#choose(event.target.value); });
    this.#choose(this.#choice);
  }

  async #begin() {
    $("stream").textContent = "Stop the stream";
    $("moments").replaceChildren();
    this.#got = { fast: 0, slow: 0 };
    this.#waiting = { fast: [], slow: [] };
    this.#dropped = 0;
    const auth = { visitor: String(crypto.getRandomValues(new Uint32Array(4))) };       // what says that both are ours
    const fast = this.#fast = new Client({ namespace: "/readers", transports: ["websocket"], auth });
    const slow = this.#slow = new Client({ namespace: "/readers", transports: ["polling"], auth });
    fast.on("sample", () => { this.#got.fast++; });
    slow.on("sample", () => { this.#got.slow++; });
    fast.on("outboxes", (both) => { if (fast === this.#fast) this.#show(both); });
    fast.on("outbox", (said) => this.#moment(SAID[said] ?? said, said));
    fast.addEventListener("disconnect", ({ detail }) => {
      if (fast !== this.#fast) return;
      slow.abandon();
      this.#end(`The stream has stopped: ${inWords(detail)}.`);
    });
    fast.on("over", (why) => {
      if (why !== "time") slow.abandon();
      this.#end(why === "time" ? "40 seconds are over; the stream has stopped."
        : why === "slow consumer" ? "The slow one was disconnected: slow consumer. The fast one did not notice."
        : `The stream has stopped: ${why}.`);
    });
    try {
      await Promise.all([connected(fast), connected(slow)]);
      if (fast !== this.#fast) return;
      await this.#start();
      this.#pause(true);
      this.#moment("Both read. From now on the slow one does not ask for more.");
    } catch (error) { if (fast === this.#fast) this.#end(error.message); }
  }

  async #start() {
    await this.#fast.call(5000, "start", this.#slow.id, this.#choice);
  }

  async #choose(choice) {
    this.#choice = choice;
    $("choice-code").firstElementChild.textContent = CODE[choice];
    if (!this.#fast?.connected || !this.#slow?.connected) return;
    try {
      await this.#start();
      this.#moment(`The policy is now: ${$("choices").querySelector(":checked + b").textContent.toLowerCase()}.`);
    } catch (error) { this.#end(error.message); }
  }

  #pause(paused) {
    this.#paused = paused;
    if (paused) this.#slow?.pauseReading(); else this.#slow?.resumeReading();
    $("slow-toggle").disabled = !this.#slow;
    $("slow-toggle").textContent = paused ? "Let it read again" : "Stop it reading";
    if (!paused && this.#slow) this.#moment("The slow one reads again and gets what the server has kept.");
  }

  #end(why) {
    const [fast, slow] = [this.#fast, this.#slow];
    this.#fast = this.#slow = null;
    fast?.disconnect();
    slow?.disconnect();
    this.#pause(false);
    $("stream").textContent = "Start the stream";
    this.#moment(why);
  }

  #show({ fast, slow }) {
    for (const [name, outbox] of Object.entries({ fast, slow })) {
      this.#waiting[name].push(outbox.bytes);
      if (this.#waiting[name].length > SPAN) this.#waiting[name].shift();
      $(`${name}-bytes`).textContent = bytes(outbox.bytes);
      $(`${name}-peak`).textContent = bytes(outbox.peak);
      $(`${name}-dropped`).textContent = count(outbox.dropped);
      $(`${name}-got`).textContent = count(this.#got[name]);
    }
    if (slow.dropped > 0 && this.#dropped === 0) this.#moment(this.#choice === "latest" ? "Newer values replace older ones that wait: what waits stays small." : "The first message is dropped for the slow one.");
    this.#dropped = slow.dropped;
    $("plot-readers").classList.remove("idle");
    this.#plot.draw([this.#waiting.fast, this.#waiting.slow]);
    if (this.#waiting.fast.length % 10 === 1) this.#measure();
  }

  async #measure() {
    $("slow-trip").textContent = this.#paused ? "does not answer" : "–";
    const begun = performance.now();
    try {
      await this.#fast.call(3000, "echo");
      $("fast-trip").textContent = `${(performance.now() - begun).toFixed(1)} ms`;
    } catch { $("fast-trip").textContent = "–"; }
  }

  #moment(text, said = "") {
    const li = document.createElement("li");
    li.className = said === "Dropped" || said === "Closed" ? "bad" : said === "AboveHighWatermark" ? "warn" : "";
    li.textContent = text;
    $("moments").append(li);
    while ($("moments").childElementCount > 8) $("moments").firstElementChild.remove();
  }
}

function connected(client) {
  return new Promise((resolve, reject) => {
    client.addEventListener("connect", resolve, { once: true });
    client.addEventListener("disconnect", ({ detail }) => reject(new Error(inWords(detail))), { once: true });
    client.connect();
  });
}
