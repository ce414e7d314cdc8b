// What docs/troubleshooting.md says that clients see: each is brought about, and the page has its words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { chromium } from 'playwright-core';
import { startApp } from '../lib/app.mjs';
import { freePort, inRepository } from '../lib/child.mjs';
import { once, profiles, refused, scenario } from '../lib/harness.mjs';
import { request } from '../lib/raw.mjs';

const page = readFileSync(inRepository('docs/troubleshooting.md'), 'utf8');
const says = (text) => assert.ok(page.includes(text), `the page does not say '${text}'`);

/** The client fails as expected, in words that the page has. */
async function fails(t, options, message, description, profile = profiles.main, namespace = '/') {
  const error = await refused(t.client(namespace, options, profile));
  assert.equal(error.message, message);
  says(`\`${message}\``);
  if (description) {
    assert.equal(String(error.description?.message ?? error.description), description);
    says(description);
  }
}

const polling = { transports: ['polling'] };
const websocket = { transports: ['websocket'] };

scenario('nothing listens, or under another path', async (t) => {
  t.base = await freePort();
  await fails(t, polling, 'xhr poll error', '0');
  const error = await refused(t.client('/', websocket));
  assert.equal(error.message, 'websocket error');
  assert.equal(error.description.message, `connect ECONNREFUSED 127.0.0.1:${t.base}`);
  says('`connect ECONNREFUSED 127.0.0.1:3000`');
});

scenario('wrong path, name of a namespace, size of URL, headers and body', async (t) => {
  await fails(t, { ...polling, path: '/ws' }, 'xhr poll error', '404');
  await fails(t, { ...websocket, path: '/ws' }, 'websocket error', 'Unexpected server response: 404');
  await fails(t, {}, 'Invalid namespace', undefined, profiles.main, '/gmae');
  await fails(t, { ...polling, query: { token: 'x'.repeat(9000) } }, 'xhr poll error', '414');
  await fails(t, { ...polling, extraHeaders: { Cookie: 'x'.repeat(17_000) } }, 'xhr poll error', '431');
});

scenario('what is no Engine.IO answers with a page', async (t) => {
  t.base = await freePort();
  const server = http.createServer((_, response) => response.end('<!doctype html><title>app</title>'));
  await new Promise((resolve) => server.listen(t.base, '127.0.0.1', resolve));
  t.onEnd(() => { server.close(); server.closeAllConnections(); });
  await fails(t, polling, 'server error');
});

scenario('the bodies of 400', async (t) => {
  const ask = async (query, headers) => (await request(t.port(profiles.main), `/socket.io/${query}`, { headers })).body;
  for (const query of ['', '?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA', '?EIO=4&transport=websocket', '?EIO=3&transport=polling']) says(`\`${await ask(query)}\``);
});

scenario('a message that is too large, and what is no packet', async (t) => {
  for (const [send, code] of [[(socket) => socket.emit('big', 'x'.repeat(1_100_000)), 1009], [(socket) => socket.io.engine.transport.ws.send('x nonsense'), 1002]]) {
    const socket = await t.connect('/', websocket);
    const gone = once(socket, 'disconnect');
    send(socket);
    const [reason, details] = await gone;
    assert.equal(reason, 'transport close');
    assert.equal(details.context.code, code);
    says(String(code));
  }
});

scenario('an acknowledgement that nobody gives, and a reserved name', async (t) => {
  const socket = await t.connect('/', websocket);
  await assert.rejects(socket.timeout(100).emitWithAck('nobody-listens'), (error) => { says(`\`${error.message}\``); return true; });
  assert.throws(() => socket.emit('connect'), (error) => { says(`\`${error.message}\``); return true; });
});

scenario('a server that stands still, and one that is killed', async (t) => {
  const app = await startApp(t);
  const [standing, polls] = [await t.connect('/', websocket, profiles.fast), await t.connect('/', polling)];
  const gone = once(standing, 'disconnect');
  app.child.kill('SIGSTOP');
  const [reason] = await gone;
  assert.equal(reason, 'ping timeout');
  says('`ping timeout`');
  const killed = once(polls, 'disconnect');
  app.child.kill('SIGKILL');
  assert.equal((await killed)[0], 'transport error');
  says('`transport error`');
});

scenario('a page of another origin', async (t) => {
  const port = await freePort();
  const bundle = readFileSync(inRepository('tests/Sockeye.Interop/node/node_modules/socket.io-client/dist/socket.io.min.js'));
  const server = http.createServer((_, response) => { response.setHeader('content-type', 'text/html'); response.end('<!doctype html>'); });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.onEnd(() => { server.close(); server.closeAllConnections(); });
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'] });
  t.onEnd(() => browser.close());
  const tab = await browser.newPage();
  const lines = [];
  tab.on('console', (message) => lines.push(message.text()));
  await tab.goto(`http://127.0.0.1:${port}/`);
  await tab.addScriptTag({ content: bundle.toString() });
  const connect = (transport) => tab.evaluate(([url, transport]) => new Promise((resolve) => {
    io(url, { transports: [transport], reconnection: false, forceNew: true }).on('connect', () => resolve('connected')).on('connect_error', (error) => resolve(error.message));
  }), [t.http(profiles.main), transport]);
  assert.equal(await connect('polling'), 'xhr poll error');
  assert.equal(await connect('websocket'), 'websocket error');
  const seen = lines.join('\n');
  for (const words of ["has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.", 'Error during WebSocket handshake: Unexpected response code: 403']) {
    assert.ok(seen.includes(words), seen);
    says(words);
  }
}, { timeout: 60_000 });
