// nginx and HAProxy with the configurations that docs/deploy shows, other ports, certificates and folders aside.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, inRepository, startChild } from './child.mjs';

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

/** Replaces each text, and fails when the page does not have it any more. One pass: a port put in may begin with what comes next (127.0.0.1:30002 has 127.0.0.1:3000). */
function replaced(text, changes) {
  for (const [from] of changes) assert.ok(text.includes(from), `the page has no '${from}'`);
  const to = new Map(changes);
  return text.replace(new RegExp(changes.map(([from]) => from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g'), (found) => to.get(found));
}

/** Resolves when a proxy answers; one request. */
export async function answers(port, path = '/') {
  for (;;) {
    const status = await new Promise((resolve) => http.get({ host: '127.0.0.1', port, path }, (res) => resolve(res.resume().statusCode)).once('error', () => resolve(0)));
    if (status) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const proxies = {
  async nginx(t, [first, second], changes = [], isCluster = false) {
    const folder = temporaryFolder(t);
    const ca = certificate(folder);
    const [plain, secure] = [await freePort(), await freePort()];
    const [site, cluster, sticky] = blocksOf('nginx.md', 'nginx');
    const [upstream] = /^upstream .*?^}/ms.exec(site);
    const text = replaced(second ? site.replace(upstream, isCluster ? cluster : sticky) : site, [
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

  async haproxy(t, [first, second], changes = [], isCluster = false) {
    const folder = temporaryFolder(t);
    const ca = certificate(folder);
    const [plain, secure] = [await freePort(), await freePort()];
    const [page, cluster] = blocksOf('haproxy.md', 'haproxy');
    const [backend] = /^backend .*/ms.exec(page);
    const text = replaced(isCluster ? page.replace(backend, cluster) : page, [
      ['bind :80', `bind 127.0.0.1:${plain}`], ['bind :443', `bind 127.0.0.1:${secure}`], ['/etc/ssl/example.org.both.pem', join(folder, 'both.pem')], ['maxconn 50000', 'maxconn 1000'],
      ['127.0.0.1:3000', `127.0.0.1:${first}`], ['127.0.0.1:3001', `127.0.0.1:${second ?? first}`], ...changes,
    ]);
    writeFileSync(join(folder, 'haproxy.cfg'), text);
    await startChild(t, '/usr/sbin/haproxy', ['-db', '-V', '-f', join(folder, 'haproxy.cfg')], { until: /as the polling mechanism/ });
    await answers(plain);
    return { ca, plain, secure };
  },
};

/** A client by way of a proxy. */
export const through = (t, proxy, options = {}, scheme = 'http') => {
  const socket = t.io(`${scheme}://127.0.0.1:${scheme === 'https' ? proxy.secure : proxy.plain}`, { forceNew: true, reconnection: false, ca: proxy.ca, ...options });
  t.onEnd(() => socket.disconnect());
  return socket;
};
