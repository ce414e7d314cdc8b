import { io } from "https://cdn.socket.io/4.8.4/socket.io.esm.min.js";

const socket = io("/arena");
const field = document.getElementById("field");
const news = document.getElementById("news");
const pen = field.getContext("2d");
const name = prompt("Your name", "player") ?? "player";
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const held = new Set();
let me;
let goal;

socket.on("connect", async () => {
  const { you, width, height } = await socket.emitWithAck("play", name);
  [me, field.width, field.height] = [you, width, height];
});

socket.on("disconnect", () => { news.textContent = "The connection is gone, trying again"; });

socket.on("scored", (who, score) => { news.textContent = `${who} has ${score}`; });

socket.on("world", (tick, coin, players) => {
  pen.clearRect(0, 0, field.width, field.height);
  pen.font = "18px system-ui";
  dot(coin.x, coin.y, 8, "goldenrod");
  for (const { id, name, x, y, score } of players) {
    if (id === me && goal) socket.emit("steer", (goal.x - x) / 60, (goal.y - y) / 60); // slower as it comes near
    dot(x, y, 14, id === me ? "crimson" : "steelblue");
    pen.fillText(`${name} ${score}`, x + 18, y);
  }
});

function dot(x, y, size, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, size, 0, 7);
  pen.fill();
}

function steer() {
  const [x, y] = [...held].reduce(([x, y], key) => [x + directions[key][0], y + directions[key][1]], [0, 0]);
  socket.emit("steer", x, y);
}

// A finger or the mouse: there is where to go, as long as it presses.
function press(event) {
  const scale = field.width / field.clientWidth;
  if (event.buttons) goal = { x: event.offsetX * scale, y: event.offsetY * scale };
}

for (const type of ["pointerdown", "pointermove"]) field.addEventListener(type, press);
for (const type of ["pointerup", "pointercancel"]) addEventListener(type, () => { if (goal) { goal = undefined; steer(); } });
addEventListener("keydown", (event) => { if (directions[event.key] && !held.has(event.key)) { held.add(event.key); steer(); } });
addEventListener("keyup", (event) => { if (held.delete(event.key)) steer(); });
addEventListener("blur", () => { held.clear(); steer(); });
