// One server behind nginx and HAProxy, and two without a cluster, with the configurations that docs/deploy shows.
import assert from 'node:assert/strict';
import http from 'node:http';
import { startApp } from '../lib/app.mjs';
import { call, connected, once, profiles, scenario, upgraded } from '../lib/harness.mjs';
import { proxies, through } from '../lib/recipes.mjs';

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
