import {
  AddTrackRequest,
  GetDataBlobRequest,
  LeaveRequest,
  MuteTrackRequest,
  Ping,
  PublishDataTrackRequest,
  SessionDescription,
  type SignalRequest,
  SimulateScenario,
  StoreDataBlobRequest,
  SubscriptionPermission,
  SyncState,
  TrackType,
  TrickleRequest,
  UnpublishDataTrackRequest,
  UpdateDataSubscription,
  UpdateLocalAudioTrack,
  UpdateLocalVideoTrack,
  UpdateParticipantMetadata,
  UpdateSubscription,
  UpdateTrackSettings,
  UpdateVideoLayers,
} from "@livekit/protocol";
import { answerSdp } from "../../../testing/peer-answer.js";
import { PeerOffer } from "../../../testing/peer-offer.js";

export type RequestMessage = SignalRequest["message"] & { readonly case: string };
export type RequestCase = RequestMessage["case"];
type RequestOf<C extends RequestCase> = Extract<RequestMessage, { readonly case: C }>["value"];

/** What a request can be about. */
export interface TrialScene {
  /** Track ids: two that the client publishes, one that it receives. */
  readonly ownAudio: string;
  readonly ownVideo: string;
  readonly received: string;
  /** The node's first offer. */
  readonly offer: SessionDescription;
}

/** A request of each kind, such that it would be granted by whoever knows it, and change something or be answered. */
export const REQUEST_TRIALS: { readonly [C in RequestCase]: (scene: TrialScene) => RequestOf<C> } = {
  offer: () => new SessionDescription({ type: "offer", sdp: offerSdp(), id: 1 }),
  answer: ({ offer: { id, sdp } }) => new SessionDescription({ type: "answer", sdp: answerSdp(sdp), id }),
  trickle: () => new TrickleRequest({ candidateInit: '{"candidate":"","sdpMid":"0","sdpMLineIndex":0}', final: true }),
  addTrack: () => new AddTrackRequest({ cid: "another", type: TrackType.VIDEO }),
  mute: ({ ownAudio: sid }) => new MuteTrackRequest({ sid, muted: true }),
  subscription: ({ received }) => new UpdateSubscription({ trackSids: [received], subscribe: false }),
  trackSetting: ({ received }) => new UpdateTrackSettings({ trackSids: [received], disabled: true }),
  leave: () => new LeaveRequest(),
  updateLayers: ({ ownVideo: trackSid }) =>
    new UpdateVideoLayers({ trackSid, layers: [{ quality: 0, width: 80, height: 45 }] }),
  subscriptionPermission: () => new SubscriptionPermission({ allParticipants: false }),
  syncState: ({ received }) => new SyncState({ trackSidsDisabled: [received] }),
  simulate: () => new SimulateScenario({ scenario: { case: "speakerUpdate", value: 1 } }),
  ping: () => 1n,
  updateMetadata: () => new UpdateParticipantMetadata({ name: "Ann", requestId: 1 }),
  pingReq: () => new Ping({ timestamp: 1n }),
  updateAudioTrack: ({ ownAudio: trackSid }) => new UpdateLocalAudioTrack({ trackSid, features: [0] }),
  updateVideoTrack: ({ ownVideo: trackSid }) => new UpdateLocalVideoTrack({ trackSid, width: 80, height: 45 }),
  publishDataTrackRequest: () => new PublishDataTrackRequest({ pubHandle: 1, name: "poses" }),
  unpublishDataTrackRequest: () => new UnpublishDataTrackRequest({ pubHandle: 1 }),
  updateDataSubscription: () => new UpdateDataSubscription({ updates: [{ trackSid: "DTR_poses", subscribe: true }] }),
  storeDataBlobRequest: () => new StoreDataBlobRequest({ requestId: 1 }),
  getDataBlobRequest: () => new GetDataBlobRequest({ requestId: 1 }),
};

function offerSdp(): string {
  const peer = new PeerOffer();
  peer.receive({ audio: 3, video: 3 });
  return peer.createSdp();
}
