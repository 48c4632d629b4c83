import assert from "node:assert/strict";
import { test } from "node:test";
import { bindTable } from "../ffi/bind-table.js";
import { MissingSymbolError } from "../ffi/library.js";
import { opensslVersion, selfTest } from "./self-test.js";

test("says which OpenSSL answers, the one that Node.js says it was built with", () => {
  assert.match(selfTest(), new RegExp(`^OpenSSL ${opensslVersion()} by FFI`));
  assert.ok(opensslVersion().startsWith(process.versions.openssl.split("+")[0] ?? "?"));
});

test("names the function that a Node.js binary does not export, when it is first needed", () => {
  const functions = bindTable({ SSL_of_another_library: ["int", []] });
  assert.throws(
    () => functions(),
    (error) =>
      error instanceof MissingSymbolError && error.symbol === "SSL_of_another_library" && /official Node/.test(error.message),
  );
});
