// node client.mjs URL USER
import { io } from "socket.io-client";

const [, , url = "http://127.0.0.1:3000", user = "ann"] = process.argv;
const fetchToken = async () => (await fetch(`${url}/token`, { method: "POST", body: user })).text();

// A function: each new connection brings a new token.
const socket = io(url, { auth: async (use) => use({ token: await fetchToken() }) });

// The token is about to expire: the acknowledgement takes a new one.
socket.on("auth:refresh", async (_, acknowledge) => acknowledge(await fetchToken()));
socket.on("auth:refreshed", (result) => console.log(result.ok ? "refreshed" : `not refreshed: ${result.code}`));

// The server puts this client out, and says why.
socket.on("auth:ended", ({ code }) => console.log(`ended: ${code}`));
socket.on("connect", () => console.log("connected"));
socket.on("connect_error", (error) => console.log(`refused: ${error.data?.code ?? error.message}`));
socket.on("mail", (from, text) => console.log(`${from}: ${text}`));
