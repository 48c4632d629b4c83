import { bindTable, POINTER } from "../ffi/bind-table.js";
import { clearErrors } from "./error-queue.js";

/** sizeof(AES_KEY), openssl/aes.h: 60 words of round keys and the number of rounds. */
const AES_KEY_BYTES = 244;

/**
 * libcrypto's GCM as a mode of operation (openssl/modes.h), and the AES that it is to use: the one for x86-64's AES instructions,
 * which no header declares but every official build of Node exports.
 */
const gcmFunctions = bindTable({
  // int aesni_set_encrypt_key(const unsigned char *userKey, int bits, AES_KEY *key); 0 for success
  aesni_set_encrypt_key: ["int", ["void*", "int", POINTER]],
  // GCM128_CONTEXT *CRYPTO_gcm128_new(void *key, block128_f block)
  CRYPTO_gcm128_new: [POINTER, [POINTER, POINTER]],
  // void CRYPTO_gcm128_release(GCM128_CONTEXT *ctx); wipes it
  CRYPTO_gcm128_release: ["void", [POINTER]],
  // void CRYPTO_gcm128_setiv(GCM128_CONTEXT *ctx, const unsigned char *iv, size_t len)
  CRYPTO_gcm128_setiv: ["void", [POINTER, POINTER, "size_t"]],
  // int CRYPTO_gcm128_aad(GCM128_CONTEXT *ctx, const unsigned char *aad, size_t len); 0 for success
  CRYPTO_gcm128_aad: ["int", [POINTER, POINTER, "size_t"]],
  // int CRYPTO_gcm128_encrypt_ctr32(GCM128_CONTEXT *ctx, const unsigned char *in, unsigned char *out, size_t len, ctr128_f stream)
  CRYPTO_gcm128_encrypt_ctr32: ["int", [POINTER, POINTER, POINTER, "size_t", POINTER]],
  // int CRYPTO_gcm128_decrypt_ctr32: the same
  CRYPTO_gcm128_decrypt_ctr32: ["int", [POINTER, POINTER, POINTER, "size_t", POINTER]],
  // void CRYPTO_gcm128_tag(GCM128_CONTEXT *ctx, unsigned char *tag, size_t len)
  CRYPTO_gcm128_tag: ["void", [POINTER, POINTER, "size_t"]],
  // int CRYPTO_gcm128_finish(GCM128_CONTEXT *ctx, const unsigned char *tag, size_t len); 0 when the tag is right, compared in constant time
  CRYPTO_gcm128_finish: ["int", [POINTER, POINTER, "size_t"]],
  // void *CRYPTO_zalloc(size_t num, const char *file, int line)
  CRYPTO_zalloc: [POINTER, ["size_t", POINTER, "int"]],
  // void CRYPTO_clear_free(void *ptr, size_t num, const char *file, int line)
  CRYPTO_clear_free: ["void", [POINTER, "size_t", POINTER, "int"]],
  // void *dlsym(void *handle, const char *symbol); a handle of NULL is the whole process
  dlsym: [POINTER, [POINTER, "str"]],
});

/** One key, ready for use. */
export interface GcmContext {
  readonly context: number;
  /** Wipes and frees both, the context and its key. */
  release(): void;
}

/** AES-GCM without EVP around it (ADR 0009). */
export interface GcmMode {
  readonly functions: ReturnType<typeof gcmFunctions>;
  /** Address of the function that encrypts counter blocks. */
  readonly counterBlocks: number;
  createContext(key: Uint8Array): GcmContext;
}

/**
 * Undefined when this build does not export the AES functions.
 *
 * @throws {MissingSymbolError} when it does not export another of the functions
 */
export function resolveGcmMode(): GcmMode | undefined {
  const functions = gcmFunctions();
  const block = functions.dlsym(0, "aesni_encrypt");
  const counterBlocks = functions.dlsym(0, "aesni_ctr32_encrypt_blocks");
  if (block === 0 || counterBlocks === 0) return undefined;
  return { functions, counterBlocks, createContext: (key) => createContext(functions, block, key) };
}

function createContext(functions: GcmMode["functions"], block: number, key: Uint8Array): GcmContext {
  const schedule = functions.CRYPTO_zalloc(AES_KEY_BYTES, 0, 0);
  const free = () => functions.CRYPTO_clear_free(schedule, AES_KEY_BYTES, 0, 0);
  if (schedule === 0) throw new Error("OpenSSL is out of memory");
  // 192 bits would do as well, but whoever calls has made sure that they are 128 or 256.
  const isSet = functions.aesni_set_encrypt_key(key, key.length * 8, schedule) === 0;
  const context = isSet ? functions.CRYPTO_gcm128_new(schedule, block) : 0;
  if (context === 0) {
    free();
    clearErrors();
    throw new Error(`OpenSSL cannot make an AES-GCM context of a key of ${key.length} bytes`);
  }
  const release = () => {
    functions.CRYPTO_gcm128_release(context);
    free();
  };
  return { context, release };
}
