import assert from "node:assert/strict";
import { test } from "node:test";
import { METHOD_NAMES, parseServerMessages, serializeRequest } from "@sluice/protocol";
import { LocalDoor } from "../../testing/local-door.js";

const SEED = 20_260_730;
const MESSAGES = 4_000;

/** Numerical Recipes' generator: the same storm in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const VALUES = [
  "null",
  "0",
  "-1",
  "1e999",
  "true",
  '""',
  '"PA_x"',
  "[]",
  "[[]]",
  "{}",
  '{"__proto__":{"x":1}}',
  `"${"y".repeat(300)}"`,
  '"\\ud800"',
];
const MEMBERS = [
  "sdp",
  "trackId",
  "trackIds",
  "cid",
  "kind",
  "type",
  "data",
  "to",
  "candidate",
  "muted",
  "resume",
  "__proto__",
];

function stormMessage(random: (below: number) => number, id: number): string | Buffer {
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  const call = () => {
    const params = Array.from({ length: random(4) }, () => `"${pick(MEMBERS)}":${pick(VALUES)}`).join(",");
    return `{"jsonrpc":"2.0","id":${id},"method":"${pick(METHOD_NAMES)}","params":{${params}}}`;
  };
  switch (random(6)) {
    case 0:
      return Buffer.from(Array.from({ length: random(200) }, () => random(256)));
    case 1:
      return String.fromCharCode(...Array.from({ length: random(200) }, () => 32 + random(95)));
    case 2: {
      // A good call with some characters changed.
      const text = [...call()];
      for (let i = 0; i < 3; i++) text[random(text.length)] = String.fromCharCode(32 + random(95));
      return text.join("");
    }
    case 3:
      return `[${Array.from({ length: random(60) }, call).join(",")}]`;
    case 4:
      return call().slice(0, random(80));
    default:
      return call();
  }
}

test(`[attack 23] ${MESSAGES} malformed messages (seed ${SEED}) leave the door serving`, async () => {
  const local = await LocalDoor.open({ limits: { requestsPerSecond: 1_000_000 } });
  const bystander = await local.connect("bystander");
  await bystander.request("join", {});
  const storm = await local.connect("storm");
  await storm.request("join", {});
  const random = createRandom(SEED);
  for (let id = 0; id < MESSAGES; id++) storm.socket.send(stormMessage(random, id));
  storm.socket.send(serializeRequest("the end", "ping", {}));
  let internal = 0;
  for (let isOver = false; !isOver; ) {
    for (const message of parseServerMessages(await storm.nextText())) {
      if (message.type === "error" && message.error.code === "internal") internal += 1;
      if (message.type === "result" && message.id === "the end") isOver = true;
    }
  }
  assert.equal(internal, 0, "nothing it sent was our own defect");
  assert.ok(local.door.counters.requestsRefused > MESSAGES / 4);
  await bystander.request("ping", {});
  await bystander.request("publish", { cid: "c", kind: "audio" });
  await local.close();
});
