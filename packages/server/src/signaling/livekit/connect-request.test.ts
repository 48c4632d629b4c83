import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  AddTrackRequest,
  ClientInfo_Capability,
  ClientInfo_SDK,
  JoinRequest,
  SessionDescription,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from "@livekit/protocol";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parseConnectRequest } from "./connect-request.js";

const { GZIP, NONE } = WrappedJoinRequest_Compression;

function wrapped(request: JoinRequest, compression = GZIP): URLSearchParams {
  const bytes = request.toBinary();
  const joinRequest = compression === GZIP ? gzipSync(bytes) : bytes;
  const text = Buffer.from(new WrappedJoinRequest({ compression, joinRequest }).toBinary()).toString("base64url");
  return new URLSearchParams({ join_request: text });
}

function refused(run: () => unknown): void {
  assert.throws(run, (error) => error instanceof SluiceError && error.code === "invalidArgument");
}

const query = (text: string) => parseConnectRequest("/rtc", new URLSearchParams(text));

test("a join request is read packed or not, with padding or without, on either path", () => {
  const request = new JoinRequest({
    clientInfo: {
      sdk: ClientInfo_SDK.JS,
      protocol: 17,
      clientProtocol: 2,
      capabilities: [ClientInfo_Capability.CAP_PACKET_TRAILER],
    },
    connectionSettings: { autoSubscribe: false, subscriberAllowPause: false },
    metadata: "m",
    participantAttributes: { role: "host" },
    publisherOffer: new SessionDescription({ type: "offer", sdp: "v=0", id: 1 }),
  });
  const padded = wrapped(request);
  padded.set("join_request", `${padded.get("join_request")}==`);
  for (const [path, parameters] of [
    ["/rtc/v1", wrapped(request)],
    ["/rtc", wrapped(request, NONE)],
    ["/rtc/v1", padded],
  ] as const) {
    const read = parseConnectRequest(path, parameters, "Mozilla Firefox/140");
    assert.deepEqual(
      [read.connections, read.autoSubscribe, read.mayPauseVideo, read.metadata, read.attributes, read.resume, read.isFirefox],
      ["single", false, false, "m", { role: "host" }, undefined, true],
    );
    assert.deepEqual(read.client, { sdk: ClientInfo_SDK.JS, protocol: 17, clientProtocol: 2, capabilities: [1] });
    assert.equal(read.offer?.id, 1);
  }
});

test("the query of the older protocol, as JavaScript, Go and Rust write it", () => {
  const js = query("access_token=x&auto_subscribe=1&sdk=js&version=2.23.0&protocol=17&client_protocol=2");
  assert.deepEqual(
    [js.connections, js.autoSubscribe, js.client],
    ["dual", true, { sdk: ClientInfo_SDK.JS, protocol: 17, clientProtocol: 2, capabilities: [] }],
  );
  const attributes = Buffer.from('{"a":"b"}').toString("base64url");
  const go = query(`version=2&protocol=17&&auto_subscribe=0&reconnect=1&sid=PA_x&attributes=${attributes}&sdk=go`);
  assert.deepEqual([go.autoSubscribe, go.resume, go.attributes, go.client.sdk], [false, "PA_x", { a: "b" }, ClientInfo_SDK.GO]);
  const rust = query("sdk=node&capabilities=CAP_PACKET_TRAILER,CAP_COMPRESSION_DEFLATE_RAW,CAP_OF_TOMORROW");
  assert.deepEqual([rust.autoSubscribe, rust.client.sdk, rust.client.capabilities], [true, ClientInfo_SDK.NODE, [1, 2]]);
  assert.equal(query("sdk=reactnative").client.sdk, ClientInfo_SDK.REACT_NATIVE);
  assert.equal(query("sdk=of-tomorrow&protocol=many").client.sdk, ClientInfo_SDK.UNKNOWN);
});

test("what cannot be unpacked, or unpacks to too much, is refused", () => {
  for (const text of ["%%%", "", "A", "AAAAA", "=="]) {
    refused(() => parseConnectRequest("/rtc/v1", new URLSearchParams({ join_request: text })));
  }
  const bomb = new JoinRequest({ metadata: "x".repeat(2_000_000) });
  refused(() => parseConnectRequest("/rtc/v1", wrapped(bomb)));
  refused(() => parseConnectRequest("/rtc/v1", wrapped(new JoinRequest({ reconnect: true }))));
  const tracks = Array.from({ length: 21 }, () => new AddTrackRequest());
  refused(() => parseConnectRequest("/rtc/v1", wrapped(new JoinRequest({ addTrackRequests: tracks }))));
  refused(() => query("reconnect=1"));
  refused(() => query(`reconnect=1&sid=${"x".repeat(65)}`));
  for (const attributes of ["[]", "null", '{"a":1}', "{", ""].map((text) => Buffer.from(text).toString("base64url"))) {
    if (attributes !== "") refused(() => query(`attributes=${attributes}`));
  }
});

test("whatever comes is read or refused, and nothing else", () => {
  const read = (path: string, parameters: Record<string, string>) => {
    try {
      parseConnectRequest(path, new URLSearchParams(parameters), "any");
    } catch (error) {
      assert.ok(error instanceof SluiceError, String(error));
    }
  };
  fc.assert(
    fc.property(fc.string(), (text) => read("/rtc", { attributes: text, sdk: text, protocol: text, capabilities: text })),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isPacked) => {
      const joinRequest = isPacked ? gzipSync(bytes) : bytes;
      const message = new WrappedJoinRequest({ compression: isPacked ? GZIP : NONE, joinRequest });
      read("/rtc/v1", { join_request: Buffer.from(message.toBinary()).toString("base64url") });
      read("/rtc/v1", { join_request: Buffer.from(bytes).toString("base64url") });
    }),
  );
});
