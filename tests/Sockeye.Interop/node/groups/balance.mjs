// Two nodes of a cluster behind nginx and HAProxy that give each request to the next one, as docs/deploy shows: nothing is sticky.
import assert from 'node:assert/strict';
import { freePort } from '../lib/child.mjs';
import { call, collect, connected, eventually, modes, once, profiles, scenario, upgraded } from '../lib/harness.mjs';
import { startNats, startNode } from '../lib/nodes.mjs';
import { answers, proxies, through } from '../lib/recipes.mjs';

/** The part of a session's id that says whose it is: 24 bits. */
const ownerOf = (socket) => socket.io.engine.id.slice(0, 4);

async function balanced(t, start) {
  const port = await freePort();
  await startNats(t, port);
  const nodes = [await startNode(t, `nats://127.0.0.1:${port}`), await startNode(t, `nats://127.0.0.1:${port}`)];
  const proxy = await start(t, nodes.map((node) => node.base + profiles.main), [], true);
  return { nodes, proxy };
}

/** Clients by way of the proxy, in one room, until each node has some. */
async function members(t, proxy, options) {
  const sockets = [];
  while (sockets.length < 4 || new Set(sockets.map(ownerOf)).size < 2) {
    assert.ok(sockets.length < 50, 'all sessions began at one node');
    const socket = await connected(through(t, proxy, options));
    await call(socket, 'join', 'room');
    socket.got = collect(socket, 'x');
    socket.gone = collect(socket, 'disconnect');
    sockets.push(socket);

    // As many requests for each client would begin all sessions at one node.
    if (sockets.length % 2) await answers(proxy.plain, '/socket.io/');
  }

  return sockets;
}

const cast = (socket, ...args) => call(socket, 'cast', { to: ['room'], self: true, event: 'x', args });

for (const [name, start] of Object.entries(proxies)) {
  for (const [way, transports] of Object.entries(modes)) {
    scenario(`${name} gives each request to the next node: messages, binary and rooms arrive in order, and nobody is cut [${way}]`, async (t) => {
      const { proxy } = await balanced(t, start);
      const sockets = await members(t, proxy, { transports });
      if (way === 'upgrade') await Promise.all(sockets.map(upgraded));
      const bytes = Buffer.alloc(300_000, 7);
      for (const socket of sockets) {
        assert.deepEqual(await call(socket, 'message-with-ack', 'text', bytes), ['text', bytes]);
        const answers = Array.from({ length: 50 }, (_, i) => call(socket, 'message-with-ack', i));
        assert.deepEqual(await Promise.all(answers), Array.from({ length: 50 }, (_, i) => [i]));
      }

      // Interest in a room crosses in its own time: until each has heard one, nobody counts.
      await eventually(() => cast(sockets[0], 'reach'), () => sockets.every((socket) => socket.got.length > 0));
      await eventually(() => cast(sockets.find((socket) => ownerOf(socket) !== ownerOf(sockets[0])), 'reach back'), () => sockets.every((socket) => socket.got.some(([text]) => text === 'reach back')));
      for (let i = 0; i < 100; i++) await cast(sockets[i % 2], i);
      const numbers = (socket) => socket.got.map(([value]) => value).filter(Number.isInteger);
      for (const socket of sockets) {
        await eventually(() => numbers(socket).length, (length) => length === 100);
        for (const parity of [0, 1]) assert.deepEqual(numbers(socket).filter((n) => n % 2 === parity), Array.from({ length: 50 }, (_, i) => 2 * i + parity));
        assert.equal(socket.gone.length, 0);
      }
    }, { timeout: 60_000 });
  }

  scenario(`${name} gives each request to the next node: of one that drains its own clients move, and those of the other one stay [polling]`, async (t) => {
    const { nodes, proxy } = await balanced(t, start);
    const sockets = await members(t, proxy, { transports: ['polling'], reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 });
    const direct = await connected(through(t, { plain: nodes[0].base + profiles.main }));
    const leaving = ownerOf(direct);
    const [moved, stayed] = [sockets.filter((socket) => ownerOf(socket) === leaving), sockets.filter((socket) => ownerOf(socket) !== leaving)];
    const gone = Promise.all(moved.map((socket) => once(socket, 'disconnect')));
    nodes[0].child.kill('SIGTERM');
    await gone;
    await Promise.all(moved.map((socket) => connected(socket)));
    await nodes[0].exited;
    for (const socket of sockets) assert.deepEqual(await call(socket, 'message-with-ack', 'over here'), ['over here']);
    for (const socket of stayed) assert.equal(socket.gone.length, 0);
  }, { timeout: 60_000 });
}
