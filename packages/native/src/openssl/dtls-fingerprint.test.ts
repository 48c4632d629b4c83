import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Fingerprint } from "@sluice/media";
import { DtlsPair } from "../testing/dtls-pair.js";
import { Certificate } from "./certificate.js";
import { digestCertificate, HASH_NAMES } from "./certificate-digest.js";
import { createDtlsPort } from "./dtls-port.js";
import { PeerFingerprints } from "./peer-fingerprints.js";

const client = createDtlsPort({ clock: "virtual" });
const server = createDtlsPort({ clock: "virtual" });
const stranger = createDtlsPort();
after(() => {
  for (const port of [client, server, stranger]) port.close();
});

/** Runs a handshake in which the `checking` end expects `remoteFingerprints`; nobody may be connected at that end. */
function assertRefused(checking: "client" | "server", remoteFingerprints: readonly Fingerprint[]): DtlsPair {
  const pair = new DtlsPair({ client, server, [`${checking}Options`]: { remoteFingerprints } });
  pair.run();
  const [refusing, refused] = checking === "client" ? [pair.client, pair.server] : [pair.server, pair.client];
  assert.equal(refusing.connected, undefined);
  assert.equal(refused.connected, undefined, "the refused end learns of it inside the handshake");
  assert.notEqual(refusing.closedReason, undefined);
  assert.match(refused.closedReason ?? "", /bad certificate/);
  pair.close();
  return pair;
}

for (const checking of ["client", "server"] as const) {
  test(`[RFC8122 §6.2] a wrong fingerprint: the ${checking} refuses, both ends are closed, none was connected`, () => {
    const pair = assertRefused(checking, [stranger.fingerprint]);
    const reason = checking === "client" ? pair.client.closedReason : pair.server.closedReason;
    assert.match(reason ?? "", /fingerprint mismatch/);
  });

  test(`attack 8: the ${checking} refuses when no fingerprint is listed`, () => {
    assertRefused(checking, []);
  });

  test(`attack 8: the ${checking} refuses when only unknown hashes are listed`, () => {
    const remote = checking === "client" ? server : client;
    assertRefused(checking, [
      { algorithm: "md5", value: remote.fingerprint.value },
      { algorithm: "sha-224", value: remote.fingerprint.value },
      { algorithm: "__proto__", value: "" },
    ]);
  });

  test(`attack 8: the ${checking} refuses a list of ten thousand, at no cost, though the right one is in it`, () => {
    const remote = checking === "client" ? server : client;
    assertRefused(checking, new Array<Fingerprint>(10_000).fill(remote.fingerprint));
  });
}

test("attack 4: data behind a certificate that is not the right one is never delivered", () => {
  const pair = new DtlsPair({
    client,
    server,
    serverOptions: { remoteFingerprints: [stranger.fingerprint] },
    // The server's refusal does not arrive: the client would go on if it could.
    link: (_index, from, datagram) => (from === "server" && datagram[0] === 21 ? [] : [{ delayMs: 10, datagram }]),
  });
  pair.run(() => pair.server.closedReason !== undefined);
  assert.equal(pair.client.session.send(Buffer.from("believe me")), false);
  pair.run();
  assert.deepEqual(
    pair.server.events.map(({ type }) => type),
    ["closed"],
  );
  pair.close();
});

test("[RFC8122 §5] any of the known hashes will do, in any letter case, beside others that do not match", () => {
  const certificate = new Certificate();
  const other = stranger.fingerprint;
  for (const name of HASH_NAMES) {
    const value = digestCertificate(certificate.x509, name);
    const listed = [other, { algorithm: "md5", value: "00" }, { algorithm: name.toUpperCase(), value: value.toLowerCase() }];
    assert.equal(new PeerFingerprints(listed).refuse(certificate.x509), undefined, name);
    const wrong = `${value.slice(0, -2)}${value.endsWith("00") ? "01" : "00"}`;
    assert.match(new PeerFingerprints([other, { algorithm: name, value: wrong }]).refuse(certificate.x509) ?? "", /mismatch/);
  }
  certificate.close();
});

test("a hash of the right certificate under the name of another hash does not match", () => {
  const certificate = new Certificate();
  const value = digestCertificate(certificate.x509, "sha-256");
  assert.match(new PeerFingerprints([{ algorithm: "sha-1", value }]).refuse(certificate.x509) ?? "", /mismatch/);
  certificate.close();
});
