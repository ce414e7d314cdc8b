// socket.io on Node with the handlers of the conformance app's profile `load`.   node server.mjs PORT [PING_MS]
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { pingInterval: Number(process.argv[3] ?? 25000) });

io.on("connection", (socket) => {
  socket.on("echo", (value, ack) => (ack ? ack(value) : socket.emit("echo", value)));
  socket.on("join", (room, ack) => {
    socket.join(room);
    ack?.();
  });
  socket.on("pub", (value) => io.to("room").emit("msg", value));
  socket.on("flood", (count, size) => {
    const text = "x".repeat(size);
    for (let i = 0; i < count; i++) {
      io.to("slow").emit("msg", text);
    }
  });
});

http.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 }, () => console.log("ready"));
