// The move from polling to WebSocket while messages are under way.
import assert from 'node:assert/strict';
import { startApp } from '../lib/app.mjs';
import { call, clients, collect, connected, once, profiles, scenario, upgraded } from '../lib/harness.mjs';
import { delayRequests } from '../lib/proxy.mjs';
import { Polling, Wire, connectTcp, frame, received, request, upgradeRequest } from '../lib/raw.mjs';

const numbers = (n) => Array.from({ length: n }, (_, i) => i);

/** A client admitted before its upgrade: the probe starts first and may win the race, so another one tries. */
async function stillPolling(t) {
  for (;;) {
    const socket = t.client();
    const got = collect(socket, 'n');
    await connected(socket);
    if (socket.io.engine.transport.name === 'polling') return { socket, got };
    socket.disconnect();
  }
}

/** Sends and asks for `count` numbered messages from the moment of admission on, without waiting for the upgrade. */
async function burstBothWays(t, count, step) {
  const { socket, got } = await stillPolling(t);
  for (let i = 0; i < count; i += step) {
    socket.emit('burst-from', i, step, 'n');
    for (let k = i; k < i + step; k++) socket.emit('seq', k);
    if (step < count) await new Promise(setImmediate);
  }
  await got.until(count);
  await upgraded(socket);
  const [report] = await call(socket, 'seq-report');
  assert.deepEqual(report, { count, last: count - 1, ordered: true }, 'client to server');
  assert.deepEqual(got.map(([i]) => i), numbers(count), 'server to client');
}

for (const version of Object.keys(clients)) {
  scenario(`10,000 numbered messages each way during the upgrade, all at once [${version}]`, (t) => { t.use(version, 'upgrade'); return burstBothWays(t, 10_000, 10_000); }, { timeout: 60_000 });
  scenario(`10,000 numbered messages each way during the upgrade, a few at a time [${version}]`, (t) => { t.use(version, 'upgrade'); return burstBothWays(t, 10_000, 50); }, { timeout: 60_000 });

  scenario(`20 clients upgrade at once with 1,000 messages each way [${version}]`, async (t) => {
    t.use(version, 'upgrade');
    await Promise.all(numbers(20).map(() => burstBothWays(t, 1000, 100)));
  }, { timeout: 60_000 });

  scenario(`events with attachments both ways during the upgrade stay whole [${version}]`, async (t) => {
    t.use(version, 'upgrade');
    const socket = t.client();
    const got = collect(socket, 'message-back');
    await connected(socket);
    const attachment = (i, k) => Buffer.alloc(1 + (i * 7 + k) % 300, i);
    for (let i = 0; i < 500; i++) {
      socket.emit('message', i, attachment(i, 0), { nested: [attachment(i, 1)] });
      if (i % 20 === 0) await new Promise(setImmediate);
    }
    await got.until(500);
    await upgraded(socket);
    for (let i = 0; i < 500; i++) assert.deepEqual(got[i], [i, attachment(i, 0), { nested: [attachment(i, 1)] }]);
  });

  scenario(`acknowledgements asked before the upgrade are given after it [${version}]`, async (t) => {
    t.use(version, 'upgrade');
    const socket = t.client();
    let answer;
    socket.on('hold', (ack) => { answer = ack; });
    await connected(socket);
    const asked = call(socket, 'ask', 'hold', [], 10_000);
    await upgraded(socket);
    while (!answer) await new Promise(setImmediate);
    answer('after');
    assert.deepEqual(await asked, [{ ok: ['after'] }]);
  });
}

async function opened(t, auth) {
  return (await new Polling(t.port(profiles.main)).open()).join('', auth);
}

async function probe(t, session, { profile = profiles.main } = {}) {
  const wire = new Wire(`${t.ws(profile)}/socket.io/?EIO=4&transport=websocket&sid=${session.sid}`);
  t.onEnd(() => wire.ws.terminate());
  await wire.opened;
  return wire;
}

/** Polls until nothing but a noop comes. */
async function drained(session) {
  for (;;) {
    const { body } = await session.get();
    if (body === '6') return;
  }
}

scenario('a header over polling and its attachment over WebSocket make one event', async (t) => {
  const session = await opened(t);
  const wire = await probe(t, session);
  await session.post('452-["message",{"a":{"_placeholder":true,"num":1},"b":{"_placeholder":true,"num":0}}]\x1ebAQID');
  wire.send('2probe');
  assert.equal(await wire.next(), '3probe');
  await drained(session);
  wire.send('5');
  wire.send(Buffer.from([4, 5]));
  const header = await wire.until((m) => typeof m === 'string' && m.startsWith('452-'));
  const attachments = [await wire.next(), await wire.next()];
  const [name, { a, b }] = JSON.parse(header.slice('452-'.length));
  assert.equal(name, 'message-back');
  assert.deepEqual([attachments[b.num], attachments[a.num]], [Buffer.from([1, 2, 3]), Buffer.from([4, 5])]);
});

scenario('a waiting poll is answered by a noop once the probe has been answered', async (t) => {
  const session = await opened(t);
  await session.post('42["message","x"]');
  await session.until((packet) => packet.startsWith('42["message-back"'));
  const poll = session.get();
  const wire = await probe(t, session);
  wire.send('2probe');
  assert.equal(await wire.next(), '3probe');
  // No ping, for which a poll that waits on would be answered.
  assert.equal((await poll).body, '6');
});

scenario('polling goes on while the probe is open', async (t) => {
  const session = await opened(t);
  const wire = await probe(t, session);
  wire.send('2probe');
  assert.equal(await wire.next(), '3probe');
  for (let i = 0; i < 20; i++) {
    assert.equal((await session.post(`42["message",${i}]`)).body, 'ok');
    await session.until((packet) => packet === `42["message-back",${i}]`);
  }
});

for (const [what, packet] of [['a message', '42["message",1]'], ['a wrong probe', '2wrong'], ['binary', Buffer.from([1])]]) {
  scenario(`${what} instead of a probe closes the probing connection, and the session stays`, async (t) => {
    const session = await opened(t);
    const wire = await probe(t, session);
    wire.send(packet);
    await wire.ended;
    await session.post('42["message","alive"]');
    await session.until((p) => p === '42["message-back","alive"]');
  });
}

scenario('a probing connection that is cut leaves the session on polling, and another may upgrade it', async (t) => {
  const session = await opened(t);
  for (const state of ['opened', 'probed']) {
    const wire = await probe(t, session);
    if (state === 'probed') { wire.send('2probe'); assert.equal(await wire.next(), '3probe'); }
    wire.ws._socket.resetAndDestroy();
    await wire.ended;
    await session.post(`42["message","${state}"]`);
    await session.until((p) => p === `42["message-back","${state}"]`);
  }
  let wire;
  for (;;) {
    wire = await probe(t, session);
    wire.send('2probe');
    if (await wire.next().catch(() => undefined) === '3probe') break;
  }
  await drained(session);
  wire.send('5');
  wire.send('42["message","over"]');
  await wire.until((m) => m === '42["message-back","over"]');
});

scenario('after the upgrade a second WebSocket is turned away and the first works on', async (t) => {
  const session = await opened(t);
  const wire = await probe(t, session);
  wire.send('2probe');
  assert.equal(await wire.next(), '3probe');
  await drained(session);
  wire.send('5');
  wire.send('42["message",1]');
  await wire.until((m) => m === '42["message-back",1]');
  const second = new Wire(`${t.ws(profiles.main)}/socket.io/?EIO=4&transport=websocket&sid=${session.sid}`);
  await Promise.race([second.ended, second.opened.then(() => second.ended, () => {})]);
  wire.send('42["message",2]');
  await wire.until((m) => m === '42["message-back",2]');
  const poll = await session.get();
  assert.equal(poll.status, 400);
  assert.equal(poll.json().code, 3);
  wire.send('42["message",3]');
  await wire.until((m) => m === '42["message-back",3]');
});

scenario('a WebSocket request with an unknown sid is refused with 400', async (t) => {
  const wire = new Wire(`${t.ws(profiles.main)}/socket.io/?EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA`);
  const error = await wire.opened.then(() => undefined, (e) => e);
  assert.equal(error?.status, 400);
});


scenario('probe, upgrade and message in one segment reach the handler', async (t) => {
  const session = await opened(t);
  await session.post('42["message","x"]');
  await session.until((packet) => packet.startsWith('42["message-back"'));
  const tcp = await connectTcp(t, profiles.main);
  tcp.write(Buffer.concat([Buffer.from(upgradeRequest(t.port(profiles.main), `/socket.io/?EIO=4&transport=websocket&sid=${session.sid}`)),
    frame('2probe'), frame('5'), frame('42["message",1]')]));
  await received(tcp, /3probe[\s\S]*42\["message-back",1\]/);
});

scenario('the upgrade of a session that is gone in the meantime is closed', async (t) => {
  const session = await opened(t);
  const wire = await probe(t, session);
  await session.post('1');
  wire.send('2probe');
  await wire.ended;
  assert.equal((await request(t.port(profiles.main), session.url)).json().code, 1);
});

/** A client whose WebSocket comes late enough for its first event to leave by polling, and whose event comes late: it upgrades meanwhile. */
async function connectThrough(t, port, delay) {
  let posts = 0;
  const through = await delayRequests(t, port, (head) => {
    if (/^upgrade:/im.test(head)) return 60;
    return head.startsWith('POST ') && ++posts > 1 ? delay : 0;
  });
  const socket = t.io(`http://127.0.0.1:${through}`, { forceNew: true, reconnection: false });
  t.onEnd(() => socket.disconnect());
  await connected(socket);
  return socket;
}

/** The reasons that clients report whose first event puts them out while they upgrade. Their pings come too late to help. */
function endsWhileUpgrading(t, event, args) {
  return Promise.all(delays.map(async (delay) => {
    const socket = await connectThrough(t, t.port(profiles.main), delay);
    const told = once(socket, 'disconnect');
    socket.emit(event, ...args);
    return (await told)[0];
  }));
}

const delays = numbers(16).map((i) => i * 10);
for (const version of Object.keys(clients)) {
  scenario(`a client that is disconnected while it upgrades learns of it at once [${version}]`, async (t) => {
    t.use(version, 'upgrade');
    const reasons = await endsWhileUpgrading(t, 'kick', [true]);
    assert.deepEqual(new Set(reasons), new Set(['io server disconnect']));
  });

  scenario(`a client that is dropped while it upgrades learns of it at once [${version}]`, async (t) => {
    t.use(version, 'upgrade');
    const reasons = await endsWhileUpgrading(t, 'drop', []);
    assert.deepEqual(new Set(reasons), new Set(['transport close']));
  });
}

scenario('clients that upgrade learn at once of a server that stops', async (t) => {
  const app = await startApp(t);
  const sockets = await Promise.all(delays.map((delay) => connectThrough(t, t.port(profiles.main), delay)));
  const ends = sockets.map((socket) => once(socket, 'disconnect'));
  for (const socket of sockets) socket.emit('message', 1);
  await new Promise((resolve) => { setTimeout(resolve, 80); });
  app.child.kill('SIGTERM');
  const reasons = (await Promise.all(ends)).map(([reason]) => reason);
  assert.ok(reasons.every((reason) => reason !== 'ping timeout'), reasons.join());
  assert.equal((await app.exited).code, 0);
});
