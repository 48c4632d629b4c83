import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressOwners } from "./address-owners.js";
import type { Transport } from "./transport.js";

const transport = (id: string) => ({ id }) as Transport;

test("an address has one owner; who waits for it gets it when the owner lets go, and all of them hear of its end", () => {
  const owners = new AddressOwners();
  const [ann, bob] = [transport("ann"), transport("bob")];
  assert.ok(owners.claim(3, ann, true));
  assert.ok(!owners.claim(3, bob, true));
  assert.deepEqual(owners.claimantsOf(3), [ann, bob]);
  owners.release(3, ann);
  assert.deepEqual([owners.ownerOf(3), owners.isValidated(3)], [bob, true]);
  owners.release(3, bob);
  assert.deepEqual([owners.ownerOf(3), owners.claimantsOf(3)], [undefined, []]);
});

test("numbers far apart are as good as dense ones", () => {
  const owners = new AddressOwners();
  const ann = transport("ann");
  owners.claim(16_400, ann, true);
  assert.equal(owners.ownerOf(16_400), ann);
  for (const address of [0, 16_399, 16_401])
    assert.deepEqual([owners.ownerOf(address), owners.isValidated(address)], [undefined, false]);
});
