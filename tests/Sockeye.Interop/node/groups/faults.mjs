// Peers that reset, fall silent, stop reading or send rubbish, in every state: the others notice nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { call, collect, eventually, profiles, scenario } from '../lib/harness.mjs';
import { Polling, connectTcp, frame, received, upgradeRequest } from '../lib/raw.mjs';

const head = (t, path, more = '') => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${t.port(profiles.main)}\r\n${more}\r\n`;

async function session(t) {
  const polling = await new Polling(t.port(profiles.main)).open();
  await polling.join();
  await polling.post('42["message","x"]');
  await polling.until((packet) => packet.startsWith('42["message-back"'));
  return polling;
}

async function tcpAfter(t, ...writes) {
  const tcp = await connectTcp(t, profiles.main);
  tcp.on('error', () => {});
  for (const bytes of writes) tcp.write(bytes);
  return tcp;
}

async function webSocket(t, ...frames) {
  const tcp = await tcpAfter(t, upgradeRequest(t.port(profiles.main), '/socket.io/?EIO=4&transport=websocket'));
  await received(tcp, /0\{"sid"/);
  for (const bytes of frames) tcp.write(bytes);
  return tcp;
}

async function joined(t, ...frames) {
  const tcp = await webSocket(t, frame('40'));
  await received(tcp, /40\{"sid"/);
  for (const bytes of frames) tcp.write(bytes);
  return tcp;
}

/** Each state in which a TCP connection can be when its peer fails. */
const states = {
  'connected only': (t) => tcpAfter(t),
  'half a request line': (t) => tcpAfter(t, 'GET /socket.io/?EIO=4&tr'),
  'half a request head': (t) => tcpAfter(t, 'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nX-Y: '),
  'polling opened': async (t) => { const tcp = await tcpAfter(t, head(t, '/socket.io/?EIO=4&transport=polling')); await received(tcp, /0\{"sid"/); return tcp; },
  'a poll waiting': async (t) => { const polling = await session(t); return tcpAfter(t, head(t, polling.url)); },
  'half a post': async (t) => { const polling = await session(t); return tcpAfter(t, `POST ${polling.url} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n42["message",`); },
  'half a chunk': async (t) => { const polling = await session(t); return tcpAfter(t, `POST ${polling.url} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n42["mess`); },
  'WebSocket opened': (t) => webSocket(t),
  'namespace joined': (t) => joined(t),
  'half a frame head': (t) => joined(t, Buffer.from([0x81, 0xfe, 0x01])),
  'half a frame': (t) => joined(t, frame('42["message",', { length: 500 })),
  'between fragments': (t) => joined(t, frame('42["mess', { fin: false })),
  'an attachment awaited': (t) => joined(t, frame('451-["message",{"_placeholder":true,"num":0}]')),
  'probing': async (t) => {
    const polling = await session(t);
    const tcp = await tcpAfter(t, upgradeRequest(t.port(profiles.main), `/socket.io/?EIO=4&transport=websocket&sid=${polling.sid}`), frame('2probe'));
    await received(tcp, /3probe/);
    return tcp;
  },
  'a flood on its way out': async (t) => { const tcp = await joined(t); tcp.pause(); tcp.write(frame('42["burst",2000,"n",1000]')); return tcp; },
};

/** Each way to fail. */
const faults = {
  'a reset': async (tcp) => { tcp.resetAndDestroy(); },
  'an end': async (tcp) => { tcp.end(); tcp.resume(); },
  'a malformed byte': async (tcp) => { tcp.write(Buffer.from([0xff, 0xff, 0x00, 0x0d, 0x0a])); tcp.resume(); },
  'silence': async (tcp) => { tcp.pause(); },
};

/** Two members that talk all the time; `calm` proves that each message arrived, in order, and soon. */
async function bystanders(t) {
  const namespace = `/dyn-${9_000_000 + Math.floor(Math.random() * 900_000)}`;
  const [a, b] = [await t.connect(namespace, { transports: ['websocket'] }), await t.connect(namespace, { transports: ['polling'] })];
  const got = collect(b, 'x');
  let sent = 0, stop = false, slowest = 0;
  const talking = (async () => {
    while (!stop) {
      const started = performance.now();
      await call(a, 'cast', { event: 'x', args: [sent++] });
      await call(b, 'id');
      slowest = Math.max(slowest, performance.now() - started);
    }
  })();
  return {
    a,
    async calm() {
      const target = sent + 20;
      await got.until(target);
      stop = true;
      await talking;
      await got.until(sent);
      assert.deepEqual(got.map(([i]) => i), Array.from({ length: sent }, (_, i) => i));
      assert.ok(a.connected && b.connected);
      assert.ok(slowest < 2000, `a round trip took ${slowest} ms`);
    },
  };
}

for (const [fault, fail] of Object.entries(faults)) {
  for (const [state, reach] of Object.entries(states)) {
    scenario(`${fault} at: ${state}`, async (t) => {
      const others = await bystanders(t);
      const victims = await Promise.all(Array.from({ length: 5 }, () => reach(t)));
      for (const victim of victims) await fail(victim);
      await others.calm();
    });
  }
}

for (const fault of ['a reset', 'an end']) {
  scenario(`after ${fault} of joined peers the server counts them no more`, async (t) => {
    const observer = await t.connect('/');
    const [before] = await call(observer, 'count');
    const victims = await Promise.all(Array.from({ length: 10 }, () => joined(t)));
    await eventually(() => call(observer, 'count'), ([n]) => n >= before + 10);
    for (const victim of victims) await faults[fault](victim);
    await eventually(() => call(observer, 'count'), ([n]) => n <= before);
  });
}

scenario('the last answer still leaves when the peer has ended its side', async (t) => {
  const tcp = await joined(t);
  tcp.write(frame('42["message","last"]'));
  await received(tcp, /message-back","last"/);
  const http = await connectTcp(t, profiles.main);
  http.end(head(t, '/socket.io/?EIO=4&transport=polling'));
  await received(http, /0\{"sid"/);
  await http.ended;
});

scenario('a client process is killed: its sockets are gone and nobody else', async (t) => {
  const tag = `killed-${process.pid}`;
  const others = await bystanders(t);
  const child = spawn(process.execPath, [fileURLToPath(new URL('../lib/victim.mjs', import.meta.url)), t.http(profiles.main), tag], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.onEnd(() => child.kill('SIGKILL'));
  await new Promise((resolve, reject) => { child.stdout.once('data', resolve); child.once('exit', (code) => reject(new Error(`the client ended with ${code}`))); });
  child.kill('SIGKILL');
  const [reasons] = await eventually(() => call(others.a, 'reasons', tag), ([list]) => list.length === 2);
  for (const reason of reasons) assert.match(reason, /^transport (close|error)$/);
  await others.calm();
});

scenario('a member that does not read holds nobody up', async (t) => {
  const others = await bystanders(t);
  const slow = await joined(t);
  slow.pause();
  for (let i = 0; i < 20; i++) slow.write(frame(`42["burst",200,"n",1000]`));
  await others.calm();
});

const malformed = {
  'an unmasked frame': [frame('2', { masked: false })],
  'a reserved bit': [frame('2', { rsv: 4 })],
  'a reserved opcode': [frame('', { opcode: 3 })],
  'a fragmented ping': [frame('', { opcode: 9, fin: false })],
  'a ping of 126 bytes': [frame('x'.repeat(126), { opcode: 9 })],
  'a continuation of nothing': [frame('x', { opcode: 0 })],
  'text that is not UTF-8': [frame(Buffer.from([0x34, 0x32, 0xc3, 0x28]))],
  'a surrogate in UTF-8': [frame(Buffer.from([0x34, 0xed, 0xa0, 0x80]))],
  'a length with its top bit set': [Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4])],
  'an unknown engine packet': [frame('9')],
  'an empty text message': [frame('')],
  'bad JSON': [frame('42["message",}')],
  'an unterminated array': [frame('42["message"')],
  'an unknown packet type': [frame('49')],
  'an event without name': [frame('42[]')],
  'an event that is no array': [frame('42{"a":1}')],
  'a reserved event': [frame('42["connect"]')],
  'a connect error from a client': [frame('44{"message":"x"}')],
  'text where binary is awaited': [frame('451-["message",{"_placeholder":true,"num":0}]'), frame('42["message",1]')],
  'binary where none is awaited': [frame('x', { opcode: 2 })],
  'a placeholder out of range': [frame('451-["message",{"_placeholder":true,"num":1}]'), frame('x', { opcode: 2 })],
  'JSON deeper than any use': [frame(`42["message",${'['.repeat(100_000)}${']'.repeat(100_000)}]`)],
};

for (const [name, frames] of Object.entries(malformed)) {
  scenario(`${name} closes that connection and no other`, async (t) => {
    const others = await bystanders(t);
    const tcp = await joined(t, ...frames);
    await Promise.race([received(tcp, /\x88[\x00\x02-\x7d]/), tcp.ended]);
    tcp.end();
    await tcp.ended;
    await others.calm();
  });
}
