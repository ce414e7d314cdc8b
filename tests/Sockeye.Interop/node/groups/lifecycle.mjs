// How connections end, what either side is told, and how clients come back.
import assert from 'node:assert/strict';
import { call, collect, connected, eventually, matrix, once, profiles, scenario, upgraded } from '../lib/harness.mjs';
import { Polling, connectTcp, joinWire, openWire, received } from '../lib/raw.mjs';

let serial = 0;
const newTag = () => `tag-${process.pid}-${serial++}`;

/** The reasons that the server has seen for a tag, as soon as there are `count`. */
async function reasons(t, tag, count = 1, profile = profiles.main) {
  const observer = await t.connect('/custom', {}, profile);
  const [list] = await eventually(() => call(observer, 'reasons', tag), ([got]) => got.length >= count);
  observer.disconnect();
  return list;
}

/** The pings to a client that answers them: a measure of time by the server's clock, so that a slow machine changes nothing. */
async function answered(t) {
  const engine = (await t.connect('/', { transports: ['websocket'] }, profiles.fast)).io.engine;
  const pings = [];
  engine.on('packet', ({ type }) => { if (type === 'ping') pings.push(type); });
  return pings;
}

async function settled(t, socket) {
  if (t.way === 'upgrade') await upgraded(socket);
  return socket;
}

matrix('the server leaves a namespace: both are told, the connection stays', async (t) => {
  const tag = newTag();
  const main = t.client();
  const custom = main.io.socket('/custom', { auth: { tag } });
  custom.connect();
  await Promise.all([connected(main), connected(custom)]);
  const told = once(custom, 'disconnect');
  custom.emit('kick', false);
  assert.equal((await told)[0], 'io server disconnect');
  assert.deepEqual(await reasons(t, tag), ['server namespace disconnect']);
  assert.deepEqual(await call(main, 'id'), [main.id]);
  custom.connect();
  await connected(custom);
});

matrix('the server closes everything: every namespace is told', async (t) => {
  const tag = newTag();
  const main = t.client('/', { auth: { tag } });
  const custom = main.io.socket('/custom', { auth: { tag } });
  custom.connect();
  await Promise.all([connected(main), connected(custom)]);
  await settled(t, main);
  const told = [once(main, 'disconnect'), once(custom, 'disconnect')];
  custom.emit('kick', true);
  assert.deepEqual((await Promise.all(told)).map(([reason]) => reason), ['io server disconnect', 'io server disconnect']);
  assert.deepEqual(await reasons(t, tag, 2), ['server namespace disconnect', 'server namespace disconnect']);
});

matrix('the client leaves a namespace', async (t) => {
  const tag = newTag();
  const main = t.client();
  const custom = main.io.socket('/custom', { auth: { tag } });
  custom.connect();
  await Promise.all([connected(main), connected(custom)]);
  const told = once(custom, 'disconnect');
  custom.disconnect();
  assert.equal((await told)[0], 'io client disconnect');
  assert.deepEqual(await reasons(t, tag), ['client namespace disconnect']);
  assert.deepEqual(await call(main, 'id'), [main.id]);
});

matrix('the client closes its connection', async (t) => {
  const tag = newTag();
  const socket = await settled(t, await t.connect('/', { auth: { tag } }));
  socket.io.engine.close();
  assert.deepEqual(await reasons(t, tag), ['transport close']);
});

matrix('the connection is cut below the client', async (t) => {
  const tag = newTag();
  const socket = await settled(t, await t.connect('/', { auth: { tag } }));
  const told = once(socket, 'disconnect');
  socket.io.engine.transport.ws._socket.destroy();
  assert.equal((await told)[0], 'transport close');
  assert.match((await reasons(t, tag))[0], /^transport (close|error)$/);
}, { ways: ['websocket', 'upgrade'], versions: ['4.x'] });

for (const [how, cut] of [['ended', (tcp) => tcp.end()], ['reset', (tcp) => tcp.resetAndDestroy()]]) {
  scenario(`a waiting poll is ${how}`, async (t) => {
    const tag = newTag();
    const session = await new Polling(t.port(profiles.main)).open();
    await session.post(`40${JSON.stringify({ tag })}`);
    await session.until((packet) => packet.startsWith('42["auth"'));
    const tcp = await connectTcp(t, profiles.main);
    // Two requests in one segment: the answer to the first tells that the second has been read.
    await new Promise((sent) => tcp.write(`GET /none HTTP/1.1\r\nHost: x\r\n\r\nGET ${session.url} HTTP/1.1\r\nHost: x\r\n\r\n`, sent));
    await received(tcp, /HTTP\/1\.1 404/);
    cut(tcp);
    assert.match((await reasons(t, tag))[0], /^transport (close|error)$/);
  });
}

scenario('a polling client says goodbye: its waiting poll is answered', async (t) => {
  const tag = newTag();
  const session = await new Polling(t.port(profiles.main)).open();
  await session.post(`40${JSON.stringify({ tag })}`);
  await session.until((packet) => packet.startsWith('42["auth"'));
  const poll = session.get();
  await session.post('1');
  assert.match((await poll).body, /^(6|1)$/);
  assert.deepEqual(await reasons(t, tag), ['transport close']);
  assert.equal((await session.get()).json().code, 1);
});

scenario('a WebSocket client says goodbye with an engine packet', async (t) => {
  const tag = newTag();
  const wire = await joinWire(t, profiles.main, JSON.stringify({ tag }));
  wire.send('1');
  await wire.ended;
  assert.deepEqual(await reasons(t, tag), ['transport close']);
});

scenario('a client that answers no ping is gone in time, not before [websocket]', async (t) => {
  const tag = newTag();
  const wire = await openWire(t, profiles.fast);
  const started = performance.now();
  wire.send(`40${JSON.stringify({ tag })}`);
  const pings = await answered(t);
  await wire.ended;
  const took = performance.now() - started;
  assert.ok(took > 450, `it took ${took} ms`);
  assert.ok(pings.length <= 2, `it took ${pings.length} pings`);
  assert.deepEqual(await reasons(t, tag, 1, profiles.fast), ['ping timeout']);
});

scenario('a client that answers no ping is gone in time, not before [polling]', async (t) => {
  const tag = newTag();
  const session = await new Polling(t.port(profiles.fast)).open();
  await session.post(`40${JSON.stringify({ tag })}`);
  assert.deepEqual(await reasons(t, tag, 1, profiles.fast), ['ping timeout']);
  assert.equal((await session.get()).json().code, 1);
});

scenario('a client that joins no namespace is closed after the connect timeout', async (t) => {
  const wire = await openWire(t, profiles.fast);
  const started = performance.now();
  const pings = await answered(t);
  await assert.rejects(wire.until(() => false), /closed/);
  const took = performance.now() - started;
  assert.ok(took > 900, `it took ${took} ms`);
  assert.ok(pings.length <= 5, `it took ${pings.length} pings`);
});

matrix('a client lives through many pings', async (t) => {
  // The server waits 200 ms for an answer: on a machine that stands still so long it loses the client by rights, and once is enough to live through them.
  for (let left = 5; ; left--) {
    const socket = await t.connect('/', {}, profiles.fast);
    const end = await new Promise((resolve) => {
      let pings = 0;
      socket.io.engine.on('packet', ({ type }) => { if (type === 'ping' && ++pings === 5) call(socket, 'id').then(([id]) => resolve(id === socket.id ? 'alive' : id)); });
      socket.once('disconnect', resolve);
    });
    if (end === 'alive') return;
    assert.ok(left > 1, `it ended by ${end}`);
  }
});

matrix('the server drops the connection: the client comes back by itself and sends what it kept', async (t) => {
  const tag = newTag();
  const socket = t.client('/', { auth: { tag }, reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 });
  await connected(socket);
  await settled(t, socket);
  const first = socket.id;
  const got = collect(socket, 'message-back');
  const told = once(socket, 'disconnect');
  const again = new Promise((resolve) => socket.io.once('reconnect', resolve));
  socket.emit('drop');
  const [reason] = await told;
  assert.ok(reason === 'transport close' || (t.way === 'polling' && reason === 'transport error'), reason);
  socket.emit('message', 'kept while away');
  await again;
  assert.deepEqual((await got.until(1))[0], ['kept while away']);
  assert.notEqual(socket.id, first);
  assert.equal((await reasons(t, tag)).length, 1);
});

matrix('the server keeps dropping and the client keeps coming back', async (t) => {
  const socket = t.client('/', { reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 20 });
  const ids = new Set();
  for (let i = 0; i < 10; i++) {
    await connected(socket);
    ids.add(socket.id);
    assert.deepEqual(await call(socket, 'message-with-ack', i), [i]);
    const gone = once(socket, 'disconnect');
    socket.emit('drop');
    await gone;
  }
  assert.equal(ids.size, 10);
});
