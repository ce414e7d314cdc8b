// The layers below Socket.IO: bare Engine.IO, its client's special server, the plain WebSocket echo.
import assert from 'node:assert/strict';
import { Socket } from 'engine.io-client';
import { modes, once, profiles, scenario } from '../lib/harness.mjs';
import { Wire, openWire, request } from '../lib/raw.mjs';

function engine(t, profile, way, options = {}) {
  const socket = new Socket(t.http(profile), { path: '/engine.io/', transports: modes[way], ...options });
  t.onEnd(() => socket.close());
  socket.binaryType = 'nodebuffer';
  socket.messages = [];
  socket.on('message', (message) => { socket.messages.push(message); socket.emit('arrived'); });
  socket.next = async () => { while (!socket.messages.length) await once(socket, 'arrived'); return socket.messages.shift(); };
  return socket;
}

for (const way of Object.keys(modes)) {
  scenario(`Engine.IO sends text and binary back as it came [${way}]`, async (t) => {
    const socket = engine(t, profiles.engine, way);
    await once(socket, 'open');
    for (const message of ['text', '€ ', Buffer.from([0, 1, 2, 0x1e, 255]), 'b', Buffer.from('text')]) {
      socket.send(message);
      assert.deepEqual(await socket.next(), message);
    }
  });

  scenario(`a client that cannot carry binary uses base64 both ways [${way}]`, async (t) => {
    const socket = engine(t, profiles.engine, way, { forceBase64: true });
    await once(socket, 'open');
    if (way === 'upgrade') await once(socket, 'upgrade');
    for (const message of [Buffer.from([0, 1, 2, 255]), 'text', Buffer.alloc(100_000, 9)]) {
      socket.send(message);
      assert.deepEqual(await socket.next(), message);
    }
  });

  scenario(`Engine.IO keeps 1,000 messages in order from the opening on [${way}]`, async (t) => {
    const socket = engine(t, profiles.engine, way);
    for (let i = 0; i < 1000; i++) socket.send(i % 5 ? `${i}` : Buffer.from(`${i}`));
    for (let i = 0; i < 1000; i++) assert.deepEqual(await socket.next(), i % 5 ? `${i}` : Buffer.from(`${i}`));
  });

  scenario(`the engine client's server: greetings, binary, Unicode [${way}]`, async (t) => {
    const socket = engine(t, profiles.engineClient, way);
    assert.equal(await socket.next(), 'hi');
    socket.send('give binary');
    assert.deepEqual(await socket.next(), Buffer.from([0, 1, 2, 3, 4]));
    socket.send('give utf8');
    assert.equal(await socket.next(), 'пойду спать всем спокойной ночи');
    socket.send('back');
    assert.equal(await socket.next(), 'back');
    socket.send(Buffer.from([9, 8]));
    assert.deepEqual(await socket.next(), Buffer.from([9, 8]));
  });
}

scenario("the engine client's server: the headers of the very post that carried the message", async (t) => {
  const socket = engine(t, profiles.engineClient, 'polling', { extraHeaders: { 'X-Custom': 'abc' } });
  assert.equal(await socket.next(), 'hi');
  socket.send('sendHeaders');
  const headers = JSON.parse(await socket.next());
  assert.equal(headers['x-custom'], 'abc');
  assert.match(headers['content-type'], /text\/plain/);
});

scenario("the engine client's server: four cookies with the first answer only", async (t) => {
  const port = t.port(profiles.engineClient);
  const open = await request(port, '/engine.io/?EIO=4&transport=polling');
  const cookies = open.headers['set-cookie'];
  assert.deepEqual(cookies.slice(0, 3), ['1=1; Max-Age=86400', '2=2; Path=/; HttpOnly; Secure; SameSite=Strict', '3=3; Max-Age=0']);
  assert.match(cookies[3], /^4=4; Expires=\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  const handshake = JSON.parse(open.body.split('\x1e')[0].slice(1));
  assert.equal(handshake.maxPayload, 100);
  assert.equal(handshake.pingInterval, 500);
  const poll = await request(port, `/engine.io/?EIO=4&transport=polling&sid=${handshake.sid}`);
  assert.equal(poll.headers['set-cookie'], undefined);
  const wire = await openWire(t, profiles.engineClient, { path: '/engine.io/' });
  assert.equal(wire.response.headers['set-cookie'].length, 4);
});

scenario("the engine client's server: a denied client", async (t) => {
  assert.equal((await request(t.port(profiles.engineClient), '/engine.io/?EIO=4&transport=polling&deny=1')).status, 403);
});

scenario('a WebSocket opened for base64 carries text only', async (t) => {
  const wire = await openWire(t, profiles.engine, { path: '/engine.io/', query: '&b64=1' });
  wire.send('bAAEC');
  assert.equal(await wire.until((message) => message !== '2'), 'bAAEC');
});

scenario('Engine.IO ends a session at the nominal moment', async (t) => {
  const port = t.port(profiles.engine);
  const open = await request(port, '/engine.io/?EIO=4&transport=polling');
  const url = `/engine.io/?EIO=4&transport=polling&sid=${JSON.parse(open.body.slice(1)).sid}`;
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal((await request(port, url)).status, 400);
});

async function echo(t, path = '/') {
  const wire = new Wire(t.ws(profiles.echo) + path, { maxPayload: 2 ** 27 });
  t.onEnd(() => wire.ws.terminate());
  await wire.opened;
  return wire;
}

scenario('the plain echo: any path, text as text, binary as binary', async (t) => {
  for (const path of ['/', '/a/b?c=d', '/socket.io/']) {
    const wire = await echo(t, path);
    for (const message of ['', 'text', '€', Buffer.alloc(0), Buffer.from([0, 255]), 'x'.repeat(70_000)]) {
      wire.send(message);
      assert.deepEqual(await wire.next(), message);
    }
  }
});

scenario('the plain echo: 16 MiB in one frame, and in 10,000 fragments', async (t) => {
  const wire = await echo(t);
  const big = Buffer.alloc(16 << 20, 5);
  wire.send(big);
  assert.ok((await wire.next()).equals(big));
  const part = Buffer.alloc(100, 6);
  for (let i = 0; i < 10_000; i++) wire.ws.send(part, { fin: i === 9999, binary: true });
  assert.equal((await wire.next()).length, 1_000_000);
});

scenario('the plain echo: ping is answered with its data, also between fragments', async (t) => {
  const wire = await echo(t);
  const pong = once(wire.ws, 'pong');
  wire.ws.send('first ', { fin: false });
  wire.ws.ping('inside');
  wire.ws.send('second', { fin: true });
  assert.equal((await pong)[0].toString(), 'inside');
  assert.equal(await wire.next(), 'first second');
});

scenario('the plain echo: a close is answered with its code', async (t) => {
  for (const code of [1000, 1001, 3000, 4999]) {
    const wire = await echo(t);
    wire.ws.close(code, 'bye');
    assert.equal((await wire.ended).code, code);
  }
});
