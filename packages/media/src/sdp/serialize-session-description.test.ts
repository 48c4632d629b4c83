import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { RtpCodec } from "../index.js";
import { type MediaSection, parseSessionDescription, type SessionDescription, serializeSessionDescription } from "../index.js";

const word = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."abcXYZ019-_"), minLength, maxLength });
const iceText = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."abcXYZ019+/"), minLength, maxLength });
const uint32 = fc.nat(0xffff_ffff);
const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map((some) => (some === undefined ? {} : { [key]: some }));

const parameters = fc
  .dictionary(word(1, 8), word(0, 8), { maxKeys: 4 })
  .chain((named) =>
    fc.option(word(1, 8), { nil: undefined }).map((bare) => (bare === undefined ? named : { ...named, "": bare })),
  )
  .map((entries) => ({ ...entries }));

const codec = (payloadType: number, isAudio: boolean): fc.Arbitrary<RtpCodec> =>
  fc
    .tuple(
      word(1, 8),
      fc.integer({ min: 1, max: 0xffff_ffff }),
      optional("channels", fc.integer({ min: 2, max: 255 })),
      parameters,
      fc.uniqueArray(word(1, 8), { maxLength: 4 }),
    )
    .map(([name, clockRate, channels, fmtp, feedback]) => {
      return { payloadType, name, clockRate, ...(isAudio ? channels : {}), parameters: fmtp, feedback };
    });

const rid = fc
  .tuple(
    word(1, 8),
    fc.constantFrom("send" as const, "recv" as const),
    optional("payloadTypes", fc.array(fc.nat(127), { minLength: 1, maxLength: 4 })),
    word(0, 4),
  )
  .map(([name, direction, payloadTypes, restriction]) => {
    return {
      rid: name,
      direction,
      ...payloadTypes,
      restrictions: restriction === "" ? "" : `max-fps=${restriction};max-width=1`,
    };
  });
const streams = fc.array(fc.array(fc.record({ rid: word(1, 6), isPaused: fc.boolean() }), { minLength: 1, maxLength: 2 }), {
  minLength: 1,
  maxLength: 4,
});
const direction = fc.constantFrom("sendrecv" as const, "sendonly" as const, "recvonly" as const, "inactive" as const);
const candidate = fc.record({
  foundation: iceText(1, 8),
  priority: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  address: fc.oneof(
    fc
      .ipV4()
      .filter((ip) => ip !== "0.0.0.0")
      .map((ip) => ({ family: "IPv4" as const, ip })),
    fc.nat(0xfffe).map((low) => ({ family: "IPv6" as const, ip: `2001:db8::${(low + 1).toString(16)}` })),
  ),
  port: fc.integer({ min: 1, max: 65_535 }),
  type: fc.constantFrom("host" as const, "srflx" as const, "prflx" as const, "relay" as const),
});

const section: fc.Arbitrary<MediaSection> = fc
  .tuple(fc.constantFrom("audio", "video"), fc.uniqueArray(fc.nat(127), { minLength: 1, maxLength: 5 }))
  .chain(([kind, payloadTypes]) =>
    fc
      .tuple(
        fc.record({
          port: fc.nat(65_535),
          direction,
          bundleOnly: fc.boolean(),
          iceOptions: fc.array(word(1, 6), { maxLength: 3 }),
          fingerprints: fc.array(
            fc.record({ algorithm: fc.constantFrom("sha-1", "sha-256"), value: fc.constantFrom("AB:CD", "00") }),
            { maxLength: 3 },
          ),
          endOfCandidates: fc.boolean(),
          rtcpMux: fc.boolean(),
          rtcpReducedSize: fc.boolean(),
          codecs: fc.tuple(...payloadTypes.map((payloadType) => codec(payloadType, kind === "audio"))),
          headerExtensions: fc.array(
            fc
              .tuple(fc.integer({ min: 1, max: 255 }), word(1, 20), optional("direction", direction))
              .map(([id, uri, some]) => ({ id, uri, ...some })),
            { maxLength: 5 },
          ),
          extmapAllowMixed: fc.boolean(),
          msids: fc.array(
            fc.tuple(word(1, 10), optional("trackId", word(1, 10))).map(([streamId, some]) => ({ streamId, ...some })),
            { maxLength: 3 },
          ),
          ssrcs: fc.uniqueArray(
            fc.tuple(uint32, optional("cname", word(1, 10))).map(([ssrc, some]) => ({ ssrc, ...some })),
            { maxLength: 4, selector: (each) => each.ssrc },
          ),
          ssrcGroups: fc.array(
            fc.record({ semantics: fc.constantFrom("FID", "SIM"), ssrcs: fc.array(uint32, { minLength: 1, maxLength: 3 }) }),
            { maxLength: 3 },
          ),
          rids: fc.uniqueArray(rid, { maxLength: 4, selector: (each) => each.rid }),
        }),
        fc.array(candidate, { maxLength: 4 }).map((list) => list.map(({ address, ...rest }) => ({ ...rest, ...address }))),
        optional("ice", fc.record({ ufrag: iceText(4, 10), pwd: iceText(22, 30) })),
        optional("setup", fc.constantFrom("actpass", "active", "passive")),
        optional("simulcast", fc.record({ send: streams, recv: fc.oneof(streams, fc.constant([])) })),
        optional("sctpPort", fc.nat(65_535)),
        optional("maxMessageSizeBytes", uint32),
      )
      .map(([fields, candidates, ...optionals]): MediaSection => {
        const formats = payloadTypes.map(String);
        return Object.assign({ kind, protocol: "UDP/TLS/RTP/SAVPF", formats, ...fields, candidates }, ...optionals);
      }),
  );

const description: fc.Arbitrary<SessionDescription> = fc
  .record({
    origin: fc.record({ username: word(1, 5), sessionId: fc.nat().map(String), sessionVersion: fc.nat().map(String) }),
    iceLite: fc.boolean(),
    sections: fc.array(section, { maxLength: 4 }),
    hasGroup: fc.boolean(),
  })
  .map(({ hasGroup, sections, ...rest }) => {
    const named = sections.map((each, index) => (index % 2 === 0 ? { ...each, mid: `m${index}` } : each));
    const mids = named.flatMap((each) => ("mid" in each ? [String(each.mid)] : []));
    return { ...rest, sections: named, groups: hasGroup ? [{ semantics: "BUNDLE", mids }] : [] };
  });

test("parsing gives back what was serialized", () => {
  fc.assert(
    fc.property(description, (generated) => {
      // Some of what fast-check makes has no prototype.
      const value: SessionDescription = JSON.parse(JSON.stringify(generated));
      const text = serializeSessionDescription(value);
      const result = parseSessionDescription(text);
      assert.ok(result.ok, result.ok ? "" : `${result.reason}\n${text}`);
      assert.deepEqual(result.description, value);
    }),
    { numRuns: 300 },
  );
});
