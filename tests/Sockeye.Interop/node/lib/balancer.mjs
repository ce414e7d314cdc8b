// A balancer that knows nothing of sessions: each request, or each connection, to the next server that takes it.
import http from 'node:http';
import net from 'node:net';
import { freeBase, profileCount } from './app.mjs';
import { freePort } from './child.mjs';
import { Scenario } from './harness.mjs';
import { startNats, startNode } from './nodes.mjs';

/** Listens on a port of its own before `ports` of loopback. `each`: 'request' or 'connection'. Counts in `counts`, by port, what it has handed on. */
export async function balance(t, ports, each, port = 0) {
  const sockets = new Set();
  const keep = (socket) => { sockets.add(socket); socket.on('close', () => sockets.delete(socket)); socket.on('error', () => socket.destroy()); return socket; };
  const counts = new Map(ports.map((port) => [port, 0]));
  let turn = 0;
  const inTurn = () => { const first = turn++; return ports.map((_, i) => ports[(first + i) % ports.length]); };
  const counted = (port) => { counts.set(port, counts.get(port) + 1); return port; };
  const agent = new http.Agent({ keepAlive: true });
  const server = each === 'request' ? http.createServer() : net.createServer({ allowHalfOpen: true });

  const passRequest = (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => send(inTurn()));
    const send = ([port, ...others]) => {
      const ahead = http.request({ port: counted(port), host: '127.0.0.1', method: request.method, path: request.url, headers: request.headers, agent }, (answer) => {
        response.writeHead(answer.statusCode, answer.rawHeaders.reduce((all, text, i, raw) => i % 2 ? all : [...all, [text, raw[i + 1]]], [])
          .filter(([name]) => !/^(connection|keep-alive)$/i.test(name)).flat());
        answer.pipe(response);
        answer.on('aborted', () => response.destroy());
      });
      ahead.on('error', (error) => { if (error.code === 'ECONNREFUSED' && others.length > 0) send(others); else response.destroy(); });
      response.on('close', () => { if (!response.writableFinished) ahead.destroy(); });
      ahead.end(Buffer.concat(chunks));
    };
  };

  const passBytes = (client, head, [port, ...others]) => {
    const ahead = keep(net.connect({ port: counted(port), host: '127.0.0.1' }));
    let isOpen = false;
    ahead.once('connect', () => {
      isOpen = true;
      ahead.write(head);
      client.pipe(ahead);
      ahead.pipe(client);
    });
    ahead.on('close', () => { if (isOpen) client.destroy(); else if (others.length > 0) passBytes(client, head, others); else client.destroy(); });
    client.on('close', () => ahead.destroy());
  };

  if (each === 'request') {
    server.on('request', passRequest);
    server.on('connection', keep);
    server.on('upgrade', (request, client, head) => {
      const lines = request.rawHeaders.reduce((all, text, i, raw) => i % 2 ? all : `${all}${text}: ${raw[i + 1]}\r\n`, `${request.method} ${request.url} HTTP/1.1\r\n`);
      passBytes(client, Buffer.concat([Buffer.from(`${lines}\r\n`, 'latin1'), head]), inTurn());
    });
  } else {
    server.on('connection', (client) => passBytes(keep(client), '', inTurn()));
  }

  t.onEnd(() => { server.close(); agent.destroy(); for (const socket of sockets) socket.destroy(); });
  await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });
  return { port: server.address().port, counts };
}

/** Two apps with all their profiles as nodes of clusters, and a balancer before each profile; `base` is where these listen. */
export async function startBalanced(appCommand) {
  const t = new Scenario(0, appCommand);
  const nats = await freePort();
  await startNats(t, nats);
  const nodes = [await startNode(t, `nats://127.0.0.1:${nats}`, []), await startNode(t, `nats://127.0.0.1:${nats}`, [])];
  const base = await freeBase();
  for (let profile = 0; profile < profileCount; profile++) await balance(t, nodes.map((node) => node.base + profile), 'request', base + profile);
  return { base, end: () => t.end() };
}
