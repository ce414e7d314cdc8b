// Looks for clients, shows what waits for them, and puts one out when that is confirmed.
import { count, bytes, seconds } from "./figures.js";

const $ = (id) => document.getElementById(id);
const status = (text) => { $("found-status").textContent = text; };

async function find(wanted) {
  status("Looking …");
  $("found").replaceChildren();
  try {
    const response = await fetch(`api/clients?find=${encodeURIComponent(wanted)}`, { signal: AbortSignal.timeout(5000) });
    if (!response.ok) throw new Error((await response.text()).trim());
    const { clients, isComplete, hasMore } = await response.json();
    const said = clients.length === 0 ? "Nobody here has this id, and no client is of this user." : `${count(clients.length)} ${clients.length === 1 ? "client" : "clients"}${hasMore ? " of more" : ""}.`;
    status(isComplete ? said : `${said} A loop does not answer: its clients are not among them.`);
    $("found").replaceChildren(...clients.map(show));
  } catch (failure) {
    status(`That did not work: ${failure.message}`);
  }
}

function show(client) {
  const card = element("article", { className: "client" });
  const head = card.appendChild(element("div", { className: "row" }));
  const [first] = client.sockets;
  head.append(element("strong", { textContent: first ? first.user ?? first.id : "in no namespace", className: first?.user ? "" : "id" }));
  if (first) {
    const button = head.appendChild(element("button", { type: "button", className: "danger", textContent: "Disconnect" }));
    button.setAttribute("aria-label", `Disconnect the client of socket ${first.id}`);
    button.addEventListener("click", () => disconnect(client, first, card));
  }

  const list = card.appendChild(element("dl"));
  for (const [term, value] of [
    ["Transport", client.transport],
    ["Address", client.address],
    ["Connected", `${new Date(client.connectedAt).toLocaleString()} (${seconds((Date.now() - Date.parse(client.connectedAt)) / 1000)})`],
    ["Waits to be taken", `${bytes(client.waitingBytes)} in ${count(client.waitingMessages)} messages, at most ${bytes(client.mostBytes)}`],
    ["Slow for", client.slowFor === null ? "not slow" : seconds(client.slowFor)],
    ["Dropped", count(client.dropped)],
    ["Reading", client.isReadingPaused ? "paused, its handlers are behind" : "goes on"],
  ]) {
    const entry = list.appendChild(element("div"));
    entry.append(element("dt", { textContent: term }), element("dd", { textContent: value }));
  }

  const sockets = card.appendChild(element("ul"));
  for (const socket of client.sockets) {
    const line = sockets.appendChild(element("li"));
    line.append(element("span", { className: "id", textContent: socket.id }), ` in ${socket.namespace}${socket.user === null ? "" : `, user ${socket.user}`}: ${count(socket.queuedJobs)} wait for handlers, ${count(socket.openAcks)} acknowledgements open; ${socket.rooms.length ? `rooms ${socket.rooms.join(", ")}` : "in no room"}`);
  }

  return card;
}

async function disconnect(client, socket, card) {
  $("confirm-text").textContent = `${socket.user ?? socket.id} from ${client.address}`;
  const dialog = $("confirm");
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  if (dialog.returnValue !== "yes") return;
  try {
    const response = await fetch("api/disconnect", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ socket: socket.id }) });
    if (!response.ok) throw new Error((await response.text()).trim());
    const { disconnected } = await response.json();
    status(disconnected ? "It is disconnected." : "It had gone already.");
    card.remove();
  } catch (failure) {
    status(`That did not work: ${failure.message}`);
  }
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

$("find").addEventListener("submit", (submit) => {
  submit.preventDefault();
  find($("wanted").value.trim());
});
document.addEventListener("look", ({ detail }) => {
  $("wanted").value = detail;
  $("find").scrollIntoView({ block: "center" });
  find(detail);
});
