import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AddTrackRequest,
  Encryption_Type,
  TrackSource,
  TrackType,
  VideoLayer,
  VideoLayer_Mode,
  VideoQuality,
} from "@livekit/protocol";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { addedTrack } from "./added-track.js";

const { LOW, MEDIUM, HIGH } = VideoQuality;
const layer = (quality: VideoQuality, width: number, height: number) => new VideoLayer({ quality, width, height });
const LAYERS = [layer(LOW, 320, 180), layer(MEDIUM, 640, 360), layer(HIGH, 1280, 720)];

function video(codec: string, options: Partial<AddTrackRequest> = {}, mode = VideoLayer_Mode.MODE_UNUSED): AddTrackRequest {
  const layers = LAYERS.map((each) => each.clone());
  return new AddTrackRequest({
    cid: "c",
    type: TrackType.VIDEO,
    source: TrackSource.CAMERA,
    layers,
    simulcastCodecs: [{ codec, cid: "c", videoLayerMode: mode }],
    ...options,
  });
}

test("encodings get the names that LiveKit's clients give them, spatial layers none", () => {
  const rids = (request: AddTrackRequest) => addedTrack(request).params.layers?.map(({ rid }) => rid);
  assert.deepEqual(rids(video("vp8")), ["q", "h", "f"]);
  assert.deepEqual(rids(video("video/H264")), ["q", "h", "f"]);
  assert.deepEqual(rids(video("vp9")), [undefined, undefined, undefined]);
  assert.deepEqual(rids(video("av1", {}, VideoLayer_Mode.ONE_SPATIAL_LAYER_PER_STREAM)), ["q", "h", "f"]);
  assert.deepEqual(rids(video("vp8", { layers: [layer(HIGH, 1280, 720)] })), [undefined]);
});

test("what the publisher says of its track is kept", () => {
  const { params, details, aliases } = addedTrack(
    video("VP9", { encryption: Encryption_Type.GCM, disableDtx: true, stream: "s", width: 1280, height: 720, name: "face" }),
  );
  assert.deepEqual([params.kind, params.source, params.name], ["video", "camera", "face"]);
  assert.deepEqual(
    [details.wishedCodec, details.encryption, details.isDtxDisabled, details.stream, details.width],
    ["vp9", 1, true, "s", 1280],
  );
  assert.deepEqual(aliases, []);
  const backup = video("vp9", { simulcastCodecs: video("vp9").simulcastCodecs });
  for (const codec of backup.simulcastCodecs) codec.cid = "other";
  assert.deepEqual(addedTrack(backup).aliases, ["other"]);
});

test("whatever is asked for is a track of bounded size or a refusal", () => {
  const text = fc.string({ maxLength: 400 });
  const anyTrack = fc.record({
    cid: text,
    name: text,
    stream: text,
    type: fc.integer({ min: 0, max: 4 }),
    source: fc.integer({ min: 0, max: 9 }),
    width: fc.nat(),
    height: fc.nat(),
    encryption: fc.integer({ min: 0, max: 5 }),
    audioFeatures: fc.array(fc.nat(), { maxLength: 40 }),
  });
  fc.assert(
    fc.property(anyTrack, text, (fields, codec) => {
      try {
        const { params, details } = addedTrack(new AddTrackRequest({ ...fields, simulcastCodecs: [{ codec }] }));
        assert.ok(params.cid.length <= 128 && (details.width ?? 0) <= 16_384 && (details.audioFeatures?.length ?? 0) <= 16);
      } catch (error) {
        assert.ok(error instanceof SluiceError, String(error));
      }
    }),
  );
});
