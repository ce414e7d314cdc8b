// Sizes at a limit and one beyond it. The profile `strict` takes 1,000 bytes a message.
import assert from 'node:assert/strict';
import { call, clients, once, profiles, scenario } from '../lib/harness.mjs';
import { Polling, Wire, joinWire, openWire, request } from '../lib/raw.mjs';

const path = '/rt/';
const limit = 1000;
const sized = (n) => `42["message","${'x'.repeat(n - '42["message",""]'.length)}"]`;

async function openStrict(t) {
  const wire = await openWire(t, profiles.strict, { path });
  wire.send('40');
  await wire.until((m) => m.startsWith('40'));
  await wire.until((m) => m.startsWith('42["auth"'));
  return wire;
}

scenario('a post of exactly the limit is taken', async (t) => {
  const session = await new Polling(t.port(profiles.strict), path).open();
  await session.post('40');
  const answer = await session.post(sized(limit));
  assert.deepEqual([answer.status, answer.body], [200, 'ok']);
  const back = await session.until((packet) => packet.startsWith('42["message-back"'));
  assert.equal(back.at(-1).length, limit + '-back'.length);
});

scenario('a post of one byte more is answered 413', async (t) => {
  const session = await new Polling(t.port(profiles.strict), path).open();
  await session.post('40');
  assert.equal((await session.post(sized(limit + 1))).status, 413);
});

scenario('a chunked post of one byte more is answered 413', async (t) => {
  const session = await new Polling(t.port(profiles.strict), path).open();
  const answer = await request(session.port, session.url, { method: 'POST', body: sized(limit + 1), headers: { 'transfer-encoding': 'chunked' } });
  assert.equal(answer.status, 413);
});

scenario('a post that announces a gigabyte is answered 413 before it comes', async (t) => {
  const session = await new Polling(t.port(profiles.strict), path).open();
  const answer = await new Promise((resolve, reject) => {
    import('node:http').then(({ default: http }) => {
      const req = http.request({ host: '127.0.0.1', port: session.port, path: session.url, method: 'POST', headers: { 'content-length': 2 ** 30 } }, resolve);
      req.on('error', reject);
      req.flushHeaders();
    });
  });
  assert.equal(answer.statusCode, 413);
  answer.destroy();
});

scenario('a WebSocket message of exactly the limit is taken', async (t) => {
  const wire = await openStrict(t);
  wire.send(sized(limit));
  assert.match(await wire.next(), /^42\["message-back","x+"\]$/);
});

scenario('a WebSocket message of one byte more is closed with 1009', async (t) => {
  const wire = await openStrict(t);
  wire.send(sized(limit + 1));
  assert.equal((await wire.ended).code, 1009);
});

scenario('fragments that add up to one byte more are closed with 1009', async (t) => {
  const wire = await openStrict(t);
  const text = sized(limit + 1);
  for (let i = 0; i < text.length; i += 91) wire.ws.send(text.slice(i, i + 91), { fin: i + 91 >= text.length });
  assert.equal((await wire.ended).code, 1009);
});

scenario('a binary WebSocket message at the limit and one byte beyond', async (t) => {
  const wire = await openStrict(t);
  wire.send('451-["message",{"_placeholder":true,"num":0}]');
  wire.send(Buffer.alloc(limit, 7));
  await wire.next();
  assert.deepEqual(await wire.next(), Buffer.alloc(limit, 7));
  wire.send('451-["message",{"_placeholder":true,"num":0}]');
  wire.send(Buffer.alloc(limit + 1));
  assert.equal((await wire.ended).code, 1009);
});

for (const version of Object.keys(clients)) {
  scenario(`a client that sends too much by WebSocket is disconnected, the server told why [${version}]`, async (t) => {
    t.use(version, 'websocket');
    const tag = `limit-${version}-${process.pid}`;
    const socket = await t.connect('/', { path: '/rt', auth: { tag } }, profiles.strict);
    const told = once(socket, 'disconnect');
    socket.emit('message', 'x'.repeat(limit));
    assert.match((await told)[0], /^transport (close|error)$/);
    const observer = await t.connect('/', { path: '/rt' }, profiles.strict);
    assert.deepEqual(await call(observer, 'reasons', tag), [['transport error']]);
  });

  scenario(`the server may send more than it takes [${version}]`, async (t) => {
    for (const way of ['polling', 'websocket']) {
      t.use(version, way);
      const socket = await t.connect('/', { path: '/rt' }, profiles.strict);
      assert.equal((await call(socket, 'big', 100_000))[0].length, 100_000, way);
    }
  });
}

scenario('a client that posts many messages keeps below the announced payload', async (t) => {
  t.use('4.x', 'polling');
  const socket = await t.connect('/', { path: '/rt' }, profiles.strict);
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => call(socket, 'message-with-ack', i, 'y'.repeat(100))));
  assert.deepEqual(answers.map(([i]) => i), Array.from({ length: 200 }, (_, i) => i));
});

scenario('eleven attachments are one too many', async (t) => {
  const wire = await joinWire(t, profiles.main);
  wire.send(`4511-["message",${Array.from({ length: 11 }, (_, num) => `{"_placeholder":true,"num":${num}}`).join()}]`);
  await wire.ended;
});

scenario('a poll answer holds at most 16 packets', async (t) => {
  const session = await (await new Polling(t.port(profiles.main)).open()).join();
  await session.post('42["burst",40,"n"]');
  let numbers = 0;
  while (numbers < 40) {
    const packets = (await session.get()).body.split('\x1e');
    assert.ok(packets.length <= 16, `${packets.length} packets`);
    numbers += packets.filter((packet) => packet.startsWith('42["n"')).length;
  }
});

scenario('a WebSocket message of a megabyte less its envelope is taken, a megabyte is not', async (t) => {
  const wire = await joinWire(t, profiles.main);
  wire.send(sized(1_000_000));
  await wire.until((m) => m.length > 999_000);
  wire.send(sized(1_000_001));
  assert.equal((await wire.ended).code, 1009);
});

scenario('a request head beyond its limit is refused and the connection closed', async (t) => {
  const wire = new Wire(`${t.ws(profiles.main)}/socket.io/?EIO=4&transport=websocket`, { headers: { 'x-long': 'x'.repeat(100_000) } });
  const error = await wire.opened.then(() => undefined, (e) => e);
  assert.ok(error.status === 431 || error.status === 400 || error.code === 'ECONNRESET' || error.code === 'EPIPE', String(error));
});
