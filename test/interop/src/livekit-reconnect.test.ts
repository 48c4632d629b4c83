/** livekit-client comes back from what networks, nodes and people do to it, with one peer connection and with two. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Browser } from "./harness/browser.js";
import { Impairment } from "./harness/impairment.js";
import { LiveKitCall, recovers, settles, sidOf } from "./harness/livekit-call.js";
import type { LiveKitPage } from "./harness/livekit-page.js";
import { NEEDS_CHROMIUM } from "./harness/programs.js";
import { SEED } from "./harness/seed.js";
import { SignalingProxy } from "./harness/signaling-proxy.js";
import { TestNode } from "./harness/test-node.js";

type Scenario = Parameters<Window["livekitRoom"]["simulateScenario"]>[0];

/** The participant stays who it is, and its tracks flow on. */
const RESUMING = [
  "signal-reconnect",
  "migration",
  "disconnect-signal-on-resume",
  "disconnect-signal-on-resume-no-messages",
] as const satisfies readonly Scenario[];
/** The client begins anew, as another participant of the same identity. */
const RESTARTING = [
  "node-failure",
  "resume-reconnect",
  "full-reconnect",
  "force-tcp",
  "force-tls",
  "leave-full-reconnect",
] as const satisfies readonly Scenario[];
const PARTICIPANT_REMOVED = 4;
const BLOCKED_MS = 5_000;
/** In each direction. */
const MESSAGES = 30;

let node: TestNode;
let browser: Browser;

before(async () => {
  if (NEEDS_CHROMIUM.skip !== false) return;
  [node, browser] = await Promise.all([TestNode.start(), Browser.launch()]);
});

after(async () => {
  await browser?.close();
  await node?.close();
});

// Most of the time clients wait for their timers, so that both forms fit into the time of one.
describe("livekit-client", { concurrency: 2 }, () => {
  for (const singlePeerConnection of [true, false]) {
    describe(singlePeerConnection ? "one peer connection" : "two peer connections", { concurrency: 1 }, () => {
      const open = (t: TestContext, room: string, ways: Ways = {}) => openCall(t, room, singlePeerConnection, ways);

      test("simulated scenarios", NEEDS_CHROMIUM, async (t) => {
        const call = await open(t, "scenarios");
        for (const scenario of RESUMING) {
          await t.test(`${scenario}: it resumes, and nobody else notices`, () =>
            resumes(call, () => simulate(call.ann, scenario)),
          );
        }
        for (const scenario of RESTARTING) {
          await t.test(`${scenario}: it begins anew`, () => restarts(call, () => simulate(call.ann, scenario)));
        }
        await t.test("speaker: everybody speaks for a while", async () => {
          await simulate(call.ann, "speaker");
          await recovers(call.ann, "activeSpeakersChanged", ({ args }) => JSON.stringify(args).includes("bob"));
          await call.forget();
          await recovers(call.ann, "activeSpeakersChanged", ({ args }) => !JSON.stringify(args).includes("bob"));
          await call.flows();
        });
        await t.test("subscriber-bandwidth: the picture is paused, and comes back", async () => {
          await simulate(call.bob, "subscriber-bandwidth", 20_000);
          await recovers(call.bob, "trackStreamStateChanged", ({ args }) => args.includes("paused"));
          await simulate(call.bob, "subscriber-bandwidth", 0);
          await recovers(call.bob, "trackStreamStateChanged", ({ args }) => args.includes("active"));
          await call.flows();
        });
        await t.test("server-leave: it is told to go", async () => {
          await simulate(call.ann, "server-leave");
          await recovers(call.ann, "disconnected", ({ args }) => args[0] === PARTICIPANT_REMOVED);
          await recovers(call.bob, "participantDisconnected", ({ args }) => args.includes("ann"));
        });
      });

      test("the WebSocket is cut: tracks flow on, and what was said meanwhile arrives once", NEEDS_CHROMIUM, async (t) => {
        const [proxy, impairment] = [await openProxy(t), openImpairment(t)];
        const call = await open(t, "cut", { annUrl: proxy.url, impairment });
        // With two peer connections the channels come with the first message; a cut just then costs this client its resume.
        await talk(call, "before");
        await heard(call, "before");
        await resumes(call, async () => {
          proxy.cut();
          await recovers(call.ann, "signalReconnecting");
          await call.flows();
          await talk(call, "without signaling");
          proxy.mend();
        });
        await heard(call, "without signaling");
        await resumes(call, async () => {
          await impairment.block();
          proxy.cut();
          await recovers(call.ann, "signalReconnecting");
          await talk(call, "without anything");
          await impairment.unblock();
          proxy.mend();
        });
        await heard(call, "without anything");
      });

      test("media is blocked for 5 s: it comes back by itself", NEEDS_CHROMIUM, async (t) => {
        const impairment = openImpairment(t);
        const call = await open(t, "blocked", { impairment });
        await call.forget();
        const sid = await sidOf(call.ann);
        await impairment.block();
        await delay(BLOCKED_MS);
        await impairment.unblock();
        await call.flows();
        assert.equal(await sidOf(call.ann), sid, "the same participant");
        assert.deepEqual(await call.bob.events("participantDisconnected"), []);
      });

      test(
        "a page that is loaded anew replaces its participant, whether or not it was seen to go",
        NEEDS_CHROMIUM,
        async (t) => {
          const proxy = await openProxy(t);
          const call = await open(t, "reload", { annUrl: proxy.url });
          for (const isSeen of [true, false]) {
            await call.forget();
            const sid = await sidOf(call.ann);
            if (!isSeen) proxy.freeze();
            await call.reload();
            await recovers(call.bob, "participantDisconnected", ({ args }) => args.includes("ann"));
            await recovers(call.bob, "participantConnected", ({ args }) => args.includes("ann"));
            await call.flows();
            assert.notEqual(await sidOf(call.ann), sid);
            assert.equal(await call.bob.page.evaluate(() => window.livekitRoom.remoteParticipants.size), 1);
          }
        },
      );
    });
  }
});

test("a media worker is killed: everybody begins anew and sees everybody again", NEEDS_CHROMIUM, async (t) => {
  const calls = await Promise.all([true, false].map((isSingle) => openCall(t, "killed", isSingle)));
  await Promise.all(calls.map((call) => call.forget()));
  assert.deepEqual(node.complaints.splice(0), [], "what the node complained of before");
  const [pid = 0] = node.server.workerProcessIds;
  process.kill(pid, "SIGKILL");
  for (const call of calls) {
    for (const page of [call.ann, call.bob]) await recovers(page, "reconnected");
    await call.flows();
  }
  assert.match(node.complaints.join("\n"), /media worker died; it is replaced/);
});

interface Ways {
  readonly annUrl?: string;
  readonly impairment?: Impairment;
}

async function openCall(t: TestContext, room: string, singlePeerConnection: boolean, ways: Ways = {}): Promise<LiveKitCall> {
  const call = await LiveKitCall.open({
    browser,
    url: node.url,
    room: `${room}-${singlePeerConnection}`,
    token: (name, identity) => node.token(name, identity),
    roomOptions: { singlePeerConnection, disconnectOnPageLeave: false },
    ...ways,
  });
  t.after(() => call.close());
  return call;
}

async function openProxy(t: TestContext): Promise<SignalingProxy> {
  const proxy = await SignalingProxy.open(node.url);
  t.after(() => proxy.close());
  return proxy;
}

function openImpairment(t: TestContext): Impairment {
  const impairment = new Impairment({ seed: SEED });
  t.after(() => impairment.close());
  return impairment;
}

function simulate({ page }: LiveKitPage, scenario: Scenario, value?: number): Promise<void> {
  return page.evaluate(([name, argument]) => window.livekitRoom.simulateScenario(name, argument), [scenario, value] as const);
}

/** The first participant of the call is back as who it was. */
async function resumes(call: LiveKitCall, disturb: () => unknown): Promise<void> {
  await call.forget();
  const sid = await sidOf(call.ann);
  await disturb();
  await recovers(call.ann, "signalReconnecting");
  await recovers(call.ann, "reconnected");
  await settles(call.ann);
  await call.flows();
  assert.deepEqual(await call.ann.events("reconnecting"), [], "a full reconnect");
  assert.equal(await sidOf(call.ann), sid, "the same participant");
  assert.deepEqual(await call.bob.events("participantDisconnected"), []);
  assert.deepEqual(await call.bob.events("trackUnsubscribed"), []);
}

/** The first participant of the call has been replaced by itself. */
async function restarts(call: LiveKitCall, disturb: () => unknown): Promise<void> {
  await call.forget();
  const sid = await sidOf(call.ann);
  await disturb();
  await recovers(call.ann, "reconnecting");
  await recovers(call.ann, "reconnected");
  await settles(call.ann);
  await recovers(call.bob, "participantDisconnected", ({ args }) => args.includes("ann"));
  await recovers(call.bob, "participantConnected", ({ args }) => args.includes("ann"));
  await call.flows();
  assert.notEqual(await sidOf(call.ann), sid, "another participant");
}
/** Both say numbers to each other, reliably. */
async function talk({ ann, bob }: LiveKitCall, topic: string): Promise<void> {
  for (const { page } of [ann, bob]) {
    await page.evaluate(
      ([count, about]) => {
        const { localParticipant } = window.livekitRoom;
        // Some are kept until the connection stands again.
        for (let value = 0; value < count; value++) {
          void localParticipant.publishData(Uint8Array.of(value), { reliable: true, topic: about });
        }
      },
      [MESSAGES, topic] as const,
    );
  }
}

/** Each number has come once, and in order. */
async function heard({ ann, bob }: LiveKitCall, topic: string): Promise<void> {
  const spoken = Array.from({ length: MESSAGES }, (_, value) => [value]);
  for (const page of [ann, bob]) {
    await recovers(page, "dataReceived", ({ args }) => args.includes(topic) && `${args[0]}` === `${MESSAGES - 1}`);
    const events = (await page.events("dataReceived")).filter(({ args }) => args.includes(topic));
    assert.deepEqual(
      events.map(({ args }) => args[0]),
      spoken,
    );
  }
}
