// nginx and HAProxy with the configurations that docs/deploy shows, other ports, certificates and folders aside.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../lib/app.mjs';
import { freePort, inRepository, startChild } from '../lib/child.mjs';
import { call, connected, once, profiles, scenario, upgraded } from '../lib/harness.mjs';

/** The blocks of a language on a page, in their order. */
const blocksOf = (page, language) => [...readFileSync(inRepository(`docs/deploy/${page}`), 'utf8').matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]);

function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-proxy-'));
  t.onEnd(() => rmSync(folder, { recursive: true }));
  return folder;
}

function certificate(folder) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')], { stdio: 'ignore' });
  writeFileSync(join(folder, 'both.pem'), readFileSync(join(folder, 'cert.pem'), 'utf8') + readFileSync(join(folder, 'key.pem'), 'utf8'));
  return readFileSync(join(folder, 'cert.pem'));
}

/** Replaces each text, and fails when the page does not have it any more. */
function replaced(text, changes) {
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), `the page has no '${from}'`);
    text = text.replaceAll(from, to);
  }
  return text;
}

async function answers(port) {
  for (;;) {
    const status = await new Promise((resolve) => http.get({ host: '127.0.0.1', port, path: '/' }, (res) => resolve(res.resume().statusCode)).once('error', () => resolve(0)));
    if (status) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const proxies = {
  async nginx(t, [first, second], changes = []) {
    const folder = temporaryFolder(t);
    const ca = certificate(folder);
    const [plain, secure] = [await freePort(), await freePort()];
    const [site, several] = blocksOf('nginx.md', 'nginx');
    const [upstream] = /^upstream .*?^}/ms.exec(site);
    const text = replaced(second ? site.replace(upstream, several) : site, [
      ['listen 80;', `listen 127.0.0.1:${plain};`], ['listen 443 ssl;', `listen 127.0.0.1:${secure} ssl;`], ['127.0.0.1:3000', `127.0.0.1:${first}`],
      ['/etc/ssl/example.org.pem', join(folder, 'cert.pem')], ['/etc/ssl/example.org.key', join(folder, 'key.pem')], ...changes,
      ...(second ? [['127.0.0.1:3001', `127.0.0.1:${second}`]] : []),
    ]);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n');
    writeFileSync(join(folder, 'nginx.conf'), `${process.getuid() === 0 ? 'user root;\n' : ''}daemon off;\npid ${join(folder, 'pid')};\nerror_log stderr notice;\nevents { }\nhttp {\naccess_log off;\n${temporary}\n${text}\n}\n`);
    const program = await startChild(t, '/usr/sbin/nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], { until: /start worker process/ });
    t.onEnd(async () => { program.child.kill('SIGTERM'); await program.exited; });
    await answers(plain);
    return { ca, plain, secure };
  },

  async haproxy(t, [first, second], changes = []) {
    const folder = temporaryFolder(t);
    const ca = certificate(folder);
    const [plain, secure] = [await freePort(), await freePort()];
    const [page] = blocksOf('haproxy.md', 'haproxy');
    const text = replaced(page, [
      ['bind :80', `bind 127.0.0.1:${plain}`], ['bind :443', `bind 127.0.0.1:${secure}`], ['/etc/ssl/example.org.both.pem', join(folder, 'both.pem')], ['maxconn 50000', 'maxconn 1000'],
      ['127.0.0.1:3000', `127.0.0.1:${first}`], ['127.0.0.1:3001', `127.0.0.1:${second ?? first}`], ...changes,
    ]);
    writeFileSync(join(folder, 'haproxy.cfg'), text);
    await startChild(t, '/usr/sbin/haproxy', ['-db', '-V', '-f', join(folder, 'haproxy.cfg')], { until: /as the polling mechanism/ });
    await answers(plain);
    return { ca, plain, secure };
  },
};

const through = (t, proxy, options = {}, scheme = 'http') => {
  const socket = t.io(`${scheme}://127.0.0.1:${scheme === 'https' ? proxy.secure : proxy.plain}`, { forceNew: true, reconnection: false, ca: proxy.ca, ...options });
  t.onEnd(() => socket.disconnect());
  return socket;
};

const post = (port, length) => new Promise((resolve, reject) => {
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: '/socket.io/?EIO=4&transport=polling&sid=none', headers: { 'content-length': length } }, (res) => resolve(res.resume().statusCode));
  request.once('error', reject);
  request.end(Buffer.alloc(length));
});

for (const [name, start] of Object.entries(proxies)) {
  for (const [way, transports] of [['polling', ['polling']], ['websocket', ['websocket']], ['upgrade', ['polling', 'websocket']]]) {
    scenario(`${name}: messages in both directions [${way}]`, async (t) => {
      const proxy = await start(t, [t.port(profiles.main)]);
      for (const scheme of ['http', 'https']) {
        const socket = await connected(through(t, proxy, { transports, withCredentials: true }, scheme));
        if (way === 'upgrade') await upgraded(socket);
        const bytes = Buffer.alloc(100_000, 7);
        assert.deepEqual(await call(socket, 'message-with-ack', 'text', bytes), ['text', bytes]);
      }
    });
  }

  scenario(`${name}: the server learns the client's address and scheme, whatever the client says itself`, async (t) => {
    const proxy = await start(t, [t.port(profiles.main)]);
    const forged = { extraHeaders: { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'gopher' } };
    for (const scheme of ['http', 'https']) {
      const socket = await connected(through(t, proxy, { transports: ['websocket'], ...forged }, scheme));
      const [{ headers, address, secure }] = await call(socket, 'handshake');
      assert.equal(headers['x-forwarded-for'], '127.0.0.1');
      assert.equal(headers['x-forwarded-proto'], scheme);
      assert.deepEqual([address, secure], ['127.0.0.1', false]);
    }
  });

  scenario(`${name}: a page of the proxy's own origin may open a WebSocket, a foreign one gets 403`, async (t) => {
    const proxy = await start(t, [t.port(profiles.main)]);
    const from = (origin, scheme) => through(t, proxy, { transports: ['websocket'], extraHeaders: { Origin: origin } }, scheme);
    await connected(from(`http://127.0.0.1:${proxy.plain}`, 'http'));
    await connected(from(`https://127.0.0.1:${proxy.secure}`, 'https'));
    const error = await connected(from('http://elsewhere.example', 'http')).then(() => assert.fail('it was let in'), (error) => error);
    assert.match(error.description.message, /403/);
  });

  scenario(`${name}: a quiet client stays as long as pings come within the proxy's time, and is cut when they do not`, async (t) => {
    const short = name === 'nginx' ? [['proxy_read_timeout 60s', 'proxy_read_timeout 1s']] : [['timeout tunnel  60s', 'timeout tunnel 1s']];
    const often = through(t, await start(t, [t.port(profiles.fast)], short), { transports: ['websocket'] });
    const seldom = through(t, await start(t, [t.port(profiles.main)], short), { transports: ['websocket'] });
    await Promise.all([connected(often), connected(seldom)]);
    const [reason] = await once(seldom, 'disconnect');
    assert.equal(reason, 'transport close');
    assert.equal(often.connected, true);
    assert.deepEqual(await call(often, 'message-with-ack', 'still here'), ['still here']);
  });

  scenario(`${name}: clients of a server that drains arrive at the other one`, async (t) => {
    const apps = [];
    const ports = [];
    for (let i = 0; i < 2; i++) {
      apps.push(await startApp(t));
      ports.push(t.port(profiles.main));
    }

    const proxy = await start(t, ports);
    const socket = through(t, proxy, { withCredentials: true, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 });
    await connected(socket);
    const counts = await Promise.all(ports.map(async (port) => {
      const direct = await connected(through(t, { plain: port }));
      const [count] = await call(direct, 'count');
      direct.disconnect();
      return count;
    }));
    const before = counts.indexOf(2); // the one that asks, and the one that came through the proxy
    const gone = once(socket, 'disconnect');
    apps[before].child.kill('SIGTERM');
    await gone;
    await connected(socket);
    assert.deepEqual(await call(socket, 'message-with-ack', 'over here'), ['over here']);
    await apps[before].exited;
  }, { timeout: 40_000 });
}

scenario('nginx: a body over the limit is refused with 413 before it is read', async (t) => {
  const proxy = await proxies.nginx(t, [t.port(profiles.main)]);
  assert.equal(await post(proxy.plain, 2_000_000), 413);
});

for (const [name, start] of Object.entries(proxies)) {
  scenario(`${name}: a large body that the engine refuses gets the engine's answer, and not 502`, async (t) => {
    const proxy = await start(t, [t.port(profiles.main)]);
    for (let i = 0; i < 20; i++) assert.equal(await post(proxy.plain, 900_000), 400); // an unknown session, says the engine
  });
}
