import { io } from "https://cdn.socket.io/4.8.4/socket.io.esm.min.js";

const socket = io("/arena");
const field = document.getElementById("field");
const news = document.getElementById("news");
const pen = field.getContext("2d");
const name = prompt("Your name", "player") ?? "player";
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const held = new Set();
let me;

socket.on("connect", async () => {
  const { you, width, height } = await socket.emitWithAck("play", name);
  [me, field.width, field.height] = [you, width, height];
});

socket.on("scored", (who, score) => { news.textContent = `${who} has ${score}`; });

socket.on("world", (tick, coin, players) => {
  pen.clearRect(0, 0, field.width, field.height);
  dot(coin.x, coin.y, 8, "goldenrod");
  for (const { id, name, x, y, score } of players) {
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

addEventListener("keydown", (event) => { if (directions[event.key] && !held.has(event.key)) { held.add(event.key); steer(); } });
addEventListener("keyup", (event) => { if (held.delete(event.key)) steer(); });
addEventListener("blur", () => { held.clear(); steer(); });
