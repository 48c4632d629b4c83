import assert from "node:assert/strict";
import { test } from "node:test";
import { AddTrackRequest, ClientInfo_SDK, TrackType } from "@livekit/protocol";
import { UNKNOWN_CLIENT } from "../../room/client-description.js";
import { MemoryNode } from "../../testing/memory-node.js";
import { PeerOffer } from "../../testing/peer-offer.js";
import { PublishedTracks } from "./published-tracks.js";

test("a track's other name is known in its offer, however many tracks there were before", () => {
  const ann = new MemoryNode().client("ann");
  ann.join({ client: { ...UNKNOWN_CLIENT, sdk: ClientInfo_SDK.JS } });
  const { session, participantId } = ann.membership;
  const published = new PublishedTracks(ann.membership);
  const add = (count: number) => {
    const simulcastCodecs = [{ codec: "vp8", cid: `alias-${count}` }];
    const request = new AddTrackRequest({ cid: `cid-${count}`, type: TrackType.VIDEO, simulcastCodecs });
    return published.add(request).track?.sid ?? "";
  };
  for (let count = 0; count < 300; count++) {
    const trackId = add(count);
    session.command((room) => room.unpublish(participantId, trackId));
  }
  const trackId = add(300);
  const peer = new PeerOffer();
  peer.addSection("video", "sendonly");
  published.offer(peer.createSdp().replace("a=mid:0\r\n", "a=mid:0\r\na=msid:- alias-300\r\n"));
  assert.deepEqual([...(session.media.participants.get(participantId)?.publishing?.published ?? [])], [["0", trackId]]);
});
