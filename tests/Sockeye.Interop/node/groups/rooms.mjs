// Rooms, broadcasts, their acknowledgements, volatile events.
import assert from 'node:assert/strict';
import { call, collect, eventually, matrix } from '../lib/harness.mjs';

let serial = 0;

/** Four members of a namespace of their own, each with a log of the event `x`. */
async function four(t) {
  const namespace = `/dyn-${1000 + serial++}${process.pid}`;
  const sockets = await Promise.all(Array.from({ length: 4 }, () => t.connect(namespace)));
  for (const socket of sockets) socket.got = collect(socket, 'x');
  return sockets;
}

/** Who has received what, after a message to all has passed: what has not come until then does not come. */
async function heard(sockets) {
  const fences = sockets.map((socket) => collect(socket, 'fence'));
  await call(sockets[0], 'cast', { self: true, event: 'fence', args: [] });
  for (const fence of fences) await fence.until(1);
  for (const socket of sockets) socket.off('fence');
  return sockets.map((socket) => socket.got.splice(0).map(([value]) => value));
}

matrix('rooms are joined and left, one or several', async (t) => {
  const [a] = await four(t);
  assert.deepEqual(await call(a, 'rooms'), [[a.id]]);
  assert.deepEqual(await call(a, 'join', 'r1'), [[a.id, 'r1'].sort()]);
  assert.deepEqual(await call(a, 'join', ['r2', 'r3', 'r1']), [[a.id, 'r1', 'r2', 'r3'].sort()]);
  assert.deepEqual(await call(a, 'leave', 'r2'), [[a.id, 'r1', 'r3'].sort()]);
  assert.deepEqual(await call(a, 'leave', 'never'), [[a.id, 'r1', 'r3'].sort()]);
});

matrix('a cast reaches its rooms except some, the sender only if asked, each once', async (t) => {
  const sockets = await four(t);
  const [a, b, c, d] = sockets;
  await call(a, 'join', ['r1', 'r2']);
  await call(b, 'join', ['r1', 'r2']);
  await call(c, 'join', 'r2');
  const cast = async (options) => { assert.deepEqual(await call(a, 'cast', { event: 'x', args: [1], ...options }), [true]); return (await heard(sockets)).map((x) => x.length).join(''); };
  assert.equal(await cast({}), '0111', 'all but the sender');
  assert.equal(await cast({ self: true }), '1111', 'all');
  assert.equal(await cast({ to: ['r1'] }), '0100');
  assert.equal(await cast({ to: ['r1'], self: true }), '1100');
  assert.equal(await cast({ to: ['r1', 'r2'], self: true }), '1110', 'the union, each once');
  assert.equal(await cast({ to: ['r2'], except: ['r1'], self: true }), '0010');
  assert.equal(await cast({ except: ['r2'], self: true }), '0001');
  assert.equal(await cast({ to: [d.id] }), '0001', 'an id is a room');
  assert.equal(await cast({ except: [b.id], self: true }), '1011');
  assert.equal(await cast({ to: ['empty'], self: true }), '0000');
});

matrix('a cast carries arguments and binary', async (t) => {
  const sockets = await four(t);
  const args = [{ n: 1, b: Buffer.from([1, 2, 3]) }, 'text', [Buffer.alloc(1000, 7)]];
  const all = sockets.map((socket) => socket.got.until(1));
  await call(sockets[0], 'cast', { self: true, event: 'x', args });
  for (const got of await Promise.all(all)) assert.deepEqual(got[0], args);
});

matrix('casts of one sender arrive in order at every member', async (t) => {
  const sockets = await four(t);
  for (let i = 0; i < 500; i++) sockets[0].emit('cast', { self: true, event: 'x', args: [i] });
  const all = await Promise.all(sockets.map((socket) => socket.got.until(500)));
  const expected = Array.from({ length: 500 }, (_, i) => i);
  for (const got of all) assert.deepEqual(got.map(([i]) => i), expected);
});

matrix('who has left a room hears nothing of it', async (t) => {
  const sockets = await four(t);
  await call(sockets[1], 'join', 'r');
  await call(sockets[1], 'leave', 'r');
  await call(sockets[0], 'cast', { to: ['r'], event: 'x', args: [1] });
  assert.deepEqual(await heard(sockets), [[], [], [], []]);
});

matrix('who is gone is in no room', async (t) => {
  const [a, b] = await four(t);
  await call(b, 'join', 'r');
  const id = b.id;
  assert.deepEqual(await call(a, 'fetch', 'r'), [[id]]);
  b.disconnect();
  await eventually(() => call(a, 'fetch', 'r'), ([ids]) => ids.length === 0);
  assert.deepEqual(await call(a, 'count'), [3]);
});

matrix('a cast with acknowledgements gathers every answer', async (t) => {
  const sockets = await four(t);
  sockets.forEach((socket, i) => socket.on('vote', (x, ack) => ack(x + i, 'ignored')));
  const [result] = await call(sockets[0], 'cast-ack', { to: [], ms: 5000, event: 'vote', args: [10] });
  assert.equal(result.err, false);
  assert.deepEqual(result.responses.sort(), [10, 11, 12, 13]);
});

matrix('a cast with acknowledgements reports who stays silent', async (t) => {
  const sockets = await four(t);
  await call(sockets[1], 'join', 'r');
  await call(sockets[2], 'join', 'r');
  sockets[1].on('vote', (ack) => ack('yes'));
  let result;
  // However slow the machine is, there is a time in which the one answers; the other never does.
  for (let ms = 200; !result?.responses.length; ms *= 2) [result] = await call(sockets[0], 'cast-ack', { to: ['r'], ms, event: 'vote', args: [] });
  assert.deepEqual(result, { err: true, responses: ['yes'] });
});

matrix('a cast with acknowledgements to nobody ends at once', async (t) => {
  const [a] = await four(t);
  assert.deepEqual(await call(a, 'cast-ack', { to: ['empty'], ms: 5000, event: 'vote', args: [] }), [{ err: false, responses: [] }]);
});

matrix('sockets are found, moved and disconnected by room', async (t) => {
  const [a, b, c, d] = await four(t);
  await call(b, 'join', 'r');
  await call(c, 'join', 'r');
  assert.deepEqual(await call(a, 'fetch', 'r'), [[b.id, c.id].sort()]);
  await call(a, 'all-join', { in: 'r', room: 's' });
  assert.deepEqual(await call(a, 'fetch', 's'), [[b.id, c.id].sort()]);
  await call(a, 'all-leave', { in: 's', room: 'r' });
  assert.deepEqual(await call(a, 'fetch', 'r'), [[]]);
  const gone = [b, c].map((socket) => new Promise((resolve) => socket.once('disconnect', resolve)));
  a.emit('all-disconnect', { in: 's', close: false });
  assert.deepEqual(await Promise.all(gone), ['io server disconnect', 'io server disconnect']);
  assert.deepEqual(await call(a, 'count'), [2]);
  assert.ok(d.connected);
});

matrix('volatile events come in order, some may be missing, the last word is not', async (t) => {
  const [socket] = await four(t);
  const got = collect(socket, 'v');
  const done = collect(socket, 'v-done');
  socket.emit('volatile-n', 2000);
  assert.deepEqual((await done.until(1))[0], [2000]);
  const numbers = got.map(([i]) => i);
  assert.ok(numbers.length <= 2000 && numbers.every((n, i) => i === 0 || n > numbers[i - 1]), 'out of order or twice');
});

matrix('a volatile cast reaches members that can take it', async (t) => {
  const sockets = await four(t);
  const all = Promise.all(sockets.slice(1).map((socket) => socket.got.until(1)));
  for (let heardAll = false; !heardAll;) {
    await call(sockets[0], 'cast', { volatile: true, event: 'x', args: ['v'] });
    heardAll = await Promise.race([all.then(() => true), call(sockets[0], 'id').then(() => false)]);
  }
});
