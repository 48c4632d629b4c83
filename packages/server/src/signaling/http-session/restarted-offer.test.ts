import assert from "node:assert/strict";
import { test } from "node:test";
import { PeerOffer } from "../../testing/peer-offer.js";
import { compareOffers, describeOffer } from "../negotiation/offered-session.js";
import { restartedOffer } from "./restarted-offer.js";

const ICE = { ufrag: "$&ab", pwd: "abcdefghijklmnopqrst+/" };

test("a fragment's credentials become an offer that restarts ICE of the same peer connection, again and again", () => {
  const peer = new PeerOffer();
  peer.addSection("audio", "sendonly");
  peer.addSection("video", "sendonly");
  const first = peer.createSdp().replace("a=mid:0\r\n", "a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n");
  const second = restartedOffer(first, { ...ICE, ufrag: "efgh" });
  assert.equal(compareOffers(describeOffer(first), describeOffer(second)), "restart");
  assert.doesNotMatch(second, /a=candidate/);
  const third = restartedOffer(second, { ...ICE, ufrag: "ijkl" });
  assert.equal(compareOffers(describeOffer(second), describeOffer(third)), "restart");
  assert.equal(describeOffer(third).ufrag, "ijkl");
});

test("what stands in the credentials stands in the offer, whatever it means elsewhere", () => {
  const peer = new PeerOffer();
  peer.addSection("audio", "sendonly");
  assert.match(restartedOffer(peer.createSdp(), ICE), /^a=ice-ufrag:\$&ab\r$/m);
});
