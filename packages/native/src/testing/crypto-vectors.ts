/** Official test vectors of the primitives in the crypto port. All strings are hexadecimal. */

export interface AeadVector {
  readonly name: string;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly plaintext: string;
  readonly ciphertext: string;
  readonly tag: string;
}

const GCM_KEY = "feffe9928665731c6d6a8f9467308308";
const GCM_IV = "cafebabefacedbaddecaf888";
const GCM_AAD = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
const GCM_PLAINTEXT =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const GCM128_CIPHERTEXT =
  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e" +
  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985";
const GCM256_CIPHERTEXT =
  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
const HEX_OF_60_BYTES = 120;

/** McGrew & Viega, "The Galois/Counter Mode of Operation" (submitted to NIST for SP 800-38D), appendix B. */
export const GCM_VECTORS: readonly AeadVector[] = [
  {
    name: "GCM case 1",
    key: "00".repeat(16),
    iv: "00".repeat(12),
    aad: "",
    plaintext: "",
    ciphertext: "",
    tag: "58e2fccefa7e3061367f1d57a4e7455a",
  },
  {
    name: "GCM case 2",
    key: "00".repeat(16),
    iv: "00".repeat(12),
    aad: "",
    plaintext: "00".repeat(16),
    ciphertext: "0388dace60b6a392f328c2b971b2fe78",
    tag: "ab6e47d42cec13bdf53a67b21257bddf",
  },
  {
    name: "GCM case 3",
    key: GCM_KEY,
    iv: GCM_IV,
    aad: "",
    plaintext: GCM_PLAINTEXT,
    ciphertext: GCM128_CIPHERTEXT,
    tag: "4d5c2af327cd64a62cf35abd2ba6fab4",
  },
  {
    name: "GCM case 4",
    key: GCM_KEY,
    iv: GCM_IV,
    aad: GCM_AAD,
    plaintext: GCM_PLAINTEXT.slice(0, HEX_OF_60_BYTES),
    ciphertext: GCM128_CIPHERTEXT.slice(0, HEX_OF_60_BYTES),
    tag: "5bc94fbc3221a5db94fae95ae7121a47",
  },
  {
    name: "GCM case 13",
    key: "00".repeat(32),
    iv: "00".repeat(12),
    aad: "",
    plaintext: "",
    ciphertext: "",
    tag: "530f8afbc74536b9a963b4f1c4cb738b",
  },
  {
    name: "GCM case 14",
    key: "00".repeat(32),
    iv: "00".repeat(12),
    aad: "",
    plaintext: "00".repeat(16),
    ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
    tag: "d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    name: "GCM case 15",
    key: GCM_KEY + GCM_KEY,
    iv: GCM_IV,
    aad: "",
    plaintext: GCM_PLAINTEXT,
    ciphertext: GCM256_CIPHERTEXT,
    tag: "b094dac5d93471bdec1a502270e3cc6c",
  },
  {
    name: "GCM case 16",
    key: GCM_KEY + GCM_KEY,
    iv: GCM_IV,
    aad: GCM_AAD,
    plaintext: GCM_PLAINTEXT.slice(0, HEX_OF_60_BYTES),
    ciphertext: GCM256_CIPHERTEXT.slice(0, HEX_OF_60_BYTES),
    tag: "76fc6ece0f4e1768cddf8853bb2d551b",
  },
];

export interface CounterVector {
  readonly name: string;
  readonly key: string;
  /** First counter block. */
  readonly iv: string;
  readonly plaintext: string;
  readonly ciphertext: string;
}

const CTR_PLAINTEXT =
  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
  "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

export const COUNTER_VECTORS: readonly CounterVector[] = [
  {
    name: "SP 800-38A F.5.1",
    key: "2b7e151628aed2a6abf7158809cf4f3c",
    iv: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
    plaintext: CTR_PLAINTEXT,
    ciphertext:
      "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff" +
      "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
  },
  {
    name: "SP 800-38A F.5.5",
    key: "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
    iv: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
    plaintext: CTR_PLAINTEXT,
    ciphertext:
      "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5" +
      "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
  },
  {
    name: "RFC 3686 §6 vector 1",
    key: "ae6852f8121067cc4bf7a5765577f39e",
    iv: "00000030000000000000000000000001",
    plaintext: "53696e676c6520626c6f636b206d7367",
    ciphertext: "e4095d4fb7a7b3792d6175a3261311b8",
  },
];

export interface HmacVector {
  readonly name: string;
  readonly key: string;
  readonly data: string;
  readonly code: string;
}

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

export const HMAC_SHA1_VECTORS: readonly HmacVector[] = [
  { name: "RFC 2202 §3 case 1", key: "0b".repeat(20), data: hex("Hi There"), code: "b617318655057264e28bc0b6fb378c8ef146be00" },
  {
    name: "RFC 2202 §3 case 2",
    key: hex("Jefe"),
    data: hex("what do ya want for nothing?"),
    code: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
  },
  { name: "RFC 2202 §3 case 3", key: "aa".repeat(20), data: "dd".repeat(50), code: "125d7342b9ac11cd91a39af48aa17b4f63f175d3" },
  {
    name: "RFC 2202 §3 case 4",
    key: "0102030405060708090a0b0c0d0e0f10111213141516171819",
    data: "cd".repeat(50),
    code: "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
  },
  {
    name: "RFC 2202 §3 case 5",
    key: "0c".repeat(20),
    data: hex("Test With Truncation"),
    code: "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04",
  },
  {
    name: "RFC 2202 §3 case 6",
    key: "aa".repeat(80),
    data: hex("Test Using Larger Than Block-Size Key - Hash Key First"),
    code: "aa4ae5e15272d00e95705637ce8a3b55ed402112",
  },
  {
    name: "RFC 2202 §3 case 7",
    key: "aa".repeat(80),
    data: hex("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"),
    code: "e8e99d0f45237d786d6bbaa7965c7808bbff1a91",
  },
];
