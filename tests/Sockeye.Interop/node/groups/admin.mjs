// The listener of operators in a real browser: the host's own page, and Socket.IO's Admin UI as npm has it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import bcrypt from 'bcryptjs';
import { openWindow, patience, startHost } from '../lib/browser.mjs';
import { clients, scenario } from '../lib/harness.mjs';

const io = clients['4.x'];
const secret = 'a secret of at least thirty-two characters';
const keyOf = (id) => `${id}.${secret}`;
const adminUi = fileURLToPath(new URL('../node_modules/@socket.io/admin-ui/ui/dist', import.meta.url));

/** The plugin auth with a key for each user, so that clients are somebody. */
function users(...names) {
  const source = '--Plugins:auth:Sources:0';
  return [`${source}:Type`, 'ApiKey', ...names.flatMap((name, i) => [
    `${source}:Keys:${i}:Id`, name, `${source}:Keys:${i}:Permissions:0`, '* * *', `${source}:Keys:${i}:Subject`, name, `${source}:Keys:${i}:Sha256`, createHash('sha256').update(secret).digest('hex'),
  ])];
}

const startAdmin = (t, ...more) => startHost(t, '--admin', 'http://127.0.0.1:0', ...more);

async function connect(t, host, options = {}) {
  const socket = io(host.url, { transports: ['websocket'], forceNew: true, reconnection: false, ...options });
  t.onEnd(() => socket.disconnect());
  await new Promise((resolve, reject) => { socket.once('connect', resolve); socket.once('connect_error', reject); });
  return socket;
}

/** Opens a page; errors of it, and requests to other hosts, fail the scenario. */
async function open(t, url, options = {}) {
  const context = await openWindow(t, options);
  const faults = [];
  context.on('request', (request) => { if (!request.url().startsWith(url)) faults.push(`request to ${request.url()}`); });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
  const response = await page.goto(url);
  return { page, faults, response };
}

const shows = (page, id, text) => page.waitForFunction(([id, text]) => document.getElementById(id).textContent.includes(text), [id, text], patience);

scenario('the page of operators shows how many clients there are, finds one by its user, and puts it out when that is confirmed', async (t) => {
  const host = await startAdmin(t, ...users('ann', 'bob'));
  const { page, faults, response } = await open(t, host.operators);
  assert.match(response.headers()['content-security-policy'], /^default-src 'self';/);
  const [ann, bob] = [await connect(t, host, { auth: { token: keyOf('ann') } }), await connect(t, host, { auth: { token: keyOf('bob') } })];
  await shows(page, 'n-clients', '2');
  await shows(page, 'n-transports', '2 WebSocket, 0 polling');
  await shows(page, 'state', 'Running');
  await shows(page, 'loops', 'goes round');
  await shows(page, 'plugins', 'auth');
  await page.waitForFunction(() => document.querySelector('#plot-clients path').getAttribute('d')?.includes('L'), null, patience);
  const unasked = await page.innerText('main');
  for (const own of [ann.id, bob.id, `127.0.0.1:${ann.io.engine.transport.ws._socket.localPort}`]) assert.ok(!unasked.includes(own), own);

  const { id } = ann;
  await page.fill('#wanted', 'ann');
  await page.press('#wanted', 'Enter');
  await shows(page, 'found-status', '1 client');
  await shows(page, 'found', id);
  await page.click('#found button.danger');
  await page.click('#confirm button[value=cancel]');
  assert.ok(ann.connected);
  await page.click('#found button.danger');
  const gone = once(ann, 'disconnect');
  await page.click('#confirm button[value=yes]');
  assert.deepEqual((await gone)[0], 'io server disconnect');
  await shows(page, 'found-status', 'It is disconnected');
  await shows(page, 'n-clients', '1');
  assert.ok(bob.connected);
  assert.match(host.said, new RegExp(`anybody puts the client of socket ${id} from 127\\.0\\.0\\.1:\\d+ out`));

  await page.fill('#wanted', 'nobody');
  await page.press('#wanted', 'Enter');
  await shows(page, 'found-status', 'Nobody here');
  assert.deepEqual(faults, []);
}, { timeout: 90_000 });

scenario('a client that does not read is seen among the slowest readers, with what waits for it', async (t) => {
  const host = await startAdmin(t, '--playground', 'true');
  const { page, faults } = await open(t, host.operators);
  const slow = await connect(t, host);
  slow.io.engine.transport.ws._socket.pause();
  // What the kernel takes is nobody's to wait for, and how much that is differs.
  const flood = setInterval(() => { for (let i = 0; i < 5; i++) slow.emit('echo', 'x'.repeat(30_000), () => {}); }, 50);
  t.onEnd(() => clearInterval(flood));
  await page.waitForFunction((id) => document.getElementById('slow').textContent.includes(id), slow.id, patience);
  clearInterval(flood);
  await page.click('#slow button');
  await shows(page, 'found', 'Waits to be taken');
  await shows(page, 'found', slow.id);
  assert.deepEqual(faults, []);
}, { timeout: 90_000 });

scenario('the page of operators is light and dark, by the system and by its switch, and fits a phone', async (t) => {
  const host = await startAdmin(t);
  const brightness = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0));
  for (const colorScheme of ['light', 'dark']) {
    const { page, faults } = await open(t, host.operators, { viewport: { width: 360, height: 740 }, colorScheme });
    await shows(page, 'state', 'Running');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    const isDark = async () => await brightness(page) < 200;
    assert.equal(await isDark(), colorScheme === 'dark');
    await page.click('#theme');                                    // light
    assert.equal(await isDark(), false);
    await page.click('#theme');                                    // dark
    assert.equal(await isDark(), true);
    await page.reload();
    assert.equal(await isDark(), true);
    assert.deepEqual(faults, []);
  }
}, { timeout: 90_000 });

scenario('the page of operators says when nobody answers', async (t) => {
  const host = await startAdmin(t);
  const { page } = await open(t, host.operators);
  await shows(page, 'state', 'Running');
  host.child.kill('SIGKILL');
  await shows(page, 'state', 'no answer');
  await shows(page, 'notices', 'does not answer');
}, { timeout: 60_000 });

scenario('a page of another site reaches nothing of the listener, over polling or WebSocket, and one of this machine does', async (t) => {
  const host = await startAdmin(t), token = 'a token', allowed = 'https://admin.example';
  const guarded = await startAdmin(t, '--Administration:Tokens:script', createHash('sha256').update(token).digest('hex'), '--Administration:Engine:Cors:Origins:0', allowed);
  const attempt = (origin, transports, { operators } = host) => new Promise((resolve) => {
    const socket = io(`${operators}/admin`, { transports, forceNew: true, reconnection: false, auth: { token }, extraHeaders: origin ? { origin } : {} });
    t.onEnd(() => socket.disconnect());
    socket.once('connect', () => resolve('connected'));
    socket.once('connect_error', () => resolve('refused'));
  });
  for (const transports of [['polling'], ['websocket']]) {
    assert.equal(await attempt('https://elsewhere.example', transports), 'refused');
    assert.equal(await attempt('http://127.0.0.1.elsewhere.example', transports), 'refused');
    assert.equal(await attempt('null', transports), 'refused');
    assert.equal(await attempt('http://localhost:8080', transports), 'connected');
    assert.equal(await attempt(null, transports), 'connected');
    assert.equal(await attempt(allowed, transports, guarded), 'connected');
    assert.equal(await attempt('https://elsewhere.example', transports, guarded), 'refused');
  }
}, { timeout: 60_000 });

/** Serves the Admin UI as anybody would, from a port of its own. */
async function serveAdminUi(t) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png' };
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://x').pathname);
    try {
      const content = await readFile(join(adminUi, path === '/' ? 'index.html' : path));
      response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'text/html' }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  t.onEnd(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

/** The Admin UI, which asks for fonts elsewhere and gets none here. */
async function openAdminUi(t, host) {
  const url = await serveAdminUi(t);
  const context = await openWindow(t, { viewport: { width: 1400, height: 900 } });
  await context.route((asked) => asked.hostname !== '127.0.0.1', (route) => route.abort());
  const page = await context.newPage();
  page.setDefaultTimeout(patience.timeout);
  await page.goto(url);
  await page.getByLabel('Server URL').fill(host.operators);
  return { page, url };
}

async function logIn(page, name, password) {
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
}

async function says(page, text) {
  try {
    await page.waitForFunction((text) => document.body.innerText.replace(/\s+/g, ' ').includes(text), text, patience);
  } catch {
    assert.fail(`The page does not say "${text}": ${(await page.innerText('body')).replace(/\s+/g, ' ')}`);
  }
}

scenario("Socket.IO's Admin UI logs in with a password, shows the clients, and disconnects one, which notices", async (t) => {
  const host = await startAdmin(t, '--Administration:Users:ops', bcrypt.hashSync('correct horse', 10).replace('$2a$', '$2b$'));
  const sockets = [await connect(t, host), await connect(t, host), await connect(t, host), await connect(t, host, { transports: ['polling'] })];
  const { page, url } = await openAdminUi(t, host);
  await logIn(page, 'ops', 'wrong');
  await says(page, 'Invalid credentials');
  await logIn(page, 'ops', 'correct horse');
  await says(page, 'WebSocket 3 75.0 %');
  await says(page, 'HTTP long-polling 1 25.0 %');

  await page.goto(`${url}/#/sockets/`);
  for (const socket of sockets) await says(page, socket.id);
  const fifth = await connect(t, host), { id } = fifth;
  await says(page, fifth.id);
  const gone = once(fifth, 'disconnect');
  const row = page.getByRole('row').filter({ hasText: fifth.id });
  await row.getByRole('button').last().click();
  assert.equal((await gone)[0], 'io server disconnect');
  await page.goto(`${url}/#/sockets/`);                           // the row has led to what is known of it
  for (const socket of sockets) await says(page, socket.id);
  await page.waitForFunction((id) => !document.body.innerText.includes(id), id, patience);
  for (const socket of sockets) assert.ok(socket.connected);
  assert.match(host.said, /ops asks by the Admin UI: disconnect in \/ for /);

  await page.reload();                                             // the session stands for the password
  for (const socket of sockets) await says(page, socket.id);
}, { timeout: 120_000 });

scenario("what Socket.IO's Admin UI asks for is done: emit, join and leave; and it is told of rooms", async (t) => {
  const digest = createHash('sha256').update('a token').digest('hex');
  const host = await startAdmin(t, '--Administration:Tokens:script', digest);
  const socket = await connect(t, host);
  await assert.rejects(new Promise((resolve, reject) => io(`${host.operators}/admin`, { forceNew: true, reconnection: false, auth: { token: 'another' } }).once('connect', resolve).once('connect_error', reject)), /invalid credentials/);
  const admin = io(`${host.operators}/admin`, { transports: ['websocket'], forceNew: true, reconnection: false, auth: { token: 'a token' } });
  t.onEnd(() => admin.disconnect());
  const listed = once(admin, 'all_sockets'), session = once(admin, 'session'), stats = once(admin, 'server_stats'), config = once(admin, 'config');
  assert.ok((await config)[0].supportedFeatures.includes('MDISCONNECT'));
  assert.deepEqual((await stats)[0].namespaces, [{ name: '/', socketsCount: 1 }]);
  const [[seen]] = await listed;
  assert.deepEqual([seen.id, seen.nsp, seen.transport, seen.rooms], [socket.id, '/', 'websocket', [socket.id]]);
  assert.ok(!JSON.stringify(seen).includes('sid='));

  const joined = once(admin, 'room_joined');
  admin.emit('join', '/', 'den', socket.id);
  assert.deepEqual((await joined).slice(0, 3), ['/', 'den', socket.id]);
  const heard = once(socket, 'news');
  admin.emit('emit', '/', 'den', 'news', 1, { two: [2] });
  assert.deepEqual(await heard, [1, { two: [2] }]);
  const left = once(admin, 'room_left');
  admin.emit('leave', '/', 'den', socket.id);
  assert.deepEqual((await left).slice(0, 3), ['/', 'den', socket.id]);

  const back = io(`${host.operators}/admin`, { transports: ['websocket'], forceNew: true, reconnection: false, auth: { sessionId: (await session)[0] } });
  t.onEnd(() => back.disconnect());
  await once(back, 'connect');
  for (const nonsense of [[], [1], ['/'], ['/none', true], ['/', {}, {}], [null, null, null]]) {
    for (const command of ['emit', 'join', 'leave', '_disconnect']) {
      if (command !== '_disconnect' || nonsense[0] !== '/') admin.emit(command, ...nonsense);
    }
  }
  const again = once(admin, 'room_joined');
  admin.emit('join', '/', 'den');
  await again;
  assert.ok(socket.connected);
}, { timeout: 60_000 });
