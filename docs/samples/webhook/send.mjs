// node send.mjs URL REPOSITORY STATE: what a build server does. The secret stands in SECRET.
import { createHmac, randomUUID } from "node:crypto";

const [, , url = "http://127.0.0.1:3000", repository = "app", state = "failed"] = process.argv;
const body = JSON.stringify({ repository, state, url: `https://builds.example/${repository}/1` });
const id = process.env.ID ?? randomUUID();
const time = Math.floor(Date.now() / 1000);
const key = Buffer.from(process.env.SECRET.replace("whsec_", ""), "base64");
const signature = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
const headers = { "webhook-id": id, "webhook-timestamp": `${time}`, "webhook-signature": `v1,${signature}` };
const answer = await fetch(`${url}/plugins/webhook/builds`, { method: "POST", headers, body });
console.log(answer.status, (await answer.text()).trim());
