// Requests byte by byte: error replies, headers, polling's rules.
import assert from 'node:assert/strict';
import http from 'node:http';
import { call, once, profiles, scenario } from '../lib/harness.mjs';
import { Polling, Wire, connectTcp, received, request, upgradeRequest } from '../lib/raw.mjs';

const path = '/socket.io/';
const unknownSid = 'AAAAAAAAAAAAAAAAAAAA';
const messages = ['Transport unknown', 'Session ID unknown', 'Bad handshake method', 'Bad request', 'Forbidden', 'Unsupported protocol version'];

function errorReply(name, code, ask) {
  scenario(`error reply: ${name} is ${code}, ${messages[code]}`, async (t) => {
    const answer = await ask(t, t.port(profiles.main));
    assert.equal(answer.status, code === 4 ? 403 : 400);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.deepEqual(answer.json(), { code, message: messages[code] });
  });
}

errorReply('no transport', 0, (t, port) => request(port, `${path}?EIO=4`));
errorReply('an unknown transport', 0, (t, port) => request(port, `${path}?EIO=4&transport=tcp`));
errorReply('a name of every object as transport', 0, (t, port) => request(port, `${path}?EIO=4&transport=constructor`));
errorReply('WebTransport over plain HTTP', 0, (t, port) => request(port, `${path}?EIO=4&transport=webtransport`));
errorReply('polling where it is off', 0, (t) => request(t.port(profiles.websocket), `${path}?EIO=4&transport=polling`));
errorReply('an unknown sid on GET', 1, (t, port) => request(port, `${path}?EIO=4&transport=polling&sid=${unknownSid}`));
errorReply('an unknown sid on POST', 1, (t, port) => request(port, `${path}?EIO=4&transport=polling&sid=${unknownSid}`, { method: 'POST', body: '40' }));
errorReply('a sid of another shape', 1, (t, port) => request(port, `${path}?EIO=4&transport=polling&sid=${encodeURIComponent('../é"')}`));
errorReply('POST without sid', 2, (t, port) => request(port, `${path}?EIO=4&transport=polling`, { method: 'POST', body: '40' }));
errorReply('PUT without sid', 2, (t, port) => request(port, `${path}?EIO=4&transport=polling`, { method: 'PUT', body: '40' }));
errorReply('OPTIONS without CORS', 2, (t) => request(t.port(profiles.load), `${path}?EIO=4&transport=polling`, { method: 'OPTIONS' }));
errorReply('WebSocket without Upgrade', 3, (t, port) => request(port, `${path}?EIO=4&transport=websocket`));
errorReply('no EIO', 5, (t) => request(t.port(profiles.load), `${path}?transport=polling`));
errorReply('EIO=3 where it is off', 5, (t) => request(t.port(profiles.load), `${path}?EIO=3&transport=polling`));
errorReply('EIO=5', 5, (t) => request(t.port(profiles.load), `${path}?EIO=5&transport=polling`));
errorReply('the query denied', 4, (t) => request(t.port(profiles.strict), '/rt/?EIO=4&transport=polling&deny=1'));
errorReply('another protocol version than the session has', 3, async (t, port) => {
  const session = await new Polling(port).open();
  return request(port, session.url.replace('EIO=4', 'EIO=3'));
});

scenario('error reply: a denied WebSocket is refused before it opens', async (t) => {
  const wire = new Wire(`${t.ws(profiles.strict)}/rt/?EIO=4&transport=websocket&deny=1`);
  const error = await wire.opened.then(() => undefined, (e) => e);
  assert.ok(error?.status === 400 || error?.status === 403, String(error));
  assert.match(error.body, /Forbidden/);
});

for (const [name, query] of [['no transport', 'EIO=4'], ['an unknown sid', `EIO=4&transport=websocket&sid=${unknownSid}`], ['a wrong version', 'EIO=5&transport=websocket'], ['polling as transport', 'EIO=4&transport=polling']]) {
  scenario(`a WebSocket request with ${name} is answered 400, never 101`, async (t) => {
    const wire = new Wire(`${t.ws(profiles.load)}${path}?${query}`);
    const error = await wire.opened.then(() => undefined, (e) => e);
    assert.equal(error?.status, 400);
  });
}

scenario('any other path is 404', async (t) => {
  for (const other of ['/', '/socket.io.js', '/rt/', '/x?EIO=4&transport=polling', '/Socket.IO/?EIO=4&transport=polling']) {
    assert.equal((await request(t.port(profiles.main), other)).status, 404, other);
  }
});

scenario('what follows the path does not matter', async (t) => {
  assert.equal((await request(t.port(profiles.main), '/socket.io/xyz?EIO=4&transport=polling')).status, 200);
});

scenario('the handshake by polling, header by header', async (t) => {
  const { answer, handshake } = await new Polling(t.port(profiles.main)).open();
  assert.equal(answer.headers['content-type'], 'text/plain; charset=UTF-8');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(Number(answer.headers['content-length']), answer.buffer.length);
  assert.equal(answer.headers['set-cookie'], undefined);
  assert.deepEqual({ ...handshake, sid: 0 }, { sid: 0, upgrades: ['websocket'], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 });
  assert.match(handshake.sid, /^[\w-]{20}$/);
});

scenario('the handshakes of the other profiles', async (t) => {
  assert.deepEqual((await new Polling(t.port(profiles.polling)).open()).handshake.upgrades, []);
  const { pingInterval, pingTimeout } = (await new Polling(t.port(profiles.fast)).open()).handshake;
  assert.deepEqual([pingInterval, pingTimeout], [300, 200]);
  assert.equal((await new Polling(t.port(profiles.strict), '/rt/').open()).handshake.maxPayload, 1000);
});

scenario('a post is answered ok in HTML', async (t) => {
  const session = await new Polling(t.port(profiles.main)).open();
  const answer = await session.post('40');
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^text\/html/);
  assert.equal(answer.body, 'ok');
});

scenario('one connection serves a whole session', async (t) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.onEnd(() => agent.destroy());
  const port = t.port(profiles.main);
  const sockets = new Set();
  agent.on('free', (socket) => sockets.add(socket));
  const open = await request(port, `${path}?EIO=4&transport=polling`, { agent });
  const url = `${path}?EIO=4&transport=polling&sid=${JSON.parse(open.body.slice(1)).sid}`;
  for (let i = 0; i < 50; i++) {
    await request(port, url, { method: 'POST', body: i ? `42["message",${i}]` : '40', agent });
    await request(port, url, { agent });
  }
  assert.equal(sockets.size, 1);
});

scenario('requests sent in one go are answered in order', async (t) => {
  const port = t.port(profiles.main);
  const tcp = await connectTcp(t, profiles.main);
  const get = (target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
  tcp.write(get(`${path}?EIO=4&transport=polling`) + get('/none') + get(`${path}?EIO=4`) + get(`${path}?EIO=4&transport=polling`));
  await received(tcp, /HTTP\/1\.1 200[\s\S]*"sid"[\s\S]*HTTP\/1\.1 404[\s\S]*HTTP\/1\.1 400[\s\S]*Transport unknown[\s\S]*HTTP\/1\.1 200[\s\S]*"sid"/);
});

scenario('a chunked post is read whole', async (t) => {
  const session = await new Polling(t.port(profiles.main)).open();
  await session.post('40');
  const tcp = await connectTcp(t, profiles.main);
  const parts = ['42["mess', 'age","', 'é€', '"]'];
  tcp.write(`POST ${session.url} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
  for (const part of parts) tcp.write(`${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`);
  tcp.write('0\r\n\r\n');
  await received(tcp, /HTTP\/1\.1 200[\s\S]*ok/);
  await session.until((packet) => packet === '42["message-back","é€"]');
});

scenario('a request head that comes byte by byte is understood', async (t) => {
  const tcp = await connectTcp(t, profiles.main);
  tcp.setNoDelay(true);
  for (const char of `GET ${path}?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n`) {
    await new Promise((sent) => tcp.write(char, sent));
  }
  await received(tcp, /HTTP\/1\.1 200[\s\S]*"sid"/);
});

scenario('a second poll at the same time ends the session', async (t) => {
  const session = await new Polling(t.port(profiles.main)).open();
  const first = session.get();
  const observed = await Promise.race([first.then((answer) => answer), (async () => { let answer; do answer = await session.get(); while (answer.status === 200 && answer.body !== '1'); return answer; })()]);
  assert.ok(observed.status === 400 || observed.body === '1', `${observed.status} ${observed.body}`);
  assert.equal((await session.get()).json().code, 1);
});

scenario('PUT and DELETE with a sid are refused', async (t) => {
  const session = await new Polling(t.port(profiles.main)).open();
  for (const method of ['PUT', 'DELETE']) {
    assert.ok((await request(session.port, session.url, { method })).status >= 400, method);
  }
});

scenario('a binary post is refused and ends the session', async (t) => {
  const session = await new Polling(t.port(profiles.main)).open();
  assert.equal((await session.post(Buffer.from([1, 2]), { 'content-type': 'application/octet-stream' })).status, 400);
  assert.equal((await session.get()).json().code, 1);
});

for (const [name, body] of [['an unknown packet type', '9'], ['nothing', ''], ['an empty packet', '42["message",1]\x1e'], ['bad base64', 'b!!!!'], ['text that is not UTF-8', Buffer.from([0x34, 0x32, 0xff, 0xfe])]]) {
  scenario(`a post of ${name} ends the session`, async (t) => {
    const session = await new Polling(t.port(profiles.main)).open();
    await session.post(body).catch(() => {});
    let answer;
    do answer = await session.get(); while (answer.status === 200);
    assert.equal(answer.json().code, 1);
  });
}

scenario('CORS: the allowed origin with credentials', async (t) => {
  const answer = await request(t.port(profiles.main), `${path}?EIO=4&transport=polling`, { headers: { origin: 'http://allowed.example' } });
  assert.equal(answer.headers['access-control-allow-origin'], 'http://allowed.example');
  assert.equal(answer.headers['access-control-allow-credentials'], 'true');
  assert.match(answer.headers.vary, /origin/i);
});

scenario('CORS: another origin is not named', async (t) => {
  const answer = await request(t.port(profiles.main), `${path}?EIO=4&transport=polling`, { headers: { origin: 'http://other.example' } });
  assert.notEqual(answer.headers['access-control-allow-origin'], 'http://other.example');
  assert.notEqual(answer.headers['access-control-allow-origin'], '*');
});

scenario('CORS: the preflight', async (t) => {
  const answer = await request(t.port(profiles.main), `${path}?EIO=4&transport=polling`, {
    method: 'OPTIONS', headers: { origin: 'http://allowed.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-test' },
  });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['access-control-allow-origin'], 'http://allowed.example');
  assert.equal(answer.headers['access-control-allow-methods'], 'GET,POST');
  assert.equal(answer.headers['access-control-allow-headers'], 'x-test');
  assert.equal(answer.headers['access-control-allow-credentials'], 'true');
  assert.equal(answer.buffer.length, 0);
});

scenario('CORS: any origin, the headers asked for reflected', async (t) => {
  const port = t.port(profiles.fast);
  const get = await request(port, `${path}?EIO=4&transport=polling`, { headers: { origin: 'http://any.example' } });
  assert.equal(get.headers['access-control-allow-origin'], '*');
  const preflight = await request(port, path, { method: 'OPTIONS', headers: { origin: 'http://any.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-a,x-b' } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], '*');
  assert.equal(preflight.headers['access-control-allow-headers'], 'x-a,x-b');
});

scenario('CORS: error replies and WebSocket openings carry the headers too', async (t) => {
  const headers = { origin: 'http://allowed.example' };
  assert.equal((await request(t.port(profiles.main), `${path}?EIO=4`, { headers })).headers['access-control-allow-origin'], headers.origin);
  const wire = new Wire(`${t.ws(profiles.main)}${path}?EIO=4&transport=websocket`, { headers });
  t.onEnd(() => wire.ws.terminate());
  await wire.opened;
  assert.equal(wire.response.headers['access-control-allow-origin'], headers.origin);
});

scenario('without CORS no header of it is sent', async (t) => {
  const answer = await request(t.port(profiles.load), `${path}?EIO=4&transport=polling`, { headers: { origin: 'http://any.example' } });
  assert.ok(!Object.keys(answer.headers).some((name) => name.startsWith('access-control-')));
});

scenario('the cookie comes with the polling handshake and never again', async (t) => {
  const session = await new Polling(t.port(profiles.strict), '/rt/').open();
  assert.deepEqual(session.answer.headers['set-cookie'], [`io=${session.sid}; Path=/; HttpOnly; SameSite=Strict`]);
  assert.equal((await session.post('40')).headers['set-cookie'], undefined);
  assert.equal((await session.get()).headers['set-cookie'], undefined);
  const wire = new Wire(`${t.ws(profiles.strict)}/rt/?EIO=4&transport=websocket`);
  t.onEnd(() => wire.ws.terminate());
  await wire.opened;
  assert.equal(wire.response.headers['set-cookie'], undefined);
});

scenario('the answer to a WebSocket request accepts its key', async (t) => {
  const tcp = await connectTcp(t, profiles.main);
  tcp.write(upgradeRequest(t.port(profiles.main), `${path}?EIO=4&transport=websocket`));
  await received(tcp, /^HTTP\/1\.1 101 [^\r]*\r\n(?:[^\r]+\r\n)*sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
  await received(tcp, /0\{"sid":"[\w-]{20}","upgrades":\[\]/);
});

scenario('a client is told why it was denied', async (t) => {
  const socket = t.client('/', { path: '/rt', query: { deny: '1' }, transports: ['polling'] }, profiles.strict);
  const [error] = await once(socket, 'connect_error');
  assert.ok(error.message.includes('xhr poll error'));
  const allowed = await t.connect('/', { path: '/rt', transports: ['polling'] }, profiles.strict);
  assert.deepEqual(await call(allowed, 'id'), [allowed.id]);
});
