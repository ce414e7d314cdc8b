// The host's playground page in a real browser: what one tab does appears in the other, and nothing is asked of other hosts.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { openWindow, patience, startHost as start } from '../lib/browser.mjs';
import { scenario } from '../lib/harness.mjs';

const startHost = (t, ...more) => start(t, '--playground', 'true', ...more);

/** Opens tabs; every request to another host, every error of the page and all that its content policy forbids fails the scenario. */
async function openTabs(t, count, options = {}, running = undefined) {
  const host = running ?? await startHost(t);
  const context = await openWindow(t, options);
  const faults = [];
  context.on('request', (request) => { if (!request.url().startsWith(host.url)) faults.push(`request to ${request.url()}`); });
  const tabs = [];
  const open = async () => {
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
    await page.goto(host.url);
    await shows(page, 'transport', 'WebSocket');
    await shows(page, 'messages', 'You are');
    tabs.push(page);
    return page;
  };
  for (let i = 0; i < count; i++) await open();
  return { host, tabs, faults, open };
}

const shows = (page, id, text) => page.waitForFunction(([id, text]) => document.getElementById(id).textContent.includes(text), [id, text], patience);
const numberIn = (page, id, above) => page.waitForFunction(([id, above]) => Number(document.getElementById(id).textContent.replace(/[^\d.]/g, '')) > above, [id, above], patience);
const nameOf = (page) => page.inputValue('#name');

async function say(page, text) {
  await page.fill('#say-text', text);
  await page.press('#say-text', 'Enter');
}

/** Where the body of a person's fish is drawn, from 0 to 1 across the picture: by its colour, which nothing else has. Null: it is not. */
const placeOf = (page, hue) => page.evaluate((hue) => {
  const canvas = document.getElementById('pool');
  const swatch = new OffscreenCanvas(1, 1).getContext('2d');
  swatch.fillStyle = `oklch(58% 0.16 ${hue})`;
  swatch.fillRect(0, 0, 1, 1);
  const [r, g, b] = swatch.getImageData(0, 0, 1, 1).data;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0, count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 12) { sum += i / 4 % canvas.width; count++; }
  }
  return count > 40 ? sum / count / canvas.width : null;
}, hue);

async function swimsTo(page, hue, place) {
  for (;;) {                                    // the scenario's own time ends this
    const now = await placeOf(page, hue);
    if (now !== null && Math.abs(now - place) < 0.1) return;
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => done()); }));
  }
}

scenario('what one tab says appears in the other in its colour, and the sender learns how many got it', async (t) => {
  const { tabs: [ann, bob], faults } = await openTabs(t, 2);
  await shows(ann, 'rooms', 'lobby 2');
  const [annName, bobName] = [await nameOf(ann), await nameOf(bob)];
  assert.notEqual(annName, bobName);
  await say(ann, 'hello <b>there</b> 😀');
  await shows(bob, 'messages', `${annName} hello <b>there</b> 😀`);
  await shows(ann, 'messages', 'went to 1');
  const hueOf = (page, name) => page.evaluate((name) => [...document.querySelectorAll('#people .person')].find((li) => li.textContent.startsWith(name)).style.getPropertyValue('--hue'), name);
  assert.equal(await hueOf(bob, annName), await hueOf(ann, annName));
  assert.notEqual(await hueOf(bob, annName), await hueOf(bob, bobName));
  await ann.fill('#name', 'Ann');
  await ann.press('#name', 'Enter');
  await shows(bob, 'messages', `${annName} is Ann now`);
  await shows(bob, 'people', 'Ann');
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

scenario('a visitor who comes and leaves is told of, and their fish swims in both tabs where they lead it', async (t) => {
  const { tabs: [ann], faults, open } = await openTabs(t, 1);
  await shows(ann, 'people', 'nobody else');
  const bob = await open();
  const bobName = await nameOf(bob);
  await shows(ann, 'messages', `${bobName} came in`);
  const hue = await bob.evaluate(() => document.querySelector('#people .person').style.getPropertyValue('--hue'));
  for (const aim of [0.9, 0.1]) {
    await bob.bringToFront();
    const box = await bob.locator('#pool').boundingBox();
    await bob.mouse.move(box.x + box.width * aim, box.y + box.height / 2);
    await swimsTo(bob, hue, aim);
    await ann.bringToFront();
    await swimsTo(ann, hue, aim);
  }
  await bob.bringToFront();
  await bob.focus('#pool');
  const [press, led] = [setInterval(() => { bob.keyboard.press('ArrowRight').catch(() => {}); }, 100), swimsTo(bob, hue, 0.5)];
  await led.finally(() => clearInterval(press));
  await bob.close();
  await shows(ann, 'messages', `${bobName} left`);
  await shows(ann, 'people', 'nobody else');
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

scenario('rooms separate the tabs, any event can be sent, and the wire is shown without the steady traffic unless it is asked for', async (t) => {
  const { tabs: [ann, bob], faults } = await openTabs(t, 2);
  await ann.fill('#join-name', 'den');
  await ann.click('#join button');
  await shows(ann, 'rooms', 'den 1');
  await shows(bob, 'messages', 'went to den');
  await say(ann, 'alone');
  await shows(ann, 'messages', 'nobody else is in this room');
  await ann.click('#lab button');
  await shows(ann, 'lab-answer', '"hello"');
  await ann.fill('#lab-args', 'not json');
  await ann.click('#lab button');
  await shows(ann, 'lab-answer', 'not JSON');
  assert.ok(!(await bob.textContent('#messages')).includes('alone'));
  await shows(ann, 'wire', '"room","den"');
  await shows(ann, 'latency', 'ms');
  await shows(ann, 'n-late', 'ms');
  for (const steady of ['"pool"', '"load"', '["echo"]']) assert.ok(!(await ann.textContent('#wire')).includes(steady), steady);
  await ann.check('#wire-steady');
  for (const steady of ['"pool"', '"load"', '["echo"]']) await shows(ann, 'wire', steady);
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

scenario('a thousand messages come back, and the plots of load and round trips are drawn', async (t) => {
  const { tabs: [ann], faults } = await openTabs(t, 1);
  await ann.click('#burst');
  await shows(ann, 'burst-answer', '1,000 answered in');
  for (const plot of ['messages', 'trip', 'cpu', 'memory']) {
    await ann.waitForFunction((id) => document.querySelector(`#${id} path.line`).getAttribute('d')?.includes('L') && /\d/.test(document.querySelector(`#${id} figcaption b`).textContent), `plot-${plot}`, patience);
  }
  await shows(ann, 'n-connections', '1');
  assert.ok(!(await ann.textContent('#wire')).includes('burst'));
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

scenario('what waits for a slow reader is seen to rise to its bound and to be dropped, while the fast one takes everything', async (t) => {
  const { tabs: [ann], faults } = await openTabs(t, 1);
  const figure = async (id) => Number((await ann.textContent(`#${id}`)).replace(/[^\d]/g, ''));
  await ann.check('input[value=volatile]');
  await ann.click('#stream');
  await shows(ann, 'moments', '256 KiB wait for the slow one');
  await numberIn(ann, 'slow-bytes', 255);                     // KiB
  await shows(ann, 'moments', 'first message is dropped');
  await numberIn(ann, 'fast-got', 240);
  assert.equal(await figure('fast-dropped'), 0);
  assert.ok(await figure('slow-got') < 100);
  assert.match(await ann.getAttribute('#plot-readers path.slow', 'd'), /L/);
  await ann.check('input[value=latest]');
  await shows(ann, 'moments', 'keeps the newest');
  await ann.click('#slow-toggle');
  await shows(ann, 'moments', 'caught up');
  await numberIn(ann, 'slow-got', 100);
  await ann.click('#stream');
  await shows(ann, 'moments', 'Stopped');
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

for (const way of ['polling', 'websocket']) {
  scenario(`the page works over ${way} alone`, async (t) => {
    const { tabs: [ann, bob], faults } = await openTabs(t, 2);
    await bob.selectOption('#choose', way);
    await shows(bob, 'messages', 'Connected again');
    await shows(bob, 'transport', way === 'polling' ? 'over HTTP' : 'over WebSocket');
    await shows(ann, 'rooms', 'lobby 2');
    await say(bob, `over ${way}`);
    await shows(ann, 'messages', `over ${way}`);
    await shows(bob, 'messages', 'went to 1');
    assert.deepEqual(faults, []);
  }, { timeout: 60_000 });
}

scenario('the page says when the server is gone', async (t) => {
  const { host, tabs: [ann] } = await openTabs(t, 1);
  await ann.click('#stream');
  await numberIn(ann, 'fast-got', 0);
  host.child.kill('SIGTERM');
  await shows(ann, 'state', 'not connected');
  await say(ann, 'anyone?');
  await shows(ann, 'messages', 'Not connected');
  await shows(ann, 'people', 'trying again');
  await shows(ann, 'moments', 'The stream has stopped');
}, { timeout: 60_000 });

scenario('on a phone nothing is wider than the screen, light and dark, and without scripts it still says what this is', async (t) => {
  const host = await startHost(t);
  for (const colorScheme of ['light', 'dark']) {
    const { tabs: [page], faults } = await openTabs(t, 1, { viewport: { width: 360, height: 740 }, colorScheme }, host);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const sum = back.match(/\d+/g).slice(0, 3).reduce((total, part) => total + Number(part), 0);
    assert.ok(colorScheme === 'dark' ? sum < 200 : sum > 600, `${colorScheme}: ${back}`);
    assert.deepEqual(faults, []);
  }
  const plain = await (await openWindow(t, { javaScriptEnabled: false })).newPage();
  const response = await plain.goto(host.url);
  assert.match(response.headers()['content-security-policy'], /^default-src 'self';/);
  const text = await plain.innerText('body');
  assert.match(text, /switched off in this browser/);
  assert.match(text, /SockeyeServer\.Create/);
  assert.match(text, /emitWithAck/);
  assert.doesNotMatch(text, /connecting|\{\{/);
}, { timeout: 90_000 });

scenario('a page loads the published client from the server itself, as a script and as a module', async (t) => {
  const host = await startHost(t, '--ServeClientFrom', fileURLToPath(new URL('../node_modules/socket.io-client/dist', import.meta.url)));
  const page = await (await openWindow(t)).newPage();
  await page.goto(`${host.url}/style.css`);     // a document of the server's origin without scripts of its own
  for (const name of ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js', 'socket.io.msgpack.min.js']) {
    for (const file of [name, `${name}.map`]) assert.equal((await fetch(`${host.url}/socket.io/${file}`)).status, 200, file);
  }
  const talk = `async (io) => {
    const socket = io({ forceNew: true });
    const answer = await socket.timeout(10000).emitWithAck('echo', 'through the bundle');
    socket.disconnect();
    return answer;
  }`;
  await page.addScriptTag({ url: `${host.url}/socket.io/socket.io.min.js` });
  assert.equal(await page.evaluate(`(${talk})(io)`), 'through the bundle');
  assert.equal(await page.evaluate(`import('${host.url}/socket.io/socket.io.esm.min.js').then(({ io }) => (${talk})(io))`), 'through the bundle');
}, { timeout: 60_000 });
