import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import koffi from "koffi";
import { IOVEC, MMSGHDR, SEGMENT_CMSG, writePointer } from "./message-header.js";
import { SOCKADDR_IN_BYTES, SOCKADDR_IN6_BYTES } from "./socket-address.js";

test("the layouts are those a C compiler would choose on this machine", () => {
  const iovec = koffi.struct({ base: "void*", length: "size_t" });
  const msghdr = koffi.struct({
    name: "void*",
    nameLength: "uint32_t",
    iovec: "void*",
    iovecCount: "size_t",
    control: "void*",
    controlLength: "size_t",
    flags: "int",
  });
  const mmsghdr = koffi.struct({ header: msghdr, messageLength: "uint" });
  const segment = koffi.struct({ length: "size_t", level: "int", type: "int", data: "uint16_t" });
  assert.equal(koffi.sizeof(mmsghdr), MMSGHDR.sizeBytes);
  assert.equal(koffi.offsetof(mmsghdr, "messageLength"), MMSGHDR.messageLength);
  for (const member of ["name", "nameLength", "iovec", "iovecCount", "control", "controlLength", "flags"] as const) {
    assert.equal(koffi.offsetof(msghdr, member), MMSGHDR[member], member);
  }
  assert.equal(koffi.sizeof(iovec), IOVEC.sizeBytes);
  assert.equal(koffi.offsetof(iovec, "length"), IOVEC.length);
  assert.equal(koffi.sizeof(segment), SEGMENT_CMSG.sizeBytes);
  for (const member of ["level", "type", "data"] as const) assert.equal(koffi.offsetof(segment, member), SEGMENT_CMSG[member]);
  assert.equal(SEGMENT_CMSG.lengthValue, koffi.offsetof(segment, "data") + 2);
  const sockaddrIn = koffi.struct({
    family: "uint16_t",
    port: "uint16_t",
    address: "uint32_t",
    zero: koffi.array("uint8_t", 8),
  });
  const sockaddrIn6 = koffi.struct({
    family: "uint16_t",
    port: "uint16_t",
    flow: "uint32_t",
    address: koffi.array("uint8_t", 16),
    scope: "uint32_t",
  });
  assert.equal(koffi.sizeof(sockaddrIn), SOCKADDR_IN_BYTES);
  assert.equal(koffi.sizeof(sockaddrIn6), SOCKADDR_IN6_BYTES);
});

test("a pointer is exact up to 2^53", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (address) => {
      const words = new Uint32Array(4);
      writePointer(words, 8, address);
      assert.equal(new DataView(words.buffer).getBigUint64(8, true), BigInt(address));
      assert.equal(words[1], 0);
    }),
  );
});
