// Admission: ids, namespaces, refusals, what the server knows of the handshake.
import assert from 'node:assert/strict';
import { call, clients, collect, connected, matrix, once, profiles, refused, scenario, upgraded } from '../lib/harness.mjs';

let serial = 0;

matrix('connects and has the id that the server knows', async (t) => {
  const socket = await t.connect();
  assert.deepEqual(await call(socket, 'id'), [socket.id]);
  assert.equal(socket.id.length, 20);
  assert.notEqual(socket.id, socket.io.engine.id);
  const other = await t.connect();
  assert.notEqual(other.id, socket.id);
});

matrix('receives its auth payload as the first event', async (t) => {
  for (const [auth, expected] of [[{ token: 'abc', n: [1, { x: 'é' }] }, undefined], [undefined, {}]]) {
    const socket = t.client('/', { auth });
    const [received] = await once(socket, 'auth');
    assert.deepEqual(received, expected ?? auth);
  }
});

matrix('uses the transport that it asked for', async (t) => {
  const socket = await t.connect();
  if (t.way === 'upgrade') await upgraded(socket);
  assert.deepEqual(await call(socket, 'transport'), [t.way === 'polling' ? 'polling' : 'websocket', 4]);
});

matrix('three namespaces share one connection and stay apart', async (t) => {
  const main = t.client();
  const custom = main.io.socket('/custom'), dynamic = main.io.socket('/dyn-1');
  custom.connect(); dynamic.connect();
  await Promise.all([main, custom, dynamic].map(connected));
  assert.equal(new Set([main.id, custom.id, dynamic.id]).size, 3);
  const all = [main, custom, dynamic].map((socket) => collect(socket, 'message-back'));
  main.emit('message', 'm'); custom.emit('message', 'c'); dynamic.emit('message', 'd');
  for (const got of all) await got.until(1);
  await Promise.all([main, custom, dynamic].map((socket) => call(socket, 'id')));
  assert.deepEqual(all.map((got) => [...got]), [[['m']], [['c']], [['d']]]);
});

matrix('a namespace that refuses gives its message and data, and the connection stays', async (t) => {
  const main = t.client();
  const admin = main.io.socket('/admin', { auth: { token: 'wrong' } });
  admin.connect();
  const error = await refused(admin);
  assert.equal(error.message, 'unauthorized');
  assert.deepEqual(error.data, { code: 401, retry: false });
  await connected(main);
  assert.deepEqual(await call(main, 'id'), [main.id]);
});

matrix('the main namespace refuses by the query of the handshake', async (t) => {
  const error = await refused(t.client('/', { query: { fail: 'because' } }));
  assert.equal(error.message, 'refused');
  assert.deepEqual(error.data, { why: 'because' });
});

matrix('the right token is admitted to /admin, and again after a refusal', async (t) => {
  const socket = t.client('/admin', { auth: { token: 'wrong' } });
  await refused(socket);
  socket.auth = { token: 'secret' };
  socket.connect();
  await connected(socket);
  assert.deepEqual(await call(socket, 'id'), [socket.id]);
});

matrix('an unknown namespace is invalid, and the connection stays', async (t) => {
  const main = t.client();
  const names = ['/nope', '/dyn-x', '/dyn-', '/dyn-1x', '/xdyn-1'];
  for (const name of names) {
    const socket = main.io.socket(name);
    socket.connect();
    assert.equal((await refused(socket)).message, 'Invalid namespace', name);
  }
  await connected(main);
  assert.deepEqual(await call(main, 'id'), [main.id]);
});

matrix('dynamic namespaces are one each', async (t) => {
  // Names that no other scenario has: whom that has just closed may still be counted by the other server.
  const [one, other] = [0, 1].map(() => `/dyn-${7_000_000 + serial++}`);
  const [a, b, c] = await Promise.all([t.connect(one), t.connect(one), t.connect(other)]);
  assert.deepEqual(await call(a, 'count'), [2]);
  assert.deepEqual(await call(c, 'count'), [1]);
  const [onB, onC] = [collect(b, 'x'), collect(c, 'x')];
  await call(a, 'cast', { event: 'x', args: [1] });
  await onB.until(1);
  await call(c, 'id');
  assert.equal(onC.length, 0);
});

matrix('a slow admission keeps what the client sent meanwhile', async (t) => {
  const socket = t.client('/slow');
  const got = collect(socket, 'message-back');
  const started = performance.now();
  socket.emit('message', 'early');
  await connected(socket);
  assert.ok(performance.now() - started >= 295, 'admitted too early');
  assert.deepEqual((await got.until(1))[0], ['early']);
});

matrix('the server knows the handshake', async (t) => {
  const socket = await t.connect('/custom', { auth: { a: [1] }, query: { q: 'a b&c=é', two: '2' }, extraHeaders: { 'X-Test': 'Yes' } });
  const [h] = await call(socket, 'handshake');
  assert.deepEqual(h.auth, { a: [1] });
  assert.equal(h.query.q, 'a b&c=é');
  assert.equal(h.query.two, '2');
  assert.equal(h.query.EIO, '4');
  assert.equal(h.query.transport, t.way === 'websocket' ? 'websocket' : 'polling');
  assert.equal(h.headers['x-test'], 'Yes');
  assert.equal(h.headers.host, `127.0.0.1:${t.port(profiles.main)}`);
  assert.match(h.url, /^\/socket\.io\/\?.*EIO=4/);
  assert.equal(h.secure, false);
  assert.equal(h.xdomain, false);
  assert.match(h.address, /127\.0\.0\.1$/);
  assert.equal(typeof h.time, 'string');
  assert.ok(Math.abs(h.issued - Date.now()) < 60_000);
});

matrix('leaves a namespace and comes back on the same connection with a new id', async (t) => {
  const main = t.client();
  const custom = main.io.socket('/custom');
  custom.connect();
  await Promise.all([connected(main), connected(custom)]);
  const first = custom.id, engine = main.io.engine.id;
  custom.disconnect();
  custom.connect();
  await connected(custom);
  assert.notEqual(custom.id, first);
  assert.equal(main.io.engine.id, engine);
  assert.deepEqual(await call(custom, 'id'), [custom.id]);
});

for (const version of Object.keys(clients)) {
  scenario(`a server with polling only offers no upgrade and refuses WebSocket [${version}]`, async (t) => {
    t.use(version, 'upgrade');
    const socket = await t.connect('/', {}, profiles.polling);
    assert.deepEqual(await call(socket, 'transport'), ['polling', 4]);
    assert.equal(socket.io.engine.transport.name, 'polling');
    await refused(t.client('/', { transports: ['websocket'] }, profiles.polling));
  });

  scenario(`a server with WebSocket only refuses polling [${version}]`, async (t) => {
    t.use(version, 'websocket');
    const socket = await t.connect('/', {}, profiles.websocket);
    assert.deepEqual(await call(socket, 'transport'), ['websocket', 4]);
    await refused(t.client('/', { transports: ['polling'] }, profiles.websocket));
  });

  scenario(`a path of its own [${version}]`, async (t) => {
    t.use(version, 'upgrade');
    const socket = await t.connect('/', { path: '/rt' }, profiles.strict);
    await upgraded(socket);
    assert.deepEqual(await call(socket, 'message-with-ack', 1, 'two'), [1, 'two']);
  });
}
