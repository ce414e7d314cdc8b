// Two apps as nodes of one cluster over a real nats-server, and clients of both.
import assert from 'node:assert/strict';
import { balance } from '../lib/balancer.mjs';
import { freePort } from '../lib/child.mjs';
import { call, collect, connected, eventually, once, scenario, upgraded } from '../lib/harness.mjs';
import { standStill, startNats, startNode } from '../lib/nodes.mjs';

/** Two nodes, and members of one room on each. */
async function twoNodes(t, way = 'websocket') {
  t.use('4.x', way);
  const port = await freePort();
  const nats = await startNats(t, port);
  const nodes = [await startNode(t, `nats://127.0.0.1:${port}`), await startNode(t, `nats://127.0.0.1:${port}`)];
  const join = async (node) => {
    t.base = node.base;
    const socket = await t.connect();
    await call(socket, 'join', 'room');
    socket.got = collect(socket, 'x');
    return socket;
  };
  const [a, b] = [await join(nodes[0]), await join(nodes[1])];
  const others = [await join(nodes[0]), await join(nodes[1])];
  await reach(a, b);
  await reach(b, a);
  return { port, nats, nodes, a, b, others, all: [a, b, ...others], join };
}

const cast = (socket, event, args, options = {}) => call(socket, 'cast', { to: ['room'], self: true, event, args, ...options });

/** Resolves when what one sends to the room arrives at the other one. */
async function reach(from, to) {
  const heard = once(to, 'reach');
  let isThere = false;
  heard.then(() => { isThere = true; });
  await eventually(() => cast(from, 'reach', []), () => isThere);
}

/** What all have got, after a message that follows everything in the room has come everywhere. */
async function heard(from, sockets) {
  const ends = sockets.map((socket) => once(socket, 'end'));
  await cast(from, 'end', []);
  await Promise.all(ends);
  return sockets.map((socket) => socket.got.splice(0).map(([value]) => value));
}

for (const way of ['websocket', 'polling']) {
  scenario(`members of a room hear a cast of the other node, each once, and who is left out does not [${way}]`, async (t) => {
    const { a, b, all } = await twoNodes(t, way);
    await cast(a, 'x', [1]);
    assert.deepEqual(await heard(a, all), [[1], [1], [1], [1]]);
    await cast(b, 'x', [2], { except: [a.id] });
    assert.deepEqual(await heard(b, all), [[], [2], [2], [2]]);
    await cast(a, 'x', [3], { to: [b.id] });
    await eventually(() => b.got.length, (length) => length === 1);
    const bytes = Buffer.alloc(50_000, 7);
    await cast(a, 'x', [{ bytes }]);
    const got = await heard(a, all);
    assert.deepEqual(got.map((values) => values.at(-1)), Array(4).fill({ bytes }));
    assert.deepEqual(got.map((values) => values.length), [1, 2, 1, 1]);
  }, { timeout: 60_000 });

  scenario(`casts arrive in order at the other node, none twice and none missing [${way}]`, async (t) => {
    const { a, all } = await twoNodes(t, way);
    for (let i = 0; i < 500; i++) a.emit('cast', { to: ['room'], self: true, event: 'x', args: [i] });
    const wanted = Array.from({ length: 500 }, (_, i) => i);
    for (const got of await heard(a, all)) assert.deepEqual(got, wanted);
  }, { timeout: 60_000 });
}

scenario('acknowledgements, requests and actions span the nodes', async (t) => {
  const { a, b, all, nodes } = await twoNodes(t);
  for (const [i, socket] of all.entries()) socket.on('ask', (answer) => answer(i));
  const { err, responses } = (await call(a, 'cast-ack', { to: ['room'], ms: 5000, event: 'ask', args: [] }))[0];
  assert.equal(err, false);
  assert.deepEqual(responses.sort(), [0, 1, 2, 3]);
  const ids = all.map((socket) => socket.id).sort();
  assert.deepEqual(await call(b, 'fetch', 'room'), [ids]);
  await call(b, 'all-join', { to: ['room'], in: 'room', room: 'more' });
  await eventually(() => call(a, 'fetch', 'more'), ([found]) => found.length === 4);
  b.on('ask', () => {});
  await standStill(nodes[1].child);
  const late = (await call(a, 'cast-ack', { to: ['room'], ms: 1000, event: 'ask', args: [] }))[0];
  nodes[1].child.kill('SIGCONT');
  assert.deepEqual([late.err, late.responses.sort()], [true, [0, 2]]);
}, { timeout: 60_000 });

scenario('a node that is killed takes its own clients with it and no other', async (t) => {
  const { a, b, nodes, others } = await twoNodes(t);
  const lost = once(b, 'disconnect');
  nodes[1].child.kill('SIGKILL');
  await lost;
  await cast(a, 'x', ['on']);
  await others[0].got.until(1);
  assert.ok(a.connected && others[0].connected);
  await eventually(() => call(a, 'fetch', 'room'), ([ids]) => ids.length === 2);
}, { timeout: 60_000 });

scenario('NATS goes and comes back: clients stay, each node goes on alone, and then casts cross again', async (t) => {
  const { port, nats, a, b, all, others } = await twoNodes(t);
  nats.child.kill('SIGKILL');
  await nats.exited;
  const alone = others[0].got.until(1);
  await cast(a, 'x', ['alone']);
  await alone;
  await startNats(t, port);
  await reach(a, b);
  await reach(b, a);
  assert.ok(all.every((socket) => socket.connected));
  for (const socket of all) socket.got.splice(0);
  await cast(b, 'x', ['again']);
  assert.deepEqual(await heard(b, all), [['again'], ['again'], ['again'], ['again']]);
}, { timeout: 60_000 });

/** Two nodes behind a balancer that is not sticky; the scenario's address is its. */
async function balanced(t, way, each) {
  t.use('4.x', way);
  const port = await freePort();
  await startNats(t, port);
  const nodes = [await startNode(t, `nats://127.0.0.1:${port}`), await startNode(t, `nats://127.0.0.1:${port}`)];
  const balancer = await balance(t, nodes.map((node) => node.base), each);
  t.base = balancer.port;
  return { nodes, balancer };
}

for (const each of ['request', 'connection']) {
  for (const way of ['polling', 'websocket', 'upgrade']) {
    scenario(`a client is served through a balancer that is not sticky: 1,000 messages each way in order, and binary [each ${each}, ${way}]`, async (t) => {
      const { balancer } = await balanced(t, way, each);
      const socket = await t.connect();
      if (way === 'upgrade') await upgraded(socket);
      const back = collect(socket, 'message-back');
      for (let i = 0; i < 1000; i++) socket.emit('message', i);
      assert.deepEqual([...await back.until(1000)], Array.from({ length: 1000 }, (_, i) => [i]));
      const bytes = Buffer.from(Array.from({ length: 600_000 }, (_, i) => i % 251));
      assert.deepEqual((await call(socket, 'message-with-ack', bytes))[0], bytes);
      assert.equal((await call(socket, 'big', 900_000))[0].length, 900_000);
      assert.equal((await call(socket, 'transport'))[0], way === 'polling' ? 'polling' : 'websocket');
      assert.ok(socket.connected);
      if (way !== 'websocket') assert.ok([...balancer.counts.values()].every((count) => count > 0));
    }, { timeout: 60_000 });
  }
}

for (const way of ['polling', 'upgrade']) {
  scenario(`when a node is killed its clients connect again through the balancer and the others stay [${way}]`, async (t) => {
    const { nodes } = await balanced(t, way, 'request');
    const sockets = [];
    for (let i = 0; i < 6; i++) {
      const socket = t.client('/', { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 200 });
      await connected(socket);

      // A client whose WebSocket is lost in the middle of its upgrade waits for its ping timeout, whatever server it has.
      if (way === 'upgrade') await upgraded(socket);
      sockets.push(socket);
    }
    nodes[1].child.kill('SIGKILL');
    for (const socket of sockets) {
      await eventually(() => new Promise((resolve) => {
        socket.timeout(1000).emit('message-with-ack', 'there', (error, answer) => resolve(!error && answer));
      }), (answer) => answer === 'there');
    }
    assert.ok(sockets.every((socket) => socket.connected));
  }, { timeout: 60_000 });
}
