import assert from "node:assert/strict";
import test from "node:test";
import {
  answeredTransportParameters,
  createOffer,
  EXTENSION_URI,
  type OfferParameters,
  parseSessionDescription,
  sentRtpParameters,
} from "@sluice/media";
import { createNegotiation, LOCAL, publishedTrack, wantedTrack } from "./testing/offer-text.js";

const feedback = ["nack", "nack pli"];
const vp8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback };
const rtx = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
const headerExtensions = [
  { id: 4, uri: EXTENSION_URI.mid },
  { id: 13, uri: EXTENSION_URI.videoOrientation },
];

test("our own client and the engine understand each other", () => {
  const bot: OfferParameters = {
    sessionId: "1",
    sessionVersion: 1,
    ice: { ufrag: "boty", pwd: "botbotbotbotbotbotbotbot" },
    fingerprint: { algorithm: "sha-256", value: `${"EF:".repeat(31)}EF` },
    sections: [
      {
        mid: "0",
        kind: "video",
        direction: "sendonly",
        codecs: [vp8, rtx],
        headerExtensions,
        ssrc: 5,
        rtxSsrc: 6,
        cname: "bot",
      },
      { mid: "1", kind: "video", direction: "recvonly", codecs: [vp8, rtx], headerExtensions },
    ],
  };
  const input = { sdp: createOffer(bot), published: [publishedTrack("0", "video")], wanted: [wantedTrack("x", "video")] };
  const { answer, commands } = createNegotiation().handleOffer(input);
  const [connect, producer, consumer] = commands;
  assert.ok(connect?.type === "connectTransport" && producer?.type === "openProducer" && consumer?.type === "openConsumer");
  assert.deepEqual(connect.remote, { ice: bot.ice, candidates: [], fingerprints: [bot.fingerprint], dtlsRole: "server" });
  assert.deepEqual(producer.parameters.rtp, {
    mid: "0",
    kind: "video",
    codecs: [vp8, rtx],
    headerExtensions,
    encodings: [{ ssrc: 5, rtxSsrc: 6 }],
    cname: "bot",
  });
  const parsed = parseSessionDescription(answer);
  assert.ok(parsed.ok);
  assert.deepEqual(answeredTransportParameters(parsed.description), {
    ice: LOCAL.localIce,
    candidates: LOCAL.candidates,
    fingerprints: [LOCAL.fingerprint],
    dtlsRole: "client",
  });
  const received = parsed.description.sections[1];
  assert.ok(received);
  const { mid, codecs, ssrc, rtxSsrc, cname } = consumer.parameters;
  assert.deepEqual(sentRtpParameters(received), {
    mid,
    kind: "video",
    codecs,
    headerExtensions,
    encodings: [{ ssrc, rtxSsrc }],
    cname,
  });
  assert.deepEqual(consumer.parameters.headerExtensions, headerExtensions.slice(1), "no mid to a subscriber");
});
