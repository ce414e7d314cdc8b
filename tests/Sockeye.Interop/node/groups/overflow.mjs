// The real client stops reading: what arrives in the end, in which order, and what the server says about it.
import assert from 'node:assert/strict';
import { startApp } from '../lib/app.mjs';
import { call, collect, eventually, once, profiles, scenario } from '../lib/harness.mjs';

const low = 16 << 10, high = 64 << 10, hard = 256 << 10, count = 1600, size = 4000;
// A message with its event name and quotes, and what the transport still holds of the one before.
const slack = 2 * size;

/** A client that floods and a member of room "slow" that does not read, of an app whose counts begin at zero. */
async function begin(t, namespace) {
  await startApp(t);
  t.use('4.x', 'websocket');
  const driver = await t.connect(namespace, {}, profiles.overflow);
  const slow = await t.connect(namespace, {}, profiles.overflow);
  await call(slow, 'join', 'slow');
  const got = collect(slow, 'msg');
  slow.io.engine.transport.ws.pause();
  return { driver, slow, got, stats: async () => (await call(driver, 'stats'))[0], resume: () => slow.io.engine.transport.ws.resume() };
}

/** Floods until the kernel takes nothing more and the outbox is as full as its policy lets it be: three of these messages, whose memory leaves no room for a fourth, and what is left of the one before. */
async function fill({ driver, stats }) {
  for (let full = 0, before = 0; full < 3;) {
    driver.emit('flood', 8, 60_000);
    const { outboxBytes } = await stats();
    full = outboxBytes === before && outboxBytes > 3 * 60_000 ? full + 1 : 0;
    before = outboxBytes;
  }
}

const numbers = (items) => items.map(([text]) => Number.parseInt(text, 10));
const total = (results) => Object.values(results).reduce((sum, n) => sum + n, 0);

/** Reads all that waits, a last short message behind it, and gives what the server says then, without that message. */
async function drained({ stats, got, driver }) {
  await eventually(stats, (s) => s.outboxBytes === 0);
  driver.emit('flood', 1, 8);
  await eventually(async () => got.at(-1)?.[0], (text) => text?.length === 8);
  got.pop();
  const s = await stats();
  s.results.Accepted--;
  return s;
}

scenario('/wait holds the sender back, and everything arrives in order', async (t) => {
  const side = await begin(t, '/wait');
  side.driver.emit('flood', 1000, 60_000);
  // How much the transport holds when nothing moves any more is its own affair; a sender that waits goes on at the low watermark.
  let same = 0, before = '';
  const stalled = await eventually(side.stats, (s) => {
    const now = JSON.stringify(s);
    same = now === before && s.outboxBytes > low ? same + 1 : 0;
    before = now;
    return same === 3 || total(s.results) === 1000;
  });
  assert.ok(total(stalled.results) < 1000, 'the sender was not held back');
  assert.ok(stalled.peakBytes <= high + 60_000 + slack, `${stalled.peakBytes} bytes waited`);
  side.resume();
  await side.got.until(1000);
  assert.deepEqual(numbers(side.got), Array.from({ length: 1000 }, (_, i) => i));
  // The last message may be here before its sender goes on and counts it.
  const end = await eventually(side.stats, (s) => total(s.results) === 1000);
  assert.equal(end.dropped, 0);
  assert.equal(end.results.Accepted + end.results.AboveHighWatermark, 1000);
}, { timeout: 60_000 });

scenario('/drop-newest keeps what came first', async (t) => {
  const side = await begin(t, '/drop-newest');
  await fill(side);
  side.driver.emit('flood', count, size);
  await eventually(side.stats, (s) => s.dropped >= count - hard / size);
  side.resume();
  const after = await drained(side);
  // What a flood gets back speaks of the members on its own event loop.
  assert.ok(after.results.Dropped <= after.dropped);
  assert.ok(after.peakBytes <= hard, `${after.peakBytes} bytes waited`);
  const late = numbers(side.got.filter(([text]) => text.length === size));
  assert.deepEqual(late, Array.from({ length: late.length }, (_, i) => i));
  assert.equal(side.got.length, total(after.results) - after.dropped);
}, { timeout: 60_000 });

scenario('/drop-oldest keeps what came last', async (t) => {
  const side = await begin(t, '/drop-oldest');
  await fill(side);
  side.driver.emit('flood', count, size);
  await eventually(side.stats, (s) => s.dropped >= count - hard / size);
  side.resume();
  const after = await drained(side);
  assert.equal(after.results.Dropped, 0);
  assert.ok(after.peakBytes <= hard, `${after.peakBytes} bytes waited`);
  const late = numbers(side.got.filter(([text]) => text.length === size));
  assert.ok(late.length >= 30, `only ${late.length} arrived`);
  assert.deepEqual(late, Array.from({ length: late.length }, (_, i) => count - late.length + i));
  assert.equal(side.got.length, total(after.results) - after.dropped);
}, { timeout: 60_000 });

scenario('/latest delivers the newest of each key', async (t) => {
  const side = await begin(t, '/latest');
  await fill(side);
  side.driver.emit('flood', count, size);
  await eventually(side.stats, (s) => s.dropped >= count - hard / size);
  side.resume();
  const after = await drained(side);
  assert.equal(after.results.Dropped, 0);
  assert.ok(after.peakBytes <= hard, `${after.peakBytes} bytes waited`);
  const late = numbers(side.got.filter(([text]) => text.length === size));
  const newest = new Map(late.map((i) => [i % 16, i]));
  assert.deepEqual([...newest.values()].sort((a, b) => a - b), Array.from({ length: 16 }, (_, i) => count - 16 + i));
  assert.equal(side.got.length, total(after.results) - after.dropped);
}, { timeout: 60_000 });

scenario('/disconnect closes the reader, and nobody else notices', async (t) => {
  const side = await begin(t, '/disconnect');
  const end = once(side.slow, 'disconnect');
  // 36 MB, more than the kernel takes for a reader that does not read.
  let after;
  for (let i = 0; i < 600; i++) {
    side.driver.emit('flood', 1, 60_000);
    after = await side.stats();
  }
  assert.equal(after.outboxBytes, 0);
  assert.ok(after.peakBytes <= hard, `${after.peakBytes} bytes waited`);
  assert.ok(after.results.Closed <= 1);
  side.resume();
  const [reason] = await end;
  assert.match(reason, /^transport (close|error)$/);
  assert.deepEqual(await call(side.driver, 'echo', 'alive'), ['alive']);
}, { timeout: 60_000 });
