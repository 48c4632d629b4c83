import assert from "node:assert/strict";
import { test } from "node:test";
import { extendSsn, extendTsn } from "./serial-number.js";

test("[RFC9260 §1.6] a TSN goes on over the wrap, and back", () => {
  assert.equal(extendTsn(0, 0xffff_ffff), 0x1_0000_0000);
  assert.equal(extendTsn(0xffff_ffff, 0x1_0000_0000), 0xffff_ffff);
  assert.equal(extendTsn(5, 0x3_0000_0007), 0x3_0000_0005);
  assert.equal(0x3_0000_0005 >>> 0, 5);
});

test("[RFC9260 §6.5] a stream sequence number goes on over the wrap, and back", () => {
  assert.equal(extendSsn(0, 0xffff), 0x1_0000);
  assert.equal(extendSsn(0xffff, 0x1_0000), 0xffff);
  assert.equal(extendSsn(3, 0x5_0001), 0x5_0003);
});
