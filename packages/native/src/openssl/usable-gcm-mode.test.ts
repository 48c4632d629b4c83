import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { createNativeMemory } from "../ffi/native-memory.js";
import { createNativeCrypto } from "./native-crypto.js";
import { hasAesInstructions, isRight, usableGcmMode } from "./usable-gcm-mode.js";

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

test("one that gives a wrong answer is not used", { skip: usableGcmMode() === undefined }, () => {
  const mode = usableGcmMode();
  assert.ok(mode !== undefined && isRight(mode));
  const { functions } = mode;
  const but = (changed: Partial<typeof functions>) => ({ ...mode, functions: { ...functions, ...changed } });
  assert.ok(!isRight(but({ CRYPTO_gcm128_finish: () => 0 })), "it takes any tag");
  assert.ok(!isRight(but({ CRYPTO_gcm128_finish: () => -1 })), "it takes none");
  assert.ok(!isRight(but({ CRYPTO_gcm128_tag: () => undefined })), "it writes none");
  const isEven = (length: number) => length % 2 === 0;
  const { CRYPTO_gcm128_encrypt_ctr32: encrypt } = functions;
  assert.ok(
    !isRight(
      but({
        CRYPTO_gcm128_encrypt_ctr32: (context, source, output, length, stream) =>
          isEven(length) ? encrypt(context, source, output, length, stream) : 0,
      }),
    ),
    "it leaves out a byte",
  );
});

test("a key of another size is refused before OpenSSL sees it", () => {
  const memory = createNativeMemory(256);
  for (const length of [0, 15, 24, 33]) {
    for (const create of ["createAeadSealer", "createAeadOpener"] as const) {
      assert.throws(() => createNativeCrypto(memory)[create](new Uint8Array(length)), /16 or 32 bytes/);
    }
  }
});
