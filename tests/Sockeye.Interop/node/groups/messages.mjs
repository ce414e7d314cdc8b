// Events, acknowledgements and binary, both ways.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { call, collect, matrix, once, upgraded } from '../lib/harness.mjs';

export const types = [null, true, false, 0, -1, 1.5, 1e21, 9007199254740991, '', 'text', [], {}, [1, [2, [3]]], { a: { b: [null, { c: 'd' }] } },
  'てすと', 'Я Б Г', '😀👩‍👩‍👧', '\u0000\u001e\u2028"\\/\n', 'e\u0301'];
const bytes = (n) => Buffer.from({ length: n }, (_, i) => i % 251);
const patterned = (n) => { const b = Buffer.alloc(n); for (let i = 0; i < n; i++) b[i] = i % 251; return b; };

matrix('events of every JSON type come back deep-equal', async (t) => {
  const socket = await t.connect();
  const got = collect(socket, 'message-back');
  for (const value of types) socket.emit('message', value);
  socket.emit('message', ...types);
  socket.emit('message');
  await got.until(types.length + 2);
  assert.deepEqual(got.slice(0, types.length).map(([value]) => value), types);
  assert.deepEqual(got[types.length], types);
  assert.deepEqual(got[types.length + 1], []);
});

matrix('the server sends its 19 types', async (t) => {
  const socket = await t.connect();
  socket.emit('types');
  assert.deepEqual(await once(socket, 'types'), types);
});

matrix('text in any script, and all the controls, passes unchanged', async (t) => {
  const socket = await t.connect();
  const controls = String.fromCharCode(...Array.from({ length: 0xA0 }, (_, i) => i));
  const lines = ['€ß漢字かな 한국어 עברית عربى', '\u{10FFFF}\u{10000}', controls, '\ud83d\ude00'.repeat(1000), '\x1e\x1e2\x1e4'];
  for (const line of lines) assert.deepEqual(await call(socket, 'message-with-ack', line, { [line]: line }), [line, { [line]: line }]);
});

matrix('an event name may be any text and prototypes stay clean', async (t) => {
  const socket = await t.connect();
  for (const name of ['a"b', 'ü 漢', '__proto__', 'a,b', '[]', '\u0001']) {
    assert.deepEqual((await call(socket, 'ask', name, [1], 50))[0], { timeout: true }, name);
    socket.once(name, (value, ack) => ack(value + 1));
    assert.deepEqual((await call(socket, 'ask', name, [1], 5000))[0], { ok: [2] }, name);
  }
});

matrix('the server acknowledges with several arguments', async (t) => {
  const socket = await t.connect();
  assert.deepEqual(await call(socket, 'message-with-ack'), []);
  assert.deepEqual(await call(socket, 'message-with-ack', 1, '2', { three: [3] }, null), [1, '2', { three: [3] }, null]);
});

matrix('an event that fails says why where that is wanted, and nothing else', async (t) => {
  const socket = await t.connect('/failing');
  const failed = { refused: 'The handler of this event has failed.', code: 'handler_failed' };
  const wrong = { refused: 'The arguments are not those that the handler of this event reads.', code: 'bad_arguments' };
  assert.deepEqual(await call(socket, 'half', 4), [2]);
  assert.deepEqual(await call(socket, 'half', 3), [failed]);
  assert.deepEqual(await call(socket, 'half', '3'), [wrong]);
  assert.deepEqual(await call(socket, 'half'), [wrong]);
  assert.deepEqual(await call(socket, 'later'), [failed]);
  assert.deepEqual(await call(socket, 'size', Buffer.from([1, 2])), [2]);
  assert.deepEqual(await call(socket, 'size', 2), [wrong]);
  assert.deepEqual(await call(socket, 'turn'), [{ refused: 'it is not "your" turn', code: 'not_your_turn' }]);
  assert.deepEqual(await call(socket, 'filtered', Buffer.from([1])), [{ refused: 'log in first', code: 'login' }]);
  assert.deepEqual(await call(socket, 'nobody'), [{ refused: 'There is no handler for this event.', code: 'unknown_event' }]);
  assert.deepEqual(await call(socket, 'answered'), ['first']);
});

matrix('by default the acknowledgement of an event that fails gets nothing', async (t) => {
  const socket = await t.connect();
  const answers = [];
  for (const name of ['nobody', 'binary']) socket.emit(name, 'no number', (...args) => answers.push(args));
  assert.deepEqual(await call(socket, 'message-with-ack', 1), [1]);
  assert.deepEqual(answers, []);
});

matrix('a thousand acknowledgements under way find their callers', async (t) => {
  const socket = await t.connect();
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => call(socket, 'message-with-ack', i)));
  assert.deepEqual(answers.map(([i]) => i), Array.from({ length: 1000 }, (_, i) => i));
});

matrix('the server asks and the client answers', async (t) => {
  const socket = await t.connect();
  socket.on('question', (a, b, ack) => ack(a + b, { b }));
  assert.deepEqual(await call(socket, 'ask', 'question', [1, 2], 5000), [{ ok: [3, { b: 2 }] }]);
});

matrix('the server asks in vain: a timeout, and a late answer does no harm', async (t) => {
  const socket = await t.connect();
  let answer;
  socket.on('question', (ack) => { answer = ack; });
  assert.deepEqual(await call(socket, 'ask', 'question', [], 100), [{ timeout: true }]);
  answer('late'); answer('later');
  assert.deepEqual(await call(socket, 'message-with-ack', 'alive'), ['alive']);
});

matrix('the client times out when nobody answers, and goes on', async (t) => {
  const socket = await t.connect();
  await assert.rejects(socket.timeout(100).emitWithAck('nobody-listens'), /timed out/);
  assert.deepEqual(await socket.timeout(10_000).emitWithAck('message-with-ack', 'alive'), 'alive');
}, { versions: ['4.x'] });

matrix('binary at any depth arrives at the server', async (t) => {
  const socket = await t.connect();
  const hex = (b) => ({ bin: b.toString('hex') });
  const [a, b, c] = [bytes(1), bytes(300), bytes(70_000)];
  assert.deepEqual(await call(socket, 'describe', a, 'x', [b, { deep: [null, { er: c }] }], 5),
    [hex(a), 'x', [hex(b), { deep: [null, { er: hex(c) }] }], 5]);
  assert.deepEqual(await call(socket, 'describe', Buffer.alloc(0)), [hex(Buffer.alloc(0))]);
  assert.deepEqual(await call(socket, 'describe', { a, b: Uint8Array.from([1, 2]) }), [{ a: hex(a), b: { bin: '0102' } }]);
});

matrix('binary at any depth comes back', async (t) => {
  const socket = await t.connect();
  const value = { list: [bytes(3), { more: bytes(1000) }], text: 'between', end: bytes(2) };
  const back = once(socket, 'message-back');
  socket.emit('message', value, bytes(7), 'last');
  assert.deepEqual(await back, [value, bytes(7), 'last']);
  assert.deepEqual(await call(socket, 'message-with-ack', value, bytes(7)), [value, bytes(7)]);
});

matrix('ten attachments in one event, the most there may be', async (t) => {
  const socket = await t.connect();
  const list = Array.from({ length: 10 }, (_, i) => bytes(i + 1));
  assert.deepEqual(await call(socket, 'message-with-ack', ...list), list);
});

matrix('the server makes binary of any size', async (t) => {
  const socket = await t.connect();
  for (const n of [0, 1, 125, 126, 127, 65_535, 65_536, 500_000]) {
    const [b] = await call(socket, 'binary', n);
    assert.ok(Buffer.isBuffer(b) && b.equals(patterned(n)), `${n} bytes`);
  }
});

matrix('the server digests what the client sends', async (t) => {
  const socket = await t.connect();
  for (const n of [1, 4096, 65_536, 600_000]) {
    const data = crypto.randomBytes(n);
    assert.deepEqual(await call(socket, 'sha1', data), [crypto.createHash('sha1').update(data).digest('hex'), n]);
  }
});

matrix('the answer to the server may be binary', async (t) => {
  const socket = await t.connect();
  socket.on('bin?', (b, ack) => ack({ b: Buffer.concat([b, bytes(4)]) }));
  assert.deepEqual(await call(socket, 'ask', 'bin?', [bytes(5)], 5000), [{ ok: [{ b: Buffer.concat([bytes(5), bytes(4)]) }] }]);
});

matrix('big texts both ways', async (t) => {
  const socket = await t.connect();
  assert.equal((await call(socket, 'big', 3_000_000))[0], 'x'.repeat(3_000_000));
  const text = 'é'.repeat(400_000);
  assert.equal((await call(socket, 'message-with-ack', text))[0], text);
});

matrix('the compress flag changes nothing of the content', async (t) => {
  const socket = await t.connect();
  const got = collect(socket, 'pushed');
  socket.emit('push', 5000, true);
  socket.emit('push', 5001, false);
  await got.until(2);
  assert.deepEqual(got.map(([text]) => text.length), [5000, 5001]);
});

matrix('a thousand events each way keep their order, text and binary mixed', async (t) => {
  const socket = await t.connect();
  if (t.way === 'upgrade') await upgraded(socket);
  const got = collect(socket, 'message-back');
  for (let i = 0; i < 1000; i++) socket.emit('message', i, i % 3 ? 'text' : bytes(i % 40));
  await got.until(1000);
  assert.deepEqual(got.map(([i]) => i), Array.from({ length: 1000 }, (_, i) => i));
  assert.ok(got.every(([i, b]) => i % 3 || b.equals(bytes(i % 40))));
});

matrix('an event that a per-socket middleware refuses reaches no handler', async (t) => {
  const socket = await t.connect();
  const refusal = once(socket, 'socket-error');
  socket.emit('forbidden');
  assert.deepEqual(await refusal, ['not allowed']);
  assert.deepEqual(await call(socket, 'message-with-ack', 'alive'), ['alive']);
});

matrix('data stays with the socket', async (t) => {
  const [a, b] = await Promise.all([t.connect(), t.connect()]);
  await call(a, 'data-set', 'k', { v: [1] });
  assert.deepEqual(await call(a, 'data-get', 'k'), [{ v: [1] }]);
  assert.deepEqual(await call(b, 'data-get', 'k'), [null]);
  assert.deepEqual(await call(a, 'recovered'), [false]);
});
