import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { createToken } from "./create-token.js";
import { CLOCK_TOLERANCE_SECONDS, TokenVerifier } from "./token-verifier.js";

const SECRET = "a-secret-of-at-least-thirty-two-bytes";
const verifier = new TokenVerifier(
  new Map([
    ["devkey", "secret"],
    ["key", SECRET],
  ]),
);
const NOW = Date.now();
const nowSeconds = Math.floor(NOW / 1000);
const good = { iss: "key", sub: "ann", exp: nowSeconds + 60, video: { roomJoin: true, room: "demo" } };

const encode = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function hs256(payload: unknown, secret = SECRET, header: unknown = { alg: "HS256", typ: "JWT" }): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

async function refused(token: string, expected: RegExp, unixMs = NOW): Promise<void> {
  await assert.rejects(verifier.verify(token, unixMs), (error) => {
    assert.ok(error instanceof SluiceError);
    assert.equal(error.code, "unauthenticated");
    assert.match(error.message, expected);
    assert.ok(!error.message.includes(SECRET));
    return true;
  });
}

test("a token made by createToken is accepted with all its claims", async () => {
  const token = await createToken({
    key: "devkey",
    secret: "secret",
    identity: "ann",
    name: "Ann",
    attributes: { role: "host" },
    grant: { roomJoin: true, room: "demo", canPublish: false },
  });
  const claims = await verifier.verify(token, Date.now());
  assert.equal(claims.sub, "ann");
  assert.equal(claims.name, "Ann");
  assert.deepEqual(claims.attributes, { role: "host" });
  assert.deepEqual(claims.video, { roomJoin: true, room: "demo", canPublish: false });
  assert.ok(claims.exp - Date.now() / 1000 > 6 * 3_600 - 60);
});

test("createToken refuses an empty identity and a time to live that is over", async () => {
  const options = { key: "k", secret: "s", identity: "ann", grant: {} };
  await assert.rejects(createToken({ ...options, identity: "" }), /without identity/);
  await assert.rejects(createToken({ ...options, ttlSeconds: 0 }), /must be positive/);
});

test("[attack 25] an expired token is refused, with 10 s for clocks that differ", async () => {
  const token = hs256({ ...good, exp: nowSeconds });
  await verifier.verify(token, (nowSeconds + CLOCK_TOLERANCE_SECONDS - 1) * 1000);
  await refused(token, /has expired/, (nowSeconds + CLOCK_TOLERANCE_SECONDS + 1) * 1000);
});

test("[attack 25] a token without exp, or not yet valid, is refused", async () => {
  await refused(hs256({ ...good, exp: undefined }), /claim exp is missing/);
  await refused(hs256({ ...good, exp: "never" }), /claim exp/);
  await refused(hs256({ ...good, nbf: nowSeconds + 60 }), /not valid yet/);
  await verifier.verify(hs256({ ...good, nbf: nowSeconds + 5 }), NOW);
});

test('[attack 25] alg "none" in any spelling is refused', async () => {
  for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
    await refused(`${encode({ alg })}.${encode(good)}.`, /HS256|malformed/);
    await refused(hs256(good, SECRET, { alg }), /HS256|malformed/);
  }
});

test("[attack 25] no other algorithm is taken, not even with a good signature of its own", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const signed = `${encode({ alg: "RS256" })}.${encode(good)}`;
  await refused(
    `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`,
    /must be signed with HS256/,
  );
  // The classical confusion: HMAC with a public key as its secret.
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  await refused(hs256(good, pem), /signature does not match/);
  for (const alg of ["HS384", "HS512", "EdDSA"]) await refused(hs256(good, SECRET, { alg }), /must be signed with HS256/);
});

test("[attack 25] an unknown key, another key's secret, or a changed payload is refused", async () => {
  await refused(hs256({ ...good, iss: "nobody" }), /not an API key of this node/);
  await refused(hs256({ ...good, iss: undefined }), /not an API key/);
  await refused(hs256({ ...good, iss: "__proto__" }), /not an API key/);
  await refused(hs256(good, "secret"), /signature does not match/);
  const [header, , signature] = hs256(good).split(".");
  await refused(`${header}.${encode({ ...good, sub: "admin" })}.${signature}`, /signature does not match/);
});

test("[attack 25] a huge token is refused before it is looked at", async () => {
  await refused(hs256({ ...good, metadata: "x".repeat(20_000) }), /longer than 16384/);
});

test("critical headers, embedded keys and odd shapes are refused", async () => {
  await refused(hs256(good, SECRET, { alg: "HS256", crit: ["exp"], exp: 1 }), /malformed/);
  await refused(hs256(good, "mine", { alg: "HS256", jwk: { kty: "oct", k: encode("mine") } }), /signature does not match/);
  for (const token of ["", ".", "..", "a.b", "a.b.c", "a.b.c.d.e", `${hs256(good)}.x`])
    await refused(token, /not a JWT|malformed/);
  await refused(hs256([]), /not a JWT|not an API key/);
  await refused(hs256({ ...good, sub: "x".repeat(257) }), /claim sub/);
  await refused(hs256({ ...good, video: { roomJoin: "yes" } }), /claim video\.roomJoin/);
});

test("any text is refused as unauthenticated", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join(".")),
      ),
      (text) => refused(text, /./),
    ),
  );
});
