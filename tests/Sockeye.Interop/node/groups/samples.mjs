// The programs of docs/samples, each with its own clients: pages in a browser, scripts in Node and Python.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { collect, connected, eventually, once, refused, scenario } from '../lib/harness.mjs';
import { freePort, inRepository, runChild, startChild } from '../lib/child.mjs';

const patience = { timeout: 60_000 };
const python = '/usr/bin/python3';

/** The sample's program, of the configuration that the host has, on a port of its own. */
async function startSample(t, name, { args = (url) => [url], until = /http/ } = {}) {
  const [, configuration] = /[\\/]bin[\\/](\w+)[\\/]/.exec(t.hostCommand);
  const program = name[0].toUpperCase() + name.slice(1);
  const url = `http://127.0.0.1:${await freePort()}`;
  const { child, exited } = await startChild(t, inRepository(`docs/samples/${name}/bin/${configuration}/net10.0/${program}`), args(url), { until });
  for (;;) {
    try { await fetch(url); break; } catch { await new Promise((resolve) => setTimeout(resolve, 20)); }
  }
  t.onEnd(async () => { child.kill('SIGTERM'); assert.equal(await exited, 0); });
  return url;
}

function client(t, url, options = {}) {
  const socket = t.io(url, { forceNew: true, reconnection: false, ...options });
  t.onEnd(() => socket.disconnect());
  return socket;
}

const joined = (t, url, options) => connected(client(t, url, options));

/** Tabs with the sample's page. The client's bundle, which the page takes from its CDN, comes from its package here, or not at all. */
async function openTabs(t, url, names, { offline = false } = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'] });
  t.onEnd(() => browser.close());
  const bundle = readFileSync(inRepository('tests/Sockeye.Interop/node/node_modules/socket.io-client/dist/socket.io.esm.min.js'));
  const faults = [];
  const tabs = [];
  for (const name of names) {
    const page = await browser.newPage();
    await page.route('https://cdn.socket.io/**', (route) => offline ? route.abort() : route.fulfill({ contentType: 'text/javascript', body: bundle, headers: { 'access-control-allow-origin': '*' } }));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('404')) faults.push(message.text()); });
    page.on('dialog', (dialog) => dialog.accept(name));
    await page.goto(url);
    tabs.push(page);
  }
  return { tabs, faults };
}

const shows = (page, id, text) => page.waitForFunction(([id, text]) => document.getElementById(id).textContent.includes(text), [id, text], patience);

scenario('chat: two people talk in a room, and who comes later reads what was said', async (t) => {
  const url = await startSample(t, 'chat');
  const { tabs: [ann, bob], faults } = await openTabs(t, url, ['ann', 'bob']);
  await ann.fill('[name=name]', 'ann');
  await ann.click('text=Enter');
  await shows(ann, 'status', 'In lobby with ann');
  await ann.fill('[name=text]', 'anybody <b>here</b>?');
  await ann.press('[name=text]', 'Enter');
  await shows(ann, 'lines', 'ann: anybody <b>here</b>?');

  await bob.fill('[name=name]', 'bob');
  await bob.click('text=Enter');
  await shows(bob, 'lines', 'ann: anybody <b>here</b>?');
  await shows(bob, 'status', 'In lobby with ');
  assert.deepEqual((await bob.textContent('#status')).match(/ann|bob/g).sort(), ['ann', 'bob']);
  await shows(ann, 'status', 'bob came in');
  await bob.type('[name=text]', 'me');
  await shows(ann, 'status', 'bob is typing');
  await bob.press('[name=text]', 'Enter');
  await shows(ann, 'lines', 'bob: me');

  const carl = await joined(t, url);
  assert.equal(await carl.emitWithAck('say', 'from nowhere'), 0);
  assert.equal(await carl.emitWithAck('enter', 'x'.repeat(41), 'carl'), null);
  await bob.close();
  await shows(ann, 'status', 'bob went away');
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

for (const [name, place] of [['chat', 'status'], ['game', 'news']]) {
  scenario(`${name}: a page that cannot fetch the client says so`, async (t) => {
    const { tabs: [page] } = await openTabs(t, await startSample(t, name), ['ann'], { offline: true });
    await shows(page, place, 'could not be fetched from cdn.socket.io');
  }, { timeout: 60_000 });
}

scenario('game: a player steers to the coin and scores, and the others see it', async (t) => {
  const url = await startSample(t, 'game');
  const { tabs: [page], faults } = await openTabs(t, url, ['watcher']);
  const bot = await joined(t, `${url}/arena`);
  const { you, width } = await bot.emitWithAck('play', 'bot');
  assert.equal(you, bot.id);
  const scored = once(bot, 'scored');
  bot.on('world', (tick, coin, players) => {
    const me = players.find((player) => player.id === you);
    if (me) bot.emit('steer', (coin.x - me.x) / 60, (coin.y - me.y) / 60); // slower as it comes near, so that late news does not carry it past
  });
  const [who, score] = await scored;
  assert.deepEqual([who, score], ['bot', 1]);
  await shows(page, 'news', 'bot has');

  // A finger leads the watcher's own player to where it presses.
  const box = await page.locator('#field').boundingBox();
  await page.mouse.move(box.x + 40, box.y + 40);
  await page.mouse.down();
  for (let there = false; !there;) {
    const [, , players] = await once(bot, 'world');
    there = players.some(({ id, x, y }) => id !== you && Math.hypot(x / width * box.width - 40, y / width * box.width - 40) < 10);
  }
  await page.mouse.up();

  // However far it asks to go in a tick, it goes as fast as everybody, and stays on the field.
  bot.off('world');
  bot.emit('steer', 1e300, 0);
  const xs = [];
  while (xs.length < 4) {
    const [, , players] = await once(bot, 'world');
    xs.push(players.find((player) => player.id === you).x);
  }
  assert.ok(xs.every((x) => x <= width), `${xs} of ${width}`);
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

scenario('sensors: devices report over a plain WebSocket, a dashboard hears the newest, and HTTP has the current values', async (t) => {
  const url = await startSample(t, 'sensors');
  const dashboard = await joined(t, url);
  assert.equal(await dashboard.emitWithAck('watch', 'boiler'), null);
  const readings = collect(dashboard, 'reading');
  const alarms = collect(dashboard, 'alarm');

  const device = inRepository('docs/samples/sensors/device.py');
  const boiler = await runChild(t, python, [device, url.replace('http', 'ws'), 'boiler', '21.5', '35.5', '20']);
  assert.equal(boiler.exit, 0, boiler.output);
  assert.match(boiler.output, /sent 35\.5 and hears wait 1$/m);
  assert.match(boiler.output, /sent 20 and hears wait 10$/m);
  await runChild(t, python, [device, url.replace('http', 'ws'), 'attic', '12']);

  await alarms.until(2);
  assert.deepEqual([...alarms], [['boiler', 35.5, true], ['boiler', 20, false]]);
  // A newer one may take the place of one that has not left yet; the newest comes.
  await eventually(() => readings.map(([{ device, value }]) => `${device} ${value}`), (got) => got.at(-1) === 'boiler 20');

  const current = await (await fetch(`${url}/readings`)).json();
  assert.deepEqual(current.map(({ device, value, isHigh }) => [device, value, isHigh]), [['attic', 12, false], ['boiler', 20, false]]);
  assert.equal((await dashboard.emitWithAck('watch', 'attic')).value, 12);

  const nonsense = await runChild(t, python, [device, url.replace('http', 'ws'), 'boiler', 'nan']);
  assert.match(nonsense.output, /sent nan and hears $/m, 'it was not closed');
  assert.equal((await (await fetch(`${url}/readings`)).json()).length, 2);
}, { timeout: 60_000 });

scenario('notifications: all tabs of a user hear, nobody else does, and what is unread waits', async (t) => {
  const url = await startSample(t, 'notifications', { args: (url) => [`--Sockeye:Urls=${url}`], until: /Application started/ });
  const post = (path, body) => fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
  const login = async (user) => ({ auth: { token: await (await post('/login', { user })).text() } });
  const mail = (user, text) => post('/notify', { user, text });

  assert.equal((await refused(client(t, url))).message, 'unauthorized');
  assert.equal((await refused(client(t, url, { auth: { token: 'YW5u.99999999999.AAAA' } }))).message, 'unauthorized');
  assert.equal((await mail('ann', 'before she was here')).status, 202);

  const credentials = await login('ann');
  const phone = client(t, url, credentials);
  assert.deepEqual((await once(phone, 'unread'))[0].map(({ text }) => text), ['before she was here']);
  const desk = await joined(t, url, credentials);
  const bob = await joined(t, url, await login('bob'));
  const [onPhone, onDesk, atBob] = [phone, desk, bob].map((socket) => collect(socket, 'notified'));
  await mail('ann', 'your parcel has left');
  await onPhone.until(1);
  await onDesk.until(1);

  const read = once(desk, 'read');
  phone.emit('read', onPhone[0][0].id);
  assert.deepEqual(await read, [onPhone[0][0].id]);
  const later = client(t, url, credentials);
  assert.deepEqual((await once(later, 'unread'))[0].map(({ text }) => text), ['before she was here']);
  assert.equal(atBob.length, 0);
  assert.equal((await post('/notify', 'nonsense')).status, 400);
}, { timeout: 60_000 });

scenario('dashboard: rules of a file feed it with the latest of each sensor and with every alarm', async (t) => {
  const url = await startSample(t, 'dashboard', { args: (url) => [`--Sockeye:Urls=${url}`], until: /Application started/ });
  const dashboard = await joined(t, `${url}/dashboard`);
  const readings = collect(dashboard, 'reading');
  const alarms = collect(dashboard, 'alarm');
  const sensor = await joined(t, url);
  const heard = collect(sensor, 'reading');
  const report = (name, celsius) => sensor.emitWithAck('reading', { sensor: name, celsius });

  assert.deepEqual(await report('boiler', 20), { next: 1 });
  await report('attic', 12);
  for (let celsius = 21; celsius <= 79; celsius++) await report('boiler', celsius);
  await report('boiler', 81.5);
  await report('boiler', 79.5);
  assert.deepEqual(await sensor.emitWithAck('reading', { sensor: 'boiler' }), { error: 'a reading has celsius' });
  await alarms.until(1);
  assert.deepEqual([...alarms], [[{ sensor: 'boiler', celsius: 81.5, level: 'hot' }]]);

  // The first of each at once, the last of each within a second, and few between: sixty reports take less than ten seconds.
  await eventually(() => readings.map(([{ sensor, celsius }]) => `${sensor} ${celsius}`), (got) => got.at(-1) === 'boiler 79.5');
  const shown = readings.map(([{ sensor, celsius }]) => `${sensor} ${celsius}`);
  assert.equal(shown.filter((line) => line === 'attic 12').length, 1);
  assert.equal(shown[0], 'boiler 20');
  assert.ok(shown.length < 15, `${shown}`);
  assert.equal(heard.length, 0, 'the sensor hears nothing of it');

  const cellar = await runChild(t, python, [inRepository('docs/samples/dashboard/sensor.py'), url, 'cellar', '10', '90.5']);
  assert.match(cellar.output, /^10\.0: \{'next': 1\}\r?\n90\.5: \{'next': 1\}$/m, cellar.output);
  await alarms.until(2);
  assert.deepEqual(alarms[1], [{ sensor: 'cellar', celsius: 90.5, level: 'hot' }]);
}, { timeout: 60_000 });

scenario('tokens: a client with a new token stays beyond the old one, and one without is told and put out', async (t) => {
  const url = await startSample(t, 'tokens', { args: (url) => [`--Sockeye:Urls=${url}`, '--Lifetime=4'], until: /Application started/ });
  const token = async (user) => (await fetch(`${url}/token`, { method: 'POST', body: user })).text();
  assert.equal((await refused(client(t, url))).data.code, 'missing_token');
  assert.equal((await refused(client(t, url, { auth: { token: `${await token('ann')}x` } }))).data.code, 'invalid_token');

  const ann = client(t, url, { auth: { token: await token('ann') } });
  let asked = 0;
  ann.on('auth:refresh', async (_, acknowledge) => { asked++; acknowledge(await token('ann')); });
  const refreshed = collect(ann, 'auth:refreshed');
  await connected(ann);
  const bob = await joined(t, url, { auth: { token: await token('bob') } });
  const [ended, gone] = [once(bob, 'auth:ended'), once(bob, 'disconnect')];
  assert.equal(await bob.emitWithAck('who am i'), 'bob');
  const mail = once(ann, 'mail');
  bob.emit('mail', 'ann', 'hello');
  assert.deepEqual(await mail, ['bob', 'hello']);
  assert.deepEqual(await ann.emitWithAck('auth:refresh', await token('bob')), { refused: "The token is another user's", code: 'other_user' });
  assert.equal((await ann.emitWithAck('auth:refresh', await token('ann'))).ok, true);

  assert.equal((await ended)[0].code, 'expired');
  assert.equal((await gone)[0], 'io server disconnect');
  await refreshed.until(2);
  assert.ok(asked >= 2 && refreshed.every(([result]) => result.ok));
  assert.equal(await ann.emitWithAck('who am i'), 'ann');
}, { timeout: 60_000 });

scenario('uploads: a file arrives whole in acknowledged pieces, and goes on after a broken connection', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-uploads-'));
  t.onEnd(() => rmSync(folder, { recursive: true }));
  const url = await startSample(t, 'uploads', { args: (url) => [url, join(folder, 'in')] });
  const content = Buffer.alloc(1_000_000, (i) => i).map((_, i) => (i * 31) ^ (i >> 8));
  const path = join(folder, 'picture.raw');
  writeFileSync(path, content);

  const watcher = await joined(t, url);
  await watcher.emitWithAck('watch');
  const first = await joined(t, url, { transports: ['websocket'] });
  const { offset, chunkBytes } = await first.emitWithAck('begin', 'picture.raw', content.length);
  assert.equal(offset, 0);
  assert.equal(await first.emitWithAck('chunk', content.subarray(0, chunkBytes)), chunkBytes);
  assert.equal(await watcher.emitWithAck('begin', 'picture.raw', content.length), null, 'two write one file');
  assert.equal(await first.emitWithAck('begin', '../picture.raw', 1), null);
  first.io.engine.transport.ws.terminate();

  // The sample's own client, beside the packages that it needs.
  const script = join(folder, 'upload.mjs');
  copyFileSync(inRepository('docs/samples/uploads/upload.mjs'), script);
  symlinkSync(inRepository('tests/Sockeye.Interop/node/node_modules'), join(folder, 'node_modules'));
  const arrived = once(watcher, 'arrived');
  let run;
  do run = await runChild(t, process.execPath, [script, url, path]);
  while (run.output.includes('does not take this file')); // the server has not heard yet that the first is gone
  assert.equal(run.exit, 0, run.output);
  assert.match(run.output, /^100 %$/m);
  assert.doesNotMatch(run.output, /^7 %$/m, 'the first piece was sent again');
  assert.deepEqual(await arrived, ['picture.raw', createHash('sha256').update(content).digest('hex')]);
  assert.ok(existsSync(join(folder, 'in', 'picture.raw')));
  assert.deepEqual(readFileSync(join(folder, 'in', 'picture.raw')), content);
}, { timeout: 60_000 });

scenario('webhook: a signed request to the route of a plugin reaches those who watch, once, and the plugin is replaced under them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-webhook-'));
  t.onEnd(() => rmSync(folder, { recursive: true }));
  const [secret, next] = [0, 1].map(() => `whsec_${randomBytes(32).toString('base64')}`);
  const settings = (...secrets) => writeFileSync(join(folder, 'sockeye.json'), JSON.stringify({ Plugins: { webhook: { Secrets: secrets } } }));
  settings(secret);
  const [, configuration] = /[\\/]bin[\\/](\w+)[\\/]/.exec(t.hostCommand);
  mkdirSync(join(folder, 'plugins', 'webhook'), { recursive: true, mode: 0o700 });
  for (const name of ['Webhook.dll', 'Webhook.deps.json']) {
    const copy = join(folder, 'plugins', 'webhook', name);
    copyFileSync(inRepository(`docs/samples/webhook/bin/${configuration}/net10.0/${name}`), copy);
    chmodSync(copy, 0o600); // the host takes no code that others may write
  }
  const url = `http://127.0.0.1:${await freePort()}`;
  const host = await startChild(t, t.hostCommand, ['--urls', url], { cwd: folder, until: /Plugin webhook 1\.0\.0 was loaded[^]*http:/ });

  const watcher = await joined(t, url);
  const other = await joined(t, url);
  const [builds, elsewhere] = [collect(watcher, 'build'), collect(other, 'build')];
  assert.equal(await watcher.emitWithAck('watch', 'app'), true);
  assert.equal(await other.emitWithAck('watch', 'tools'), true);
  const send = async (env, ...args) => (await runChild(t, process.execPath, [inRepository('docs/samples/webhook/send.mjs'), url, ...args], { env: { ...process.env, SECRET: secret, ...env } })).output.trim();

  assert.equal(await send({ ID: 'one' }, 'app', 'failed'), '202 taken');
  assert.equal(await send({ ID: 'one' }, 'app', 'failed'), '200 taken before');
  assert.equal(await send({ SECRET: next }, 'app', 'forged'), '401 no signature fits');
  assert.equal(await send({}, 'app', ''), '400 repository or state is missing');
  assert.equal(await send({}, 'app', 'passed'), '202 taken');
  assert.equal((await fetch(`${url}/plugins/webhook/builds`, { method: 'POST', body: '{}' })).status, 401);
  await builds.until(2);

  // Another secret and another version: one signal for both. The ids that were taken stay.
  settings(secret, next);
  const library = join(folder, 'plugins', 'webhook', 'Webhook.dll');
  writeFileSync(library, Buffer.concat([readFileSync(library), Buffer.alloc(16)]));
  host.child.kill('SIGHUP');
  await eventually(() => host.output, (said) => /The settings and plugins were read again/.test(said));
  assert.match(host.output, /generation 2/);
  assert.equal(await send({ ID: 'one', SECRET: next }, 'app', 'failed'), '200 taken before');
  assert.equal(await send({ SECRET: next }, 'tools', 'passed'), '202 taken');
  await elsewhere.until(1);
  assert.deepEqual(elsewhere[0], [{ repository: 'tools', state: 'passed', url: 'https://builds.example/tools/1' }]);
  assert.deepEqual(builds.map(([{ state }]) => state), ['failed', 'passed']);
  assert.ok(watcher.connected && other.connected);
  host.child.kill('SIGTERM');
  assert.equal(await host.exited, 0, host.output);
}, { timeout: 60_000 });
