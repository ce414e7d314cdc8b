// The app as a process: its memory under a flood, its end, its standstill.
import assert from 'node:assert/strict';
import { call, clients, collect, connected, eventually, once, profiles, scenario, upgraded } from '../lib/harness.mjs';
import { startApp } from '../lib/app.mjs';
import { Polling, joinWire } from '../lib/raw.mjs';

const MiB = 1 << 20;

scenario('a flood to a member that does not read leaves memory bounded, and the others get all of it', async (t) => {
  const app = await startApp(t);
  const flooder = await t.connect('/', { transports: ['websocket'] }, profiles.load);
  const reader = await t.connect('/', { transports: ['websocket'] }, profiles.load);
  await call(reader, 'join', 'slow');
  const slow = await joinWire(t, profiles.load);
  slow.send('420["join","slow"]');
  await slow.until((m) => m.startsWith('430'));
  slow.ws.pause();
  const got = collect(reader, 'msg');
  const before = app.residentBytes();
  let peak = before;
  const rounds = 200, each = 4, size = MiB / 2;
  for (let i = 1; i <= rounds; i++) {
    flooder.emit('flood', each, size);
    await got.until(i * each);
    for (const item of got.slice(-each)) item[0] = item[0].length;
    peak = Math.max(peak, app.residentBytes());
  }
  assert.ok(got.every(([length]) => length === size));
  assert.ok(peak - before < 200 * MiB, `memory grew by ${Math.round((peak - before) / MiB)} MiB while ${rounds * each / 2} MiB were sent`);
  assert.deepEqual(await call(flooder, 'echo', 'alive'), ['alive']);
}, { timeout: 60_000 });

scenario('a flood from a client costs bounded memory', async (t) => {
  const app = await startApp(t);
  const wire = await joinWire(t, profiles.main);
  const before = app.residentBytes();
  wire.ws.pause();
  const text = `42["message","${'y'.repeat(100_000)}"]`;
  let stuck = false, peak = before;
  for (let i = 0; i < 2000 && !stuck && wire.ws.readyState === 1; i++) {
    wire.send(text);
    await Promise.race([new Promise((resolve) => wire.ws._socket.write('', resolve)), new Promise((resolve) => setTimeout(() => { stuck = true; resolve(); }, 2000))]);
    peak = Math.max(peak, app.residentBytes());
  }
  assert.ok(peak - before < 150 * MiB, `memory grew by ${Math.round((peak - before) / MiB)} MiB`);
  const other = await t.connect();
  assert.deepEqual(await call(other, 'message-with-ack', 'alive'), ['alive']);
}, { timeout: 60_000 });

for (const version of Object.keys(clients)) {
  scenario(`SIGTERM ends the app with exit code 0, and clients see why [${version}]`, async (t) => {
    const app = await startApp(t);
    const sockets = [];
    for (const way of ['polling', 'websocket', 'upgrade']) {
      t.use(version, way);
      const socket = await t.connect();
      if (way === 'upgrade') await upgraded(socket);
      sockets.push(socket);
    }
    const told = sockets.map((socket) => once(socket, 'disconnect'));
    app.child.kill('SIGTERM');
    for (const [reason] of await Promise.all(told)) assert.match(reason, /^(transport close|transport error|io server disconnect)$/);
    assert.deepEqual(await app.exited, { code: 0, signal: null });
  });
}

scenario('SIGTERM without any client ends the app with exit code 0', async (t) => {
  const app = await startApp(t);
  app.child.kill('SIGTERM');
  assert.deepEqual(await app.exited, { code: 0, signal: null });
});

scenario('an app that is restarted gets its clients back', async (t) => {
  const app = await startApp(t);
  const socket = t.client('/', { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 });
  await connected(socket);
  const first = socket.id;
  const gone = once(socket, 'disconnect');
  app.child.kill('SIGKILL');
  await gone;
  await app.exited;
  const again = once(socket, 'connect');
  await startApp(t, t.base);
  await again;
  assert.notEqual(socket.id, first);
  assert.deepEqual(await call(socket, 'message-with-ack', 'back'), ['back']);
});

for (const way of ['polling', 'websocket']) {
  scenario(`a server that stands still is noticed by its client [${way}]`, async (t) => {
    t.use('4.x', way);
    const app = await startApp(t);
    const socket = t.client('/', { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 }, profiles.fast);
    await connected(socket);
    const told = once(socket, 'disconnect');
    app.child.kill('SIGSTOP');
    const [reason] = await told;
    app.child.kill('SIGCONT');
    assert.equal(reason, 'ping timeout');
    await connected(socket);
    assert.deepEqual(await call(socket, 'message-with-ack', 'back'), ['back']);
  });
}

/** A client that only answers pings, and never gives up by itself; `alive()` asks the server for an answer. */
async function patientWire(t) {
  const wire = await joinWire(t, profiles.main);
  const answers = collect(wire.ws, 'message');
  wire.ws.on('message', (data) => { if (data.toString() === '2') wire.send('3'); });
  return { alive: async () => {
    const asked = eventually(() => answers.some(([data]) => data.toString() === '431["alive"]'), Boolean);
    wire.send('421["message-with-ack","alive"]');
    await Promise.race([asked, wire.ended.then(() => { throw new Error('the WebSocket was closed'); })]);
  } };
}

async function patientPolling(t) {
  const session = await (await new Polling(t.port(profiles.main)).open()).join();
  const polling = session.until((packet) => packet === '431["alive"]');
  polling.catch(() => {});
  return { alive: async () => {
    assert.equal((await session.post('421["message-with-ack","alive"]')).status, 200);
    await polling;
  } };
}

scenario('clients outlive a server that stood still for longer than they have', async (t) => {
  const [interval, timeout, judgesNobody] = [400, 1000, 1000];
  const app = await startApp(t, undefined, ['--loops', '4', '--ping', String(interval), '--ping-timeout', String(timeout)]);
  const patient = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? patientWire(t) : patientPolling(t))));
  for (let i = 0; i < 2; i++) {
    app.child.kill('SIGSTOP');
    await new Promise((resolve) => { setTimeout(resolve, interval + timeout + 300 + i * 130); });
    app.child.kill('SIGCONT');
    await new Promise((resolve) => { setTimeout(resolve, judgesNobody + interval + timeout); });
  }
  await Promise.all(patient.map((client) => client.alive()));
});
