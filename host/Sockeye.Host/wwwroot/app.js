// The page: one connection to /playground, and the parts that show what comes over it.
import { Client } from "./client.js";
import { Pool } from "./pool.js";
import { Talk } from "./talk.js";
import { Load } from "./load.js";
import { Readers } from "./readers.js";
import { Wire } from "./wire.js";
import { showCode } from "./code.js";

const $ = (id) => document.getElementById(id);
document.documentElement.classList.add("js");

/** What the parts share: the connection at this moment, who is here, and who we are. */
const here = { client: null, people: new Map(), me: null };
const pool = new Pool($("pool"), here);
const talk = new Talk(here);
const load = new Load(here);
const wire = new Wire(here);
new Readers();
showCode();
let wanted = true;
let started = 0;
let asked = 0;

function start() {
  $("transport").textContent = "";
  const own = here.client = new Client({ namespace: "/playground", transports: $("choose").value.split(",") });
  const whileCurrent = (handler) => (...args) => { if (own === here.client) handler(...args); }; // a client that was replaced says nothing more
  own.addEventListener("connect", whileCurrent(() => state(true, "connected")));
  own.addEventListener("disconnect", whileCurrent(({ detail }) => lost(detail)));
  own.addEventListener("transport", whileCurrent(({ detail }) => {
    const upgraded = detail === "websocket" && $("transport").textContent === "over HTTP";
    $("transport").textContent = upgraded ? "over WebSocket, upgraded from HTTP" : detail === "websocket" ? "over WebSocket" : "over HTTP";
  }));
  own.addEventListener("packet", whileCurrent(({ detail }) => wire.packet(detail)));
  own.on("welcome", whileCurrent(welcome));
  own.on("came", whileCurrent((person) => { here.people.set(person.id, person); talk.came(person); showPeople(); }));
  own.on("changed", whileCurrent(changed));
  own.on("left", whileCurrent((person) => { here.people.delete(person.id); talk.left(person); showPeople(); }));
  own.on("said", whileCurrent((person, text, node) => talk.said(node === here.node ? here.people.get(person.id) : { ...person, name: `${person.name} (another server)` }, text)));
  own.on("pool", whileCurrent((frame) => pool.frame(frame)));
  own.on("load", whileCurrent((figures) => load.add(figures)));
  own.connect();
}

function welcome({ you, people, ticksPerSecond, past, node }) {
  here.me = you.id;
  here.node = node;
  here.people = new Map(people.map((person) => [person.id, person]));
  $("rate").textContent = ticksPerSecond;
  pool.reset(ticksPerSecond);
  load.begin(past);
  talk.welcome(you, started++ > 0);
  keepName(you);
  showPeople();
}

// Who comes back keeps name and room.
function keepName(you) {
  const name = sessionStorage.getItem("name");
  $("name").value = name ?? you.name;
  if (name && name !== you.name) here.client.call(5000, "name", name).catch(() => {});
}

function changed(person) {
  const before = here.people.get(person.id);
  here.people.set(person.id, person);
  talk.changed(before, person);
  showPeople();
}

function showPeople() {
  const shown = [...here.people.values()].sort((a, b) => (b.id === here.me) - (a.id === here.me)).slice(0, 10);
  $("people").replaceChildren(...shown.map((person) => {
    const li = document.createElement("li");
    li.className = "person";
    li.style.setProperty("--hue", person.hue);
    li.textContent = person.id === here.me ? `${person.name} (you)` : person.name;
    return li;
  }));
  if (here.people.size > shown.length) $("people").appendChild(document.createElement("li")).textContent = `and ${here.people.size - shown.length} more`;
  if (here.people.size === 1) $("people").appendChild(document.createElement("li")).textContent = "nobody else yet: open a second tab";
}

function state(on, text) {
  $("state").textContent = text;
  $("state").className = on ? "on" : "off";
  if (!on) { $("transport").textContent = ""; $("latency").textContent = ""; }
  $("toggle").textContent = wanted ? "Disconnect" : "Connect";
  document.documentElement.classList.toggle("offline", !on);
}

function lost(reason) {
  wanted = here.client.retries;
  state(false, wanted ? "not connected" : "disconnected");
  here.people.clear();
  pool.reset();
  const li = document.createElement("li");
  li.textContent = `${talk.lost(reason)}${wanted ? "; trying again" : ""}`;
  $("people").replaceChildren(li);
}

$("name-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = $("name").value.trim();
  if (!name) return;
  try {
    await here.client.call(5000, "name", name);
    sessionStorage.setItem("name", name);
  } catch (error) { talk.note(`The name was not changed: ${error.message}`); }
});

$("toggle").addEventListener("click", () => {
  wanted = !wanted;
  if (wanted) start(); else here.client.disconnect();
  $("toggle").textContent = wanted ? "Disconnect" : "Connect";
});

$("choose").addEventListener("change", () => {
  here.client.disconnect();
  wanted = true;
  start();
});

setInterval(async () => {
  if (!here.client.connected) return;
  const begun = performance.now();
  try {
    await here.client.call(3000, "echo");
    const took = performance.now() - begun;
    $("latency").textContent = `${took < 10 ? took.toFixed(1) : Math.round(took)} ms`;
    if (++asked > 3) load.trip(took);           // the first ones wait for the page itself
  } catch { $("latency").textContent = ""; }
}, 500);

start();
