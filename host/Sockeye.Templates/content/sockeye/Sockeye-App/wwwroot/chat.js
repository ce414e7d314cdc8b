import { io } from "https://cdn.socket.io/4.8.4/socket.io.esm.min.js";

const socket = io();
const form = document.getElementById("form");
const lines = document.getElementById("lines");
let name;

function show(text, kind) {
  const line = document.createElement("li");
  line.textContent = text;
  line.className = kind ?? "";
  lines.append(line);
  line.scrollIntoView({ block: "nearest" });
}

async function enter() {
  const present = await socket.emitWithAck("name", name);
  show(present.length ? `Here already: ${present.join(", ")}` : "Nobody else is here yet", "note");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { text } = form.elements;
  if (name) {
    socket.emit("say", text.value);
  } else {
    name = text.value;
    text.placeholder = text.ariaLabel = "say something";
    form.querySelector("button").textContent = "Say";
    enter();
  }
  text.value = "";
});

// After a lost connection the server sees a new socket: it enters again.
socket.on("connect", () => { if (name) enter(); });
socket.on("disconnect", () => show("The connection is gone, trying again", "note"));
socket.on("joined", (who) => show(`${who} came in`, "note"));
socket.on("left", (who) => show(`${who} went away`, "note"));
socket.on("said", (who, text) => show(`${who}: ${text}`));
