import assert from "node:assert/strict";
import { test } from "node:test";
import { type HeaderExtension, offerDependencyDescriptor } from "./dependency-descriptor.js";

const DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/** What a browser with these extensions was told to negotiate; undefined: nothing. */
function told(extensions: readonly HeaderExtension[]): readonly HeaderExtension[] | undefined {
  let wanted: readonly HeaderExtension[] | undefined;
  offerDependencyDescriptor({
    getHeaderExtensionsToNegotiate: () => extensions,
    setHeaderExtensionsToNegotiate: (next) => {
      wanted = next;
    },
  });
  return wanted;
}

test("the dependency descriptor is offered, and everything else as it was", () => {
  const mid = { uri: "urn:ietf:params:rtp-hdrext:sdes:mid", direction: "sendrecv" } as const;
  const off = { uri: "urn:ietf:params:rtp-hdrext:toffset", direction: "stopped" } as const;
  assert.deepEqual(told([mid, { uri: DESCRIPTOR, direction: "stopped" }, off]), [
    mid,
    { uri: DESCRIPTOR, direction: "sendrecv" },
    off,
  ]);
});

test("nothing is changed where it is offered anyway, or where the browser does not know it", () => {
  assert.equal(told([{ uri: DESCRIPTOR, direction: "sendrecv" }]), undefined);
  assert.equal(told([]), undefined);
  offerDependencyDescriptor({});
});
