import type { DoorName } from "../../participant/door.js";
import type { Impairment } from "./parse-impairment.js";

/** What a subscriber receives: one video and everybody's audio, or everything. */
export const LAYOUTS = ["speaker", "grid"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** What a load of media is, the same for each of its processes. */
export interface MediaPlan {
  readonly url: string;
  readonly door: DoorName;
  readonly key: string;
  readonly secret: string;
  readonly roomPrefix: string;
  readonly rooms: number;
  /** In each room. */
  readonly videoPublishers: number;
  readonly audioPublishers: number;
  readonly subscribers: number;
  /** Whether subscribers are not told of each other. */
  readonly isHidden: boolean;
  /** Of each video. */
  readonly bitrateBps: number;
  readonly frameRate: number;
  readonly layout: Layout;
  readonly durationMs: number;
  readonly joinsPerSecond: number;
  /** One subscriber of so many does everything a client does; the others only count. */
  readonly sampleEvery: number;
  readonly impairment: Impairment | undefined;
  readonly processes: number;
  /** How long a participant may take to join and, where there is something, to receive the first packet. */
  readonly timeoutMs: number;
}

export type Role = "video" | "audio" | "subscriber";

/** Somebody of the load. */
export interface PlannedMember {
  readonly identity: string;
  readonly room: string;
  readonly role: Role;
  /** Whether it decrypts, repairs and measures. */
  readonly isSampled: boolean;
}

/** All publishers, or all subscribers, of one process: everybody takes turns, so that rooms fill evenly and processes have equal shares. */
export function membersOf(plan: MediaPlan, processIndex: number, isPublishing: boolean): PlannedMember[] {
  const { rooms, videoPublishers, audioPublishers, subscribers, processes, roomPrefix, sampleEvery } = plan;
  const perRoom: readonly Role[] = isPublishing
    ? [...Array<Role>(videoPublishers).fill("video"), ...Array<Role>(audioPublishers).fill("audio")]
    : Array<Role>(subscribers).fill("subscriber");
  const members: PlannedMember[] = [];
  let turn = 0;
  for (const [place, role] of perRoom.entries()) {
    for (let room = 0; room < rooms; room++, turn++) {
      if (turn % processes !== processIndex) continue;
      const isSampled = Math.floor(turn / processes) % sampleEvery === 0;
      members.push({ identity: `${role}-${place}`, room: `${roomPrefix}-${room}`, role, isSampled });
    }
  }
  return members;
}

export function totalsOf({ rooms, videoPublishers, audioPublishers, subscribers }: MediaPlan) {
  return { publishers: rooms * (videoPublishers + audioPublishers), subscribers: rooms * subscribers };
}

/** Subscribers that measure everything when nobody says otherwise: enough for quantiles, few enough to cost little. */
const SAMPLED = 50;

export function defaultSampleEvery(subscribers: number): number {
  return Math.max(1, Math.ceil(subscribers / SAMPLED));
}
