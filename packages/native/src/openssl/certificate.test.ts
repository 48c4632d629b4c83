import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { bindTable, POINTER } from "../ffi/bind-table.js";
import { Certificate } from "./certificate.js";
import { digestCertificate, HASH_NAMES } from "./certificate-digest.js";
import { sslFunctions } from "./ssl-functions.js";

// int i2d_X509_bio(BIO *bp, X509 *x509)
const derFunctions = bindTable({ i2d_X509_bio: ["int", [POINTER, POINTER]] });
const MS_PER_DAY = 86_400_000;

/** The certificate as the rest of the world reads it. */
function readByNode(certificate: Certificate): X509Certificate {
  const { BIO_new, BIO_s_mem, BIO_ctrl, BIO_read, BIO_free } = sslFunctions();
  const bio = BIO_new(BIO_s_mem());
  assert.equal(derFunctions().i2d_X509_bio(bio, certificate.x509), 1);
  const der = Buffer.alloc(BIO_ctrl(bio, 10, 0, 0));
  BIO_read(bio, der, der.length);
  BIO_free(bio);
  return new X509Certificate(der);
}

test("[RFC8827 §6.5] is a self-signed P-256 certificate that node:crypto accepts", () => {
  const certificate = new Certificate();
  const read = readByNode(certificate);
  assert.equal(read.subject, "CN=sluice");
  assert.equal(read.issuer, "CN=sluice");
  assert.equal(read.publicKey.asymmetricKeyType, "ec");
  assert.equal(read.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  assert.ok(read.verify(read.publicKey));
  certificate.close();
});

test("is valid from a day ago for a year", () => {
  const certificate = new Certificate();
  const { validFrom, validTo } = readByNode(certificate);
  assert.ok(Math.abs(Date.parse(validFrom) - (Date.now() - MS_PER_DAY)) < 60_000);
  assert.ok(Math.abs(Date.parse(validTo) - (Date.now() + 365 * MS_PER_DAY)) < 60_000);
  certificate.close();
});

test("[RFC5280 §4.1.2.2] has a positive serial number of 16 random bytes", () => {
  const serials = Array.from({ length: 20 }, () => {
    const certificate = new Certificate();
    const { serialNumber } = readByNode(certificate);
    certificate.close();
    return serialNumber;
  });
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/);
  assert.equal(new Set(serials).size, serials.length);
});

test("[RFC8122 §5] digests as node:crypto does", () => {
  const certificate = new Certificate();
  const read = readByNode(certificate);
  assert.deepEqual(certificate.fingerprint, { algorithm: "sha-256", value: read.fingerprint256 });
  assert.equal(digestCertificate(certificate.x509, "sha-1"), read.fingerprint);
  assert.equal(digestCertificate(certificate.x509, "sha-512"), read.fingerprint512);
  assert.deepEqual(
    HASH_NAMES.map((name) => digestCertificate(certificate.x509, name).length),
    [20, 32, 48, 64].map((bytes) => 3 * bytes - 1),
  );
  certificate.close();
});

test("gives no pointer after close, and closes twice without harm", () => {
  const certificate = new Certificate();
  certificate.close();
  certificate.close();
  assert.throws(() => certificate.x509, /closed certificate/);
  assert.throws(() => certificate.privateKey, /closed certificate/);
});
