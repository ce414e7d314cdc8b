import { io } from "https://cdn.socket.io/4.8.4/socket.io.esm.min.js";

const socket = io();
const { door, talk, lines, status } = Object.fromEntries(["door", "talk", "lines", "status"].map((id) => [id, document.getElementById(id)]));
let place;
let quiet;

const tell = (text) => { status.textContent = text; };
const show = ({ name, text }) => {
  const line = document.createElement("li");
  line.textContent = `${name}: ${text}`;
  lines.append(line);
  line.scrollIntoView({ block: "nearest" });
};

async function enter() {
  const welcome = await socket.emitWithAck("enter", place.room, place.name);
  if (!welcome) return tell("A name and a room have 1 to 40 characters");
  lines.replaceChildren();
  welcome.history.forEach(show);
  tell(`In ${place.room} with ${welcome.guests.join(", ")}`);
}

// After a reconnection the server sees a new socket: enter again.
socket.on("connect", () => { if (place) enter(); });
socket.on("disconnect", (reason) => tell(`Offline (${reason}), trying again`));
socket.on("said", show);
socket.on("entered", (name) => tell(`${name} came in`));
socket.on("left", (name) => tell(`${name} went away`));
socket.on("typing", (name) => {
  tell(`${name} is typing`);
  clearTimeout(quiet);
  quiet = setTimeout(() => tell(""), 2000);
});

door.addEventListener("submit", (event) => {
  event.preventDefault();
  place = Object.fromEntries(new FormData(door));
  enter();
});

talk.elements.text.addEventListener("input", () => socket.volatile.emit("typing"));
talk.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = talk.elements.text.value;
  talk.reset();
  if (await socket.emitWithAck("say", text)) show({ name: place.name, text });
});
