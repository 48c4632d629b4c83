import { randomBytes } from "node:crypto";
import {
  CreateRoomRequest,
  DataPacket_Kind,
  DeleteRoomRequest,
  ListParticipantsRequest,
  ListParticipantsResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  MuteRoomTrackRequest,
  MuteRoomTrackResponse,
  ParticipantInfo,
  Room,
  RoomParticipantIdentity,
  SendDataRequest,
  UpdateRoomMetadataRequest,
} from "@livekit/protocol";
import { callTwirp } from "../../http/call-twirp.js";

const SERVICE = "livekit.RoomService";
/** By which a server knows a message that comes twice. */
const NONCE_BYTES = 16;

/** A request: a message of @livekit/protocol. */
interface Serializable {
  toJsonString(): string;
}

/** What an answer is read with. */
interface AnswerType<Answer> {
  fromJson(json: never, options: { readonly ignoreUnknownFields: boolean }): Answer;
}

export interface RoomSettings {
  readonly emptyTimeoutSeconds: number | undefined;
  readonly departureTimeoutSeconds: number | undefined;
  readonly maxParticipants: number | undefined;
  readonly metadata: string | undefined;
}

export interface RoomMessage {
  readonly data: Uint8Array;
  /** Identities; empty: everybody. */
  readonly to: readonly string[];
  readonly topic: string | undefined;
  readonly isLossy: boolean;
}

/** LiveKit's RoomService, of whatever server has it. Every call throws SluiceError with what to do. */
export class RoomApi {
  readonly #url: string;
  readonly #token: string;

  /** `url`: http or https. `token`: with the grants of the calls that will be made. */
  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Those named, or all. */
  list(names: readonly string[]): Promise<ListRoomsResponse> {
    return this.#call("ListRooms", new ListRoomsRequest({ names: [...names] }), ListRoomsResponse);
  }

  create(name: string, settings: RoomSettings): Promise<Room> {
    const { emptyTimeoutSeconds, departureTimeoutSeconds, maxParticipants, metadata } = settings;
    const request = new CreateRoomRequest({
      name,
      emptyTimeout: emptyTimeoutSeconds ?? 0,
      departureTimeout: departureTimeoutSeconds ?? 0,
      maxParticipants: maxParticipants ?? 0,
      metadata: metadata ?? "",
    });
    return this.#call("CreateRoom", request, Room);
  }

  delete(room: string): Promise<void> {
    return this.#do("DeleteRoom", new DeleteRoomRequest({ room }));
  }

  participants(room: string): Promise<ListParticipantsResponse> {
    return this.#call("ListParticipants", new ListParticipantsRequest({ room }), ListParticipantsResponse);
  }

  participant(room: string, identity: string): Promise<ParticipantInfo> {
    return this.#call("GetParticipant", new RoomParticipantIdentity({ room, identity }), ParticipantInfo);
  }

  remove(room: string, identity: string): Promise<void> {
    return this.#do("RemoveParticipant", new RoomParticipantIdentity({ room, identity }));
  }

  mute(room: string, identity: string, trackSid: string, muted: boolean): Promise<MuteRoomTrackResponse> {
    const request = new MuteRoomTrackRequest({ room, identity, trackSid, muted });
    return this.#call("MutePublishedTrack", request, MuteRoomTrackResponse);
  }

  setMetadata(room: string, metadata: string): Promise<Room> {
    return this.#call("UpdateRoomMetadata", new UpdateRoomMetadataRequest({ room, metadata }), Room);
  }

  send(room: string, { data, to, topic, isLossy }: RoomMessage): Promise<void> {
    const request = new SendDataRequest({
      room,
      data: new Uint8Array(data),
      kind: isLossy ? DataPacket_Kind.LOSSY : DataPacket_Kind.RELIABLE,
      destinationIdentities: [...to],
      nonce: new Uint8Array(randomBytes(NONCE_BYTES)),
      ...(topic === undefined ? {} : { topic }),
    });
    return this.#do("SendData", request);
  }

  #call<Answer>(method: string, request: Serializable, type: AnswerType<Answer>): Promise<Answer> {
    const parse = (answer: unknown) => type.fromJson(answer as never, { ignoreUnknownFields: true });
    return callTwirp({
      url: this.#url,
      service: SERVICE,
      method,
      token: this.#token,
      json: request.toJsonString(),
      parse,
    });
  }

  /** A call whose answer has nothing to say. */
  #do(method: string, request: Serializable): Promise<void> {
    return this.#call(method, request, { fromJson: () => undefined });
  }
}
