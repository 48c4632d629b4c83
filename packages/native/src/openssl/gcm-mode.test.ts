import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { createNativeMemory } from "../ffi/native-memory.js";
import { gcmMode, hasAesInstructions } from "./gcm-mode.js";
import { createNativeCrypto } from "./native-crypto.js";

test("a processor without AES instructions is not asked for them", () => {
  const cpu = (flags: string) => `processor\t: 0\nflags\t\t: ${flags}\nbugs\t\t:\n`;
  assert.ok(hasAesInstructions(cpu("fpu ssse3 aes avx")));
  assert.ok(hasAesInstructions(cpu("aes fpu ssse3")));
  assert.ok(!hasAesInstructions(cpu("fpu ssse3 avx")));
  assert.ok(!hasAesInstructions(cpu("fpu ssse3 vaes aeskle")), "vaes and aeskle are others");
  assert.ok(!hasAesInstructions(cpu("fpu aes avx")));
  assert.ok(!hasAesInstructions(cpu("ssse3 aes") + cpu("ssse3")), "one of several");
  assert.ok(!hasAesInstructions(""), "nothing is known");
});

test("without it, or where an operator has taken instructions away, AES-GCM goes through EVP, and the self-test says so", () => {
  const program = `import("${new URL("self-test.js", import.meta.url)}").then(({ selfTest }) => console.log(selfTest()))`;
  const env = { ...process.env, OPENSSL_ia32cap: "~0x200000200000000" };
  const { stdout, status, stderr } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8", env });
  assert.match(stdout, /by FFI, AES-GCM through EVP\n$/, stderr);
  assert.equal(status, 0);
});

test("a key of another size is refused before it gets near", { skip: gcmMode() === undefined }, () => {
  const memory = createNativeMemory(256);
  for (const length of [0, 15, 24, 33]) {
    assert.throws(() => createNativeCrypto(memory).createAeadSealer(new Uint8Array(length)), /16 or 32 bytes/);
    assert.throws(() => gcmMode()?.createContext(new Uint8Array(length === 24 ? 23 : length)), /cannot make/);
  }
});
