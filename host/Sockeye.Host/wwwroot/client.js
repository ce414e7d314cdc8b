// A small Socket.IO client (Engine.IO 4, Socket.IO 5) for the playground page: one namespace, polling first with an upgrade to
// WebSocket, acknowledgements, binary, reconnection. Applications use the official client of their language instead.

const SEPARATOR = "\x1e";
const REASONS = {
  "transport close": "the server has closed it",
  "transport error": "the server does not answer",
  "ping timeout": "nothing was heard from the server",
  "io server disconnect": "the server has sent this tab away",
  "io client disconnect": "you disconnected",
};

/** One connection to one namespace. Events: "connect", "disconnect"(reason), "transport"(name), "packet"({direction, packet}). */
export class Client extends EventTarget {
  #url; #namespace; #transports; #auth; #socket = null; #polling = null; #sid = null; #open = null;
  #queue = []; #posting = false; #upgrading = false; #closed = true; #reading = Promise.resolve(); #resume = null;
  #handlers = new Map(); #acks = new Map(); #nextAck = 0; #header = null; #attachments = [];
  #attempt = 0; #retry = 0; #watch = 0;
  id = null; transport = null;

  constructor({ url = location.origin + "/socket.io/", namespace = "/", transports = ["polling", "websocket"], auth } = {}) {
    super();
    this.#url = url;
    this.#namespace = namespace === "/" ? "" : namespace + ",";
    this.#transports = transports;
    this.#auth = auth === undefined ? "" : JSON.stringify(auth);
  }

  get connected() { return this.id !== null; }

  /** Whether it connects again by itself: not after `disconnect`, nor when the server has refused or ended it. */
  get retries() { return !this.#closed; }

  on(event, handler) {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler]);
    return this;
  }

  connect() {
    this.#closed = false;
    clearTimeout(this.#retry);
    if (this.#transports[0] === "websocket") this.#openSocket(null); else this.#startPolling();
  }

  disconnect() {
    if (this.connected) this.#send("41" + this.#namespace);
    this.#closed = true;
    clearTimeout(this.#retry);
    this.resumeReading();
    setTimeout(() => this.#down("io client disconnect"), 50); // the packet leaves first
  }

  /** Ends a connection that the server has ended, without a word to it. */
  abandon() {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#down("abandoned");
    this.resumeReading();
  }

  /** Over polling: the next answer is not asked for until reading resumes. */
  pauseReading() { if (!this.#resume) this.#reading = new Promise((resume) => { this.#resume = resume; }); }

  resumeReading() { this.#resume?.(); this.#resume = null; }

  emit(event, ...args) { this.#emit(-1, event, args); }

  /** Emits and waits for the acknowledgement; rejects after `ms`, when the connection is lost, and when the server refuses: {refused, code}. */
  call(ms, event, ...args) {
    if (!this.connected) return Promise.reject(new Error("not connected"));
    return new Promise((resolve, reject) => {
      const id = this.#nextAck++;
      const timer = setTimeout(() => { this.#acks.delete(id); reject(new Error("no answer in time")); }, ms);
      this.#acks.set(id, (error, value) => { clearTimeout(timer); if (error) reject(error); else resolve(value); });
      this.#emit(id, event, args);
    });
  }

  #emit(ackId, event, args) {
    if (!this.connected) return;
    const binary = [];
    const json = JSON.stringify(extract([event, ...args], binary));
    const id = ackId < 0 ? "" : String(ackId);
    this.#send(binary.length ? `45${binary.length}-${this.#namespace}${id}${json}` : `42${this.#namespace}${id}${json}`);
    for (const bytes of binary) this.#send(bytes);
  }

  // ---- Engine.IO: polling ----

  #query(transport) {
    return `${this.#url}?EIO=4&transport=${transport}${this.#sid ? `&sid=${encodeURIComponent(this.#sid)}` : ""}`;
  }

  async #startPolling() {
    const session = this.#polling = new AbortController();
    try {
      while (!session.signal.aborted) {
        const response = await fetch(this.#query("polling"), { signal: session.signal, cache: "no-store" });
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        const body = await response.text();
        for (const packet of body.split(SEPARATOR)) this.#receive(packet[0] === "b" ? fromBase64(packet.slice(1)) : packet);
        if (this.#upgrading) { session.idle?.(); return; }
        await this.#reading;
      }
    } catch (error) {
      if (!session.signal.aborted) this.#down("transport error", error);
    }
  }

  async #post() {
    if (this.#posting) return;
    this.#posting = true;
    try {
      while (this.#queue.length && !this.#upgrading && this.#polling) {
        const packets = this.#queue.splice(0, 64);
        const body = packets.map((p) => (typeof p === "string" ? p : "b" + toBase64(p))).join(SEPARATOR);
        const response = await fetch(this.#query("polling"), { method: "POST", body, headers: { "Content-Type": "text/plain;charset=UTF-8" } });
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
      }
      this.#posting = false;
      this.#polling?.posted?.();
    } catch (error) {
      this.#posting = false;
      this.#down("transport error", error);
    }
  }

  // ---- Engine.IO: WebSocket and upgrade ----

  #openSocket(probe) {
    const socket = new WebSocket(this.#query("websocket").replace(/^http/, "ws"));
    socket.binaryType = "arraybuffer";
    if (!probe) this.#socket = socket;
    socket.onopen = () => { if (probe) { this.#trace("out", "2probe"); socket.send("2probe"); } };
    socket.onmessage = ({ data }) => {
      if (probe && data === "3probe") { this.#trace("in", data); this.#finishUpgrade(socket); probe = null; return; }
      this.#receive(typeof data === "string" ? data : new Uint8Array(data));
    };
    socket.onclose = () => { if (this.#socket === socket) this.#down("transport close"); };
  }

  // The server answers the waiting GET with a noop; what is on its way by polling ends before the upgrade packet leaves.
  async #finishUpgrade(socket) {
    const session = this.#polling;
    if (!session) { socket.close(); return; }
    const posted = this.#posting ? new Promise((done) => { session.posted = done; }) : Promise.resolve();
    const idle = new Promise((done) => { session.idle = done; });
    this.#upgrading = true;
    await Promise.all([posted, idle]);
    if (this.#polling !== session) { socket.close(); return; }
    this.#trace("out", "5");
    socket.send("5");
    this.#polling = null;
    this.#socket = socket;
    this.#upgrading = false;
    this.#setTransport("websocket");
    this.#flush();
  }

  #send(packet) {
    this.#trace("out", packet);
    this.#queue.push(packet);
    this.#flush();
  }

  #flush() {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      for (const packet of this.#queue.splice(0)) this.#socket.send(packet);
    } else if (this.#polling && this.#sid && !this.#upgrading) {
      this.#post();
    }
  }

  #receive(packet) {
    this.#trace("in", packet);
    if (typeof packet !== "string") { this.#attachment(packet); return; }
    switch (packet[0]) {
      case "0": this.#opened(JSON.parse(packet.slice(1))); break;
      case "1": this.#down("transport close"); break;
      case "2": this.#alive(); this.#send("3"); break;
      case "4": this.#packet(packet.slice(1)); break;
    }
  }

  #opened(handshake) {
    this.#open = handshake;
    this.#sid = handshake.sid;
    this.#setTransport(this.#socket ? "websocket" : "polling");
    this.#alive();
    this.#send("40" + this.#namespace + this.#auth);
    if (!this.#socket && this.#transports.includes("websocket") && handshake.upgrades.includes("websocket")) this.#openSocket(true);
  }

  #alive() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#down("ping timeout"), this.#open.pingInterval + this.#open.pingTimeout);
  }

  // ---- Socket.IO ----

  #packet(text) {
    const { type, attachments, ack, json } = parse(text);
    const packet = { type, ack, data: json ? JSON.parse(json) : undefined };
    if (attachments > 0) { this.#header = { packet, missing: attachments }; this.#attachments = []; }
    else this.#dispatch(packet);
  }

  #attachment(bytes) {
    if (!this.#header) { this.#down("parse error"); return; }
    this.#attachments.push(bytes);
    if (this.#attachments.length < this.#header.missing) return;
    const { packet } = this.#header;
    packet.data = restore(packet.data, this.#attachments);
    this.#header = null;
    this.#dispatch(packet);
  }

  #dispatch({ type, ack, data }) {
    switch (type) {
      case "0":
        this.id = data.sid;
        this.#attempt = 0;
        this.dispatchEvent(new Event("connect"));
        break;
      case "1": this.#closed = true; this.#down("io server disconnect"); break;
      case "2": case "5": {
        const [event, ...args] = data;
        if (ack >= 0) args.push((...values) => { this.#send(`43${this.#namespace}${ack}${JSON.stringify(values)}`); });
        for (const handler of this.#handlers.get(event) ?? []) handler(...args);
        break;
      }
      case "3": case "6": this.#answered(ack, data[0]); break;
      case "4": this.#closed = true; this.#down(data.message ?? "refused"); break;
    }
  }

  #answered(ack, value) {
    this.#acks.get(ack)?.(value?.refused === undefined ? null : Object.assign(new Error(value.refused), { code: value.code }), value);
    this.#acks.delete(ack);
  }

  #setTransport(name) {
    this.transport = name;
    this.dispatchEvent(new CustomEvent("transport", { detail: name }));
  }

  #trace(direction, packet) {
    this.dispatchEvent(new CustomEvent("packet", { detail: { direction, packet } }));
  }

  #down(reason) {
    const was = this.#sid !== null || this.#polling !== null || this.#socket !== null;
    clearTimeout(this.#watch);
    this.#polling?.abort();
    const socket = this.#socket;
    this.#polling = this.#socket = this.#sid = this.id = this.transport = this.#header = null;
    socket?.close();
    this.#queue = [];
    this.#posting = this.#upgrading = false;
    for (const done of this.#acks.values()) done(new Error("disconnected"));
    this.#acks.clear();
    if (was) this.dispatchEvent(new CustomEvent("disconnect", { detail: reason }));
    if (!this.#closed) {
      // Full jitter: many tabs that lost the same server do not come back in the same instant.
      const delay = Math.random() * Math.min(5000, 500 * 2 ** this.#attempt++);
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.connect(), delay);
    }
  }
}

/** Why a connection has ended, for people. */
export function inWords(reason) { return REASONS[reason] ?? reason; }

/** The parts of a Socket.IO packet: type, number of attachments, namespace, acknowledgement, and the JSON. */
export function parse(text) {
  const [, type, attachments, namespace, ack, json] = /^(\d)(?:(\d+)-)?(?:(\/[^,]*),)?(\d+)?(.*)$/s.exec(text);
  return { type, attachments: Number(attachments ?? 0), namespace: namespace ?? "/", ack: ack === undefined ? -1 : Number(ack), json };
}

function extract(value, binary) {
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return { _placeholder: true, num: binary.push(value) - 1 };
  if (Array.isArray(value)) return value.map((item) => extract(item, binary));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, extract(v, binary)]));
  return value;
}

function restore(value, binary) {
  if (value?._placeholder === true) return binary[value.num];
  if (Array.isArray(value)) return value.map((item) => restore(item, binary));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, restore(v, binary)]));
  return value;
}

function toBase64(bytes) {
  return btoa(Array.from(new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength), (b) => String.fromCharCode(b)).join(""));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
