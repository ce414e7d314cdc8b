// Requests and frames below the clients' libraries: for what a client would never send.
import http from 'node:http';
import net from 'node:net';
import WebSocket from 'ws';

/** One HTTP request over its own or the agent's connection. */
export function request(port, path, { method = 'GET', headers = {}, body, agent = false } = {}) {
  return new Promise((resolve, reject) => {
    const req = http.request({ host: '127.0.0.1', port, path, method, headers, agent }, (res) => {
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const buffer = Buffer.concat(chunks);
        resolve({ status: res.statusCode, headers: res.headers, body: buffer.toString(), buffer, json: () => JSON.parse(buffer.toString()) });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** An Engine.IO session by polling, request by request. */
export class Polling {
  constructor(port, path = '/socket.io/') {
    this.port = port;
    this.path = path;
  }

  async open(query = '') {
    const answer = await request(this.port, `${this.path}?EIO=4&transport=polling${query}`);
    if (answer.status !== 200) throw new Error(`the handshake was answered ${answer.status} ${answer.body}`);
    this.handshake = JSON.parse(answer.body.slice(1));
    this.sid = this.handshake.sid;
    this.answer = answer;
    return this;
  }

  get url() { return `${this.path}?EIO=4&transport=polling&sid=${this.sid}`; }
  get() { return request(this.port, this.url); }
  post(body, headers = { 'content-type': 'text/plain;charset=UTF-8' }) { return request(this.port, this.url, { method: 'POST', body, headers }); }

  /** Packets of the next answers, pings answered, until one satisfies the test. */
  async until(test) {
    const seen = [];
    for (;;) {
      const answer = await this.get();
      if (answer.status !== 200) throw new Error(`a poll was answered ${answer.status} ${answer.body}`);
      for (const packet of answer.body.split('\x1e')) {
        if (packet === '2') await this.post('3'); else seen.push(packet);
      }
      if (seen.some(test)) return seen;
    }
  }

  /** Joins a namespace. */
  async join(namespace = '', auth = '') {
    await this.post(`40${namespace}${auth}`);
    await this.until((packet) => packet.startsWith('40'));
    return this;
  }
}

/** A WebSocket whose messages wait in a queue: text as text, binary as Buffer. */
export class Wire {
  #queue = [];
  #waiting = [];
  #closed;

  constructor(url, options = {}) {
    this.ws = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.ws.on('message', (data, isBinary) => this.#arrived(isBinary ? data : data.toString()));
    this.ws.on('error', (error) => { this.error = error; });
    this.ended = new Promise((resolve) => this.ws.on('close', (code, reason) => {
      this.#closed = { code, reason: reason.toString(), error: this.error };
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`closed with ${code} while a message was awaited`));
      resolve(this.#closed);
    }));
    this.opened = new Promise((resolve, reject) => {
      this.ws.on('open', () => resolve(this));
      this.ws.on('upgrade', (response) => { this.response = response; });
      this.ws.on('unexpected-response', (_, response) => {
        let body = '';
        response.on('data', (chunk) => { body += chunk; });
        response.on('end', () => reject(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode, headers: response.headers, body })));
      });
      this.ws.on('error', reject);
    });
    this.opened.catch(() => {});
  }

  #arrived(message) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve(message); else this.#queue.push(message);
  }

  send(data) { this.ws.send(data); }

  next() {
    if (this.#queue.length) return Promise.resolve(this.#queue.shift());
    if (this.#closed) return Promise.reject(new Error(`closed with ${this.#closed.code} before the next message`));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The next message that satisfies the test; the others are dropped, pings answered. */
  async until(test) {
    for (;;) {
      const message = await this.next();
      if (message === '2') this.send('3');
      else if (test(message)) return message;
    }
  }
}

/** Opens an Engine.IO session by WebSocket and reads its open packet. */
export async function openWire(t, profile, { path = '/socket.io/', query = '', options } = {}) {
  const wire = new Wire(`${t.ws(profile)}${path}?EIO=4&transport=websocket${query}`, options);
  t.onEnd(() => wire.ws.terminate());
  await wire.opened;
  wire.handshake = JSON.parse((await wire.next()).slice(1));
  return wire;
}

/** An Engine.IO session by WebSocket that has joined a namespace. */
export async function joinWire(t, profile, auth = '', namespace = '') {
  const wire = await openWire(t, profile);
  wire.send(`40${namespace}${auth}`);
  await wire.until((message) => typeof message === 'string' && message.startsWith('40'));
  return wire;
}

/** A bare TCP connection; `text` collects what arrives. */
export function connectTcp(t, profile) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port: t.port(profile), allowHalfOpen: true });
    socket.text = '';
    socket.on('data', (chunk) => { socket.text += chunk.toString('latin1'); });
    socket.on('error', (error) => { socket.failure = error; reject(error); });
    socket.on('connect', () => resolve(socket));
    socket.ended = new Promise((done) => { socket.on('end', done); socket.on('close', done); });
    t.onEnd(() => socket.destroy());
  });
}

/** Waits until a TCP connection has received something that matches. */
export function received(socket, pattern) {
  return new Promise((resolve, reject) => {
    const check = () => { const match = pattern.exec(socket.text); if (match) { socket.off('data', check); resolve(match); } };
    socket.on('data', check);
    socket.ended.then(() => { check(); reject(new Error(`the connection ended; it had received ${JSON.stringify(socket.text.slice(0, 200))}`)); });
    check();
  });
}

/** The bytes that ask for a WebSocket. */
export function upgradeRequest(port, path) {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
}

/** One masked frame. */
export function frame(payload, { opcode = 1, fin = true, masked = true, rsv = 0, length } = {}) {
  const body = Buffer.from(payload);
  const size = length ?? body.length;
  const head = size < 126 ? Buffer.from([0, size]) : size < 65536 ? Buffer.from([0, 126, size >> 8, size & 255]) : Buffer.from([0, 127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255]);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  if (!masked) return Buffer.concat([head, body]);
  head[1] |= 0x80;
  const key = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  return Buffer.concat([head, key, body.map((byte, i) => byte ^ key[i & 3])]);
}
