// node upload.mjs URL FILE      sends a file in acknowledged pieces, and goes on where it was after a broken connection
import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { io } from "socket.io-client";

const [url, path] = process.argv.slice(2);
const file = await open(path);
const { size } = await file.stat();
const socket = io(url);

async function send() {
  const begun = await socket.emitWithAck("begin", basename(path), size);
  if (!begun) throw new Error("the server does not take this file");
  let { offset, chunkBytes } = begun;
  const buffer = Buffer.alloc(chunkBytes);
  while (offset < size) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, offset);
    offset = await socket.timeout(10_000).emitWithAck("chunk", buffer.subarray(0, bytesRead));
    console.log(`${Math.round(100 * offset / size)} %`);
  }
  return await socket.emitWithAck("end");
}

async function sendAgain() {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (socket.active && !socket.connected) await new Promise((resolve) => socket.once("connect", resolve));
      else throw error;
    }
  }
}

const hash = await sendAgain();
const wanted = createHash("sha256").update(await readFile(path)).digest("hex");
console.log(hash === wanted ? `arrived whole: ${hash}` : `arrived broken: ${hash}, not ${wanted}`);
socket.close();
await file.close();
process.exitCode = hash === wanted ? 0 : 1;
