// node victim.mjs URL TAG: two connected clients, one by each transport; says so and waits to be killed.
import { setTimeout } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { connected } from './harness.mjs';

const [url, tag] = process.argv.slice(2);
const sockets = ['polling', 'websocket'].map((transport) => io(url, { transports: [transport], auth: { tag }, forceNew: true }));
await Promise.all(sockets.map(connected));
// Between two polls there is no connection whose end a server could see, and nothing tells when the next poll has reached it.
await setTimeout(500);
console.log('connected');
