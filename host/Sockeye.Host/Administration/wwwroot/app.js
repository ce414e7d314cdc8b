// The page for operators: asks for a report once a second and shows it, with what has changed since the last one.
import { Plot } from "./plot.js";
import { count, bytes, seconds, rate } from "./figures.js";
import "./find.js";
import "./theme.js";

const INTERVAL = 1000, SPAN = 120, TOP = 10;
const $ = (id) => document.getElementById(id);
const plot = (id, series, format, least) => new Plot($(id), { series, span: SPAN, area: false, least, format, from: "two minutes ago" });
const plots = {
  events: plot("plot-events", ["one", "two"], count, 10),
  clients: plot("plot-clients", ["one"], count, 10),
  memory: plot("plot-memory", ["one", "two"], bytes, 1 << 20),
  turns: plot("plot-turns", ["one", "two"], seconds, 0.001),
};
const history = { received: [], sent: [], clients: [], held: [], process: [], longest: [], most: [] };
let last = null;

async function ask() {
  const begun = performance.now();
  try {
    const response = await fetch(`api/report?top=${TOP}`, { signal: AbortSignal.timeout(5000) });
    if (!response.ok) throw new Error((await response.text()).trim() || `status ${response.status}`);
    const now = { ...(await response.json()), at: performance.now() };
    show(now, last);
    last = now;
  } catch (failure) {
    $("state").className = "off";
    $("state").textContent = "no answer";
    notices([["bad", `The listener of this page does not answer: ${failure.message}. What is shown is of before.`]]);
    remember({});
    last = null;
  }
  setTimeout(ask, Math.max(0, INTERVAL - (performance.now() - begun)));
}

function show({ state, report: r, plugins, workingSet, processor, at }, before) {
  const past = before && at > before.at ? (at - before.at) / 1000 : 0;
  const b = before?.report;
  const each = (now, then) => (past && then !== undefined ? Math.max(0, now - then) / past : null);
  const loops = r.loops.map((loop) => ({ ...loop, ...turns(loop, b?.loops.find((other) => other.name === loop.name), past) }));
  const eventLoops = loops.filter((loop) => !loop.isGameLoop);
  const longest = past ? Math.max(0, ...eventLoops.map((loop) => loop.longest ?? 0)) : null;
  const most = past ? Math.max(0, ...eventLoops.map((loop) => loop.most ?? 0)) : null;
  const received = each(r.eventsReceived, b?.eventsReceived), sent = each(r.packetsSent, b?.packetsSent);
  const drops = r.drops.map((drop) => ({ ...drop, rate: each(drop.count, b?.drops.find((other) => other.reason === drop.reason)?.count) }));

  $("state").className = r.isComplete && state === "Running" ? "on" : "warn";
  $("state").textContent = state;
  text("n-clients", count(r.clients), `${count(r.webSockets)} WebSocket, ${count(r.polling)} polling`, "n-transports");
  text("n-sockets", count(r.sockets), `${count(r.namespaceCount)} namespaces, ${count(r.roomCount)} rooms`, "n-spaces");
  text("n-in", rate(received), past ? `${bytes(each(r.bytesReceived, b?.bytesReceived))} a second` : "", "n-bytes-in");
  text("n-out", rate(sent), past ? `${bytes(each(r.bytesSent, b?.bytesSent))} a second` : "", "n-bytes-out");
  text("n-held", bytes(r.memoryHeld), `${(100 * r.memoryHeld / r.memoryBudget).toFixed(1)} % of ${bytes(r.memoryBudget)}`, "n-budget");
  text("n-memory", bytes(workingSet), past ? `${(100 * each(processor, before.processor)).toFixed(1)} % of a processor` : "", "n-cpu");
  text("n-turn", longest === null ? "–" : seconds(longest));
  text("n-drops", count(r.drops.reduce((sum, drop) => sum + drop.count, 0)), past ? `${rate(drops.reduce((sum, drop) => sum + drop.rate, 0))} in this second` : "", "n-drops-rate");

  remember({ received, sent, clients: r.clients, held: r.memoryHeld, process: workingSet, longest, most });
  plots.events.draw([history.received, history.sent], received === null ? "" : `${rate(received)}, ${rate(sent)}`);
  plots.clients.draw([history.clients], count(r.clients));
  plots.memory.draw([history.held, history.process], `${bytes(r.memoryHeld)}, ${bytes(workingSet)}`);
  plots.turns.draw([history.longest, history.most], longest === null ? "" : seconds(longest));

  notices([
    ...loops.filter((loop) => loop.silence !== null || loop.isHeld).map((loop) => ["bad", standing(loop)]),
    ...(r.memoryHeld > 0.8 * r.memoryBudget ? [["bad", "More than 80 % of the memory budget is held: new clients are refused, and from 95 % on the slowest readers are closed."]] : []),
    ...(state === "Running" ? [] : [["warn", `The server of clients is not running: ${state}.`]]),
  ]);
  rows("loops", loops, (loop) => [loop.name + (loop.isGameLoop ? " (game loop)" : ""), loop.isGameLoop ? "" : count(loop.connections), rate(loop.rate), duration(loop.most), duration(loop.longest), state_(loop)], "There are none.");
  rows("listeners", r.listeners, (l) => [l.name, { text: l.endpoints.join(", "), kind: "text" }, l.maxConnections === null ? count(l.connections) : `${count(l.connections)} of ${count(l.maxConnections)}`, { text: count(l.pauses), kind: l.pauses ? "warn" : "" }, { text: l.routes === null ? "all" : l.routes.join(", "), kind: "text" }], "There is none yet.");
  rows("slow", r.slowestReaders, (reader) => [who(reader), bytes(reader.bytes), count(reader.messages), reader.slowFor === null ? "" : { text: seconds(reader.slowFor), kind: "warn" }], "Every client takes what is sent to it.");
  rows("drops", drops.filter((drop) => drop.count > 0), (drop) => [drop.reason, count(drop.count), drop.rate === null ? "" : { text: rate(drop.rate), kind: drop.rate > 0 ? "warn" : "" }], "Nothing has been dropped.");
  rows("spaces", r.namespaces, (nsp) => [nsp.name, count(nsp.sockets)], "There are none.");
  rows("rooms", r.rooms, (room) => [room.name, { text: room.namespace, kind: "text" }, count(room.sockets)], "There are none.");
  rows("plugins", plugins, (plugin) => [plugin.id, plugin.version, count(plugin.generation), hooks(plugin), breakers(plugin)], "None runs.");
}

/** Turns of a loop since the last report: how many a second, below which length 99 % of them were, and the longest. Lengths are bounds of buckets, a quarter apart. */
function turns(loop, before, past) {
  if (!past || !before) return { rate: null, most: null, longest: null };
  const earlier = new Map(before.turnLengths.map((length) => [length.upTo, length.count]));
  const lengths = loop.turnLengths.map(({ upTo, count }) => ({ upTo: upTo ?? Infinity, count: count - (earlier.get(upTo) ?? 0) })).filter((length) => length.count > 0);
  const all = lengths.reduce((sum, length) => sum + length.count, 0);
  let below = 0;
  const most = lengths.find((length) => (below += length.count) >= 0.99 * all);
  return { rate: all / past, most: most?.upTo ?? null, longest: lengths.at(-1)?.upTo ?? null };
}

const duration = (value) => (value === null ? "" : seconds(value));
const standing = (loop) => `${loop.name} stands still${loop.silence === null ? "" : ` (no answer for ${seconds(loop.silence)})`}: ${loop.activity ?? "unknown"}`;
const state_ = (loop) => (loop.silence !== null || loop.isHeld ? { text: standing(loop), kind: "bad text" } : { text: "goes round", kind: "good" });
const hooks = (plugin) => plugin.hooks.map((hook) => hook.name + (hook.faults ? ` (${count(hook.faults)} faults)` : "")).join(", ") || "none";
function breakers(plugin) {
  const open = plugin.hooks.filter((hook) => hook.isOpen).map((hook) => hook.name);
  if (open.length) return { text: `circuit open: ${open.join(", ")}`, kind: "bad" };
  if (plugin.configurationFault) return { text: `its section is not taken: ${plugin.configurationFault}`, kind: "warn text" };
  return plugin.unloading ? { text: `${plugin.unloading} old generations still in memory`, kind: "warn" } : { text: "asked", kind: "good" };
}

/** A reader by its socket, which leads to the search. */
function who(reader) {
  if (reader.socketId === null) return `in no namespace, ${reader.transport}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = reader.socketId;
  button.title = `${reader.namespace}, ${reader.transport}: what waits for it`;
  button.addEventListener("click", () => document.dispatchEvent(new CustomEvent("look", { detail: reader.socketId })));
  return button;
}

function text(id, value, sub, subId) {
  $(id).textContent = value;
  if (subId) $(subId).textContent = sub;
}

function remember(figures) {
  for (const [name, values] of Object.entries(history)) {
    values.push(figures[name] ?? null);
    if (values.length > SPAN) values.shift();
  }
}

/** Fills a table without moving what has not changed, so that focus and selection stay. */
function rows(id, items, cells, none) {
  const body = $(id);
  const lines = items.length ? items.map(cells) : [[{ text: none, kind: "none", span: 9 }]];
  while (body.rows.length > lines.length) body.deleteRow(-1);
  lines.forEach((line, i) => {
    const row = body.rows[i] ?? body.insertRow();
    while (row.cells.length > line.length) row.deleteCell(-1);
    line.forEach((cell, j) => {
      const td = row.cells[j] ?? row.insertCell();
      const { text: said, kind = "", span = 1 } = cell instanceof Node ? { text: cell.textContent } : typeof cell === "object" ? cell : { text: cell };
      td.className = kind;
      td.colSpan = span;
      if (td.textContent === said && (cell instanceof Node) === (td.firstElementChild !== null)) return;
      td.replaceChildren(cell instanceof Node ? cell : said);
    });
  });
}

function notices(list) {
  const said = JSON.stringify(list);
  if ($("notices").dataset.said === said) return;         // a reader of screens hears each once
  $("notices").dataset.said = said;
  $("notices").replaceChildren(...list.map(([kind, text]) => {
    const p = document.createElement("p");
    p.className = `notice ${kind}`;
    p.textContent = text;
    return p;
  }));
}

async function introduce() {
  try {
    const facts = await (await fetch("api/server")).json();
    $("who").textContent = `${facts.endpoints.join(", ")} · node ${facts.node} · process ${facts.process} · since ${new Date(facts.startedAt).toLocaleString()}`;
  } catch { /* what follows says that nobody answers */ }
}

introduce();
ask();
