import { Client } from "./client.js";

const $ = (id) => document.getElementById(id);
const name = `${["amber", "coral", "delta", "fjord", "haze", "lumen", "onyx", "river"][Math.floor(Math.random() * 8)]}-${Math.floor(Math.random() * 90 + 10)}`;
const color = Math.floor(Math.random() * 360);
let client = null;
let room = "lobby";
let wanted = true;

function start() {
  const own = client = new Client(undefined, $("choose").value.split(","));
  const whileCurrent = (handler) => (event) => { if (own === client) handler(event); }; // a client that was replaced says nothing more
  client.addEventListener("connect", whileCurrent(connected));
  client.addEventListener("disconnect", whileCurrent(({ detail }) => show(false, detail)));
  client.addEventListener("transport", whileCurrent(({ detail }) => { $("transport").textContent = detail; }));
  client.addEventListener("packet", ({ detail }) => line("wire", detail.direction, detail.text.slice(0, 160)));
  client.on("said", (who, text) => message(who, text, ""));
  client.on("members", (where, count) => { if (where === room) $("members").textContent = count === 1 ? "only you" : `${count} here`; });
  client.on("stroke", (hue, points) => stroke(hue, new Uint16Array(points.slice().buffer)));
  client.on("wiped", wipe);
  client.connect();
}

async function connected() {
  show(true, "connected");
  try {
    const count = await client.call(5000, "join", room);
    note(`You are ${name} in ${room}, ${count === 1 ? "alone so far" : `with ${count - 1} more`}.`);
  } catch (error) { note(`Could not join ${room}: ${error.message}`); }
}

function show(on, text) {
  $("state").textContent = text;
  $("state").className = on ? "on" : "off";
  $("id").textContent = client.id ?? "–";
  if (!on) { $("transport").textContent = "–"; $("latency").textContent = "–"; $("members").textContent = ""; }
  $("toggle").textContent = wanted ? "Disconnect" : "Connect";
}

// ---- the room ----

function item(parent, className) {
  const list = $(parent);
  const stick = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
  const li = list.appendChild(document.createElement("li"));
  li.className = className;
  while (list.childElementCount > 200) list.firstElementChild.remove();
  if (stick) requestAnimationFrame(() => { list.scrollTop = list.scrollHeight; });
  return li;
}

function line(parent, className, text) { item(parent, className).textContent = text; }
function note(text) { line("messages", "note", text); }

function message(who, text, className) {
  const li = item("messages", className);
  const b = li.appendChild(document.createElement("b"));
  b.textContent = who;
  li.append(` ${text} `);
  return li.appendChild(document.createElement("small"));
}

$("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("say-text").value.trim();
  if (!text) return;
  if (!client.connected) { note("Not connected: the message was not sent."); return; }
  $("say-text").value = "";
  const state = message(name, text, "mine");
  try {
    const others = await client.call(5000, "say", room, name, text);
    state.textContent = others === 0 ? "sent, nobody else is here" : `sent to ${others}`;
  } catch (error) { state.textContent = `not acknowledged: ${error.message}`; }
});

$("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  const next = $("join-name").value.trim();
  if (!next || next === room) return;
  try {
    await client.call(5000, "leave", room);
    const count = await client.call(5000, "join", next);
    room = next;
    $("room").textContent = room;
    $("join-name").value = "";
    $("members").textContent = count === 1 ? "only you" : `${count} here`;
    note(`Joined ${room}.`);
  } catch (error) { note(`Could not join ${next}: ${error.message}`); }
});

// ---- drawing: each stroke is a hue and a binary attachment of 16-bit coordinates ----

const board = $("board");
const pen = board.getContext("2d");
let points = null;

function at(event) {
  const box = board.getBoundingClientRect();
  return [Math.round((event.clientX - box.left) * board.width / box.width), Math.round((event.clientY - box.top) * board.height / box.height)];
}

function stroke(hue, xy) {
  pen.strokeStyle = `hsl(${hue} 65% 50%)`;
  pen.lineWidth = 3;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  for (let i = 0; i + 1 < xy.length; i += 2) pen.lineTo(xy[i], xy[i + 1]);
  pen.stroke();
}

function wipe() { pen.clearRect(0, 0, board.width, board.height); }

function sendStroke() {
  if (points.length < 4) return;
  client.emit("stroke", room, color, new Uint8Array(Uint16Array.from(points).buffer));
  points = points.slice(-2);
}

board.addEventListener("pointerdown", (event) => { board.setPointerCapture(event.pointerId); points = at(event); });
board.addEventListener("pointermove", (event) => {
  if (!points) return;
  const next = at(event);
  stroke(color, [...points.slice(-2), ...next]);
  points.push(...next);
  if (points.length >= 16) sendStroke();
});
board.addEventListener("pointerup", () => { if (points) sendStroke(); points = null; });
board.addEventListener("pointercancel", () => { points = null; });
$("wipe").addEventListener("click", () => { wipe(); client.emit("wipe", room); });

// ---- event lab and connection ----

$("lab").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = $("lab-answer");
  let args;
  try { args = JSON.parse($("lab-args").value || "[]"); } catch { answer.textContent = "The arguments are not JSON."; return; }
  if (!Array.isArray(args)) { answer.textContent = "The arguments must be a JSON array."; return; }
  if (!$("lab-ack").checked) { client.emit($("lab-event").value, ...args); answer.textContent = "emitted"; return; }
  const begun = performance.now();
  try {
    const value = await client.call(5000, $("lab-event").value, ...args);
    answer.textContent = `${JSON.stringify(value) ?? "(empty)"}  ${(performance.now() - begun).toFixed(1)} ms`;
  } catch (error) { answer.textContent = error.message; }
});

$("toggle").addEventListener("click", () => {
  wanted = !wanted;
  if (wanted) start(); else client.disconnect();
  $("toggle").textContent = wanted ? "Disconnect" : "Connect";
});

$("choose").addEventListener("change", () => {
  client.disconnect();
  wanted = true;
  start();
});

setInterval(async () => {
  if (!client.connected) return;
  const begun = performance.now();
  try {
    await client.call(3000, "latency");
    $("latency").textContent = `${(performance.now() - begun).toFixed(1)} ms`;
  } catch { $("latency").textContent = "–"; }
}, 2000);

start();
