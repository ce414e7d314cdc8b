// Registers scenarios and runs them one after another; each prints one line of JSON when it ends.
import { io as io4 } from 'socket.io-client';
import { io as io3 } from 'socket.io-client-3';

export const clients = { '4.x': io4, '3.x': io3 };
export const modes = { polling: ['polling'], websocket: ['websocket'], upgrade: ['polling', 'websocket'] };
export const profiles = { main: 0, fast: 1, polling: 4, websocket: 5, strict: 6, engine: 7, echo: 9, engineClient: 11, load: 12, overflow: 13 };

const defaultTimeout = 60_000;
let registered = [];

/** One scenario; `run` receives a Scenario. Options: timeout in milliseconds. */
export function scenario(name, run, { timeout = defaultTimeout } = {}) {
  registered.push({ name, run, timeout });
}

/** The same scenario for each client version and each way to connect. */
export function matrix(name, run, { versions = Object.keys(clients), ways = Object.keys(modes), timeout } = {}) {
  for (const version of versions) {
    for (const way of ways) {
      scenario(`${name} [${version} ${way}]`, (t) => { t.use(version, way); return run(t); }, { timeout });
    }
  }
}

/** Takes what a group's module has registered. */
export function takeRegistered() {
  const taken = registered;
  registered = [];
  return taken;
}

/** What a running scenario works with: addresses, clients that are closed at its end, waiting. */
export class Scenario {
  #cleanups = [];

  constructor(base, appCommand, hostCommand) {
    this.base = base;
    this.appCommand = appCommand;
    this.hostCommand = hostCommand;
    this.use('4.x', 'upgrade');
  }

  use(version, way) {
    this.version = version;
    this.way = way;
    this.io = clients[version];
  }

  port(profile) { return this.base + profile; }
  http(profile) { return `http://127.0.0.1:${this.port(profile)}`; }
  ws(profile) { return `ws://127.0.0.1:${this.port(profile)}`; }

  /** Runs at the end, last one first. */
  onEnd(action) { this.#cleanups.push(action); }

  /** A client that is not connected yet by itself: no multiplexing, no reconnection unless asked for. */
  client(namespace = '/', options = {}, profile = profiles.main) {
    const socket = this.io(this.http(profile) + namespace, { transports: modes[this.way], forceNew: true, reconnection: false, ...options });
    this.onEnd(() => { socket.io.reconnection(false); socket.disconnect(); socket.io.engine?.close(); });
    return socket;
  }

  /** A client that has been admitted. */
  async connect(namespace, options, profile) {
    const socket = this.client(namespace, options, profile);
    await connected(socket);
    return socket;
  }

  async end() {
    for (const action of this.#cleanups.reverse()) {
      try { await action(); } catch { /* the scenario itself has been judged; what is left only has to go away */ }
    }
  }
}

/** The arguments of the next `event`. */
export function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
}

/** Resolves when the socket is admitted, rejects with the server's error when it is refused. */
export function connected(socket) {
  if (socket.connected) return Promise.resolve(socket);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', reject);
  });
}

/** The error with which the server refuses the socket. */
export function refused(socket) {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => reject(new Error('it was admitted')));
    socket.once('connect_error', resolve);
  });
}

/** Emits and gives the arguments of the acknowledgement. */
export function call(socket, event, ...args) {
  return new Promise((resolve) => socket.emit(event, ...args, (...answers) => resolve(answers)));
}

/** Resolves when the client has moved to WebSocket. */
export async function upgraded(socket) {
  if (socket.io.engine.transport.name !== 'websocket') await once(socket.io.engine, 'upgrade');
}

/** Collects what arrives as `event`; `until(n)` waits for n of them. */
export function collect(emitter, event) {
  const items = [];
  let wanted = 0, done;
  emitter.on(event, (...args) => {
    items.push(args);
    if (done && items.length >= wanted) done(items);
  });
  items.until = (count) => items.length >= count ? Promise.resolve(items) : new Promise((resolve) => { wanted = count; done = resolve; });
  return items;
}

/** Asks again until the answer is the wanted one: for states that another process reaches in its own time. */
export async function eventually(ask, isWanted) {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs one scenario within its time and tells how it went. */
export async function runScenario({ name, run, timeout }, base, appCommand, hostCommand) {
  const t = new Scenario(base, appCommand, hostCommand);
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`nothing for ${timeout} ms; it hangs`)), timeout); });
  try {
    await Promise.race([run(t), late]);
    return { name, ok: true };
  } catch (error) {
    return { name, ok: false, error: String(error?.stack ?? error) };
  } finally {
    clearTimeout(timer);
    await t.end();
  }
}
