import { SluiceError } from "@sluice/protocol";
import { parseDuration } from "../../flags/duration.js";
import { integerFlag, isSet, listFlag, textFlag } from "../../flags/read-flags.js";
import type { Flags } from "../../flags/typed-flags.js";
import { plainText } from "../../terminal/plain-text.js";
import { UsageError } from "../../usage-error.js";
import { formatParticipants } from "./format-participants.js";
import { formatRooms } from "./format-rooms.js";
import type { ActionResult, RoomAction } from "./room-action.js";
import type { RoomApi } from "./room-api.js";
import { sourceName } from "./track-source-name.js";

const MAX_TIMEOUT_MS = 366 * 86_400_000;
/** A room is never as large. */
const MAX_PARTICIPANTS = 1_000_000;
/** Of a message, bytes: what LiveKit's clients take. */
const MAX_MESSAGE_BYTES = 64_000;

/** As protobuf's JSON form has it, with what is empty. */
const FULL = { emitDefaultValues: true };

const admin = ([room = ""]: readonly string[]) => ({ room, roomAdmin: true });

/** By the word after `sluice room`. */
export const ROOM_ACTIONS: Readonly<Record<string, RoomAction>> = {
  list: {
    parameters: ["[ROOM]"],
    isVariadic: true,
    meaning: "Show all rooms, or those named",
    flags: [],
    grant: () => ({ roomList: true }),
    run: async (api, names) => {
      const answer = await api.list(names);
      return {
        json: answer.toJson(FULL),
        format: (style, width) => formatRooms(answer.rooms, style, width, Date.now()),
      };
    },
  },
  create: {
    parameters: ["ROOM"],
    meaning: "Make a room, or change the settings of one there is",
    flags: ["empty-timeout", "departure-timeout", "max-participants", "metadata"],
    grant: () => ({ roomCreate: true }),
    run: async (api, [name = ""], flags) => {
      const room = await api.create(name, {
        emptyTimeoutSeconds: secondsFlag(flags, "empty-timeout"),
        departureTimeoutSeconds: secondsFlag(flags, "departure-timeout"),
        maxParticipants: integerFlag(flags, "max-participants", 1, MAX_PARTICIPANTS),
        metadata: textFlag(flags, "metadata"),
      });
      return { json: room.toJson(FULL), format: (style, width) => formatRooms([room], style, width, Date.now()) };
    },
  },
  delete: {
    parameters: ["ROOM"],
    meaning: "End a room; everybody in it is sent out",
    flags: [],
    grant: () => ({ roomCreate: true }),
    run: async (api, [room = ""]) => {
      await api.delete(room);
      return done(`room ${room} is deleted`);
    },
  },
  participants: {
    parameters: ["ROOM", "[IDENTITY]"],
    meaning: "Show everybody in a room with their tracks, or one of them",
    flags: [],
    grant: admin,
    run: async (api, [room = "", identity]) => {
      if (identity === undefined) {
        const answer = await api.participants(room);
        return {
          json: answer.toJson(FULL),
          format: (style, width) => formatParticipants(answer.participants, style, width, Date.now()),
        };
      }
      const participant = await api.participant(room, identity);
      return {
        json: participant.toJson(FULL),
        format: (style, width) => formatParticipants([participant], style, width, Date.now()),
      };
    },
  },
  kick: {
    parameters: ["ROOM", "IDENTITY"],
    meaning: "Send a participant out; its token still lets it in again",
    flags: [],
    grant: admin,
    run: async (api, [room = "", identity = ""]) => {
      await api.remove(room, identity);
      return done(`${identity} is out of room ${room}`);
    },
  },
  mute: {
    parameters: ["ROOM", "IDENTITY", "TRACK"],
    meaning: "Mute a track, given by its id or its source; --off unmutes it where the server allows that",
    flags: ["off"],
    grant: admin,
    run: async (api, [room = "", identity = "", track = ""], flags) => {
      const isMuted = !isSet(flags, "off");
      const sid = /^TR_/.test(track) ? track : await findTrack(api, room, identity, track);
      const answer = await api.mute(room, identity, sid, isMuted).catch((error: unknown) => {
        throw isMuted ? error : explainUnmute(error);
      });
      const text = `${identity}: ${sid} is ${isMuted ? "muted" : "unmuted"}`;
      return { json: answer.toJson(FULL), format: () => line(text) };
    },
  },
  metadata: {
    parameters: ["ROOM", "TEXT"],
    meaning: "Set what is said about a room; everybody in it is told",
    flags: [],
    grant: admin,
    run: async (api, [name = "", metadata = ""]) => {
      const room = await api.setMetadata(name, metadata);
      return { json: room.toJson(FULL), format: () => line(`room ${name}: metadata is ${JSON.stringify(room.metadata)}`) };
    },
  },
  send: {
    parameters: ["ROOM", "TEXT"],
    meaning: "Send a data message to everybody in a room, or to some",
    flags: ["to", "topic", "lossy"],
    grant: admin,
    run: async (api, [room = "", text = ""], flags) => {
      const data = Buffer.from(text);
      const to = listFlag(flags, "to");
      if (data.length > MAX_MESSAGE_BYTES)
        throw new UsageError(`TEXT has ${data.length} bytes, the limit is ${MAX_MESSAGE_BYTES}`);
      await api.send(room, { data, to, topic: textFlag(flags, "topic"), isLossy: isSet(flags, "lossy") });
      return done(`${data.length} bytes to ${to.length === 0 ? "everybody" : to.join(", ")} in room ${room}`);
    },
  },
};

/** The id of the track of this source ("camera", "microphone", …) or name. */
async function findTrack(api: RoomApi, room: string, identity: string, wanted: string): Promise<string> {
  const { tracks } = await api.participant(room, identity);
  const found = tracks.filter(({ source, type, name }) => sourceName(source, type) === wanted || name === wanted);
  const [track] = found;
  if (track !== undefined && found.length === 1) return track.sid;
  const known = tracks.map(({ sid, source, type }) => `${sid} (${sourceName(source, type)})`).join(", ") || "nothing";
  throw new SluiceError("notFound", `${identity} publishes ${found.length} tracks "${wanted}"; there is ${known}`);
}

/** A microphone that somebody else opens is not what people expect, so servers refuse it by default. */
function explainUnmute(error: unknown): unknown {
  if (!(error instanceof SluiceError && error.code === "failedPrecondition")) return error;
  return new SluiceError(
    error.code,
    `${error.message}; the server's option room.enable-remote-unmute allows it (LiveKit: room.enable_remote_unmute)`,
  );
}

function secondsFlag(flags: Flags, name: string): number | undefined {
  const duration = textFlag(flags, name);
  return duration === undefined ? undefined : Math.ceil(parseDuration(duration, name, MAX_TIMEOUT_MS) / 1_000);
}

function done(text: string): ActionResult {
  return { json: {}, format: () => line(text) };
}

function line(text: string): string {
  return `${plainText(text)}\n`;
}
