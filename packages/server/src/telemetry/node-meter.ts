import type { AgentDispatcher } from "../agents/agent-dispatcher.js";
import { PARTICIPANT_DOORS } from "../room/participant-door.js";
import type { Room } from "../room/room.js";
import type { Rooms } from "../session/rooms.js";
import type { Webhooks } from "../webhooks/webhooks.js";
import type { Histogram } from "./histogram.js";
import type { MetricReadings } from "./metric-readings.js";
import { numbersOf } from "./numbers-of.js";
import type { RequestMeter } from "./request-meter.js";
import type { RoomMeter } from "./room-meter.js";
import { snakeCase } from "./snake-case.js";
import type { SpanExporter } from "./tracing/span-exporter.js";

/** A way in, as far as it is measured. */
export interface MeteredDoor {
  /** Value of the label `door`. */
  readonly name: string;
  readonly openCount: () => number;
  /** What is a number in it and is no request or connection is a drop. */
  readonly counters: {
    readonly connections: number;
    readonly methods: RequestMeter;
    readonly joinDurations: Histogram;
  };
}

/** What of a node is measured. */
export interface MeteredNode {
  readonly isReady: () => boolean;
  readonly rooms: Rooms;
  readonly roomMeter: RoomMeter;
  readonly doors: readonly MeteredDoor[];
  /** Of the server API. */
  readonly api: { readonly methods: RequestMeter };
  readonly webhooks: Webhooks;
  readonly agents: AgentDispatcher;
  /** Undefined: nothing is traced. */
  readonly traces: Pick<SpanExporter, "counters" | "queuedCount"> | undefined;
}

/** Of the counters of a door: the rest is what was refused, closed or not taken. */
const NO_DROPS: ReadonlySet<string> = new Set(["connections", "requests", "requestsRefused"]);
/** Of the counters of data messages likewise. */
const DATA_COPIES: ReadonlySet<string> = new Set(["toChannels", "toSignaling", "replayed"]);
/** Of the counters of agents: these are drops, the rest is what happened. */
const AGENT_DROPS: ReadonlySet<string> = new Set([
  "upgradesRefused",
  "registrationsRefused",
  "malformedMessages",
  "rateLimited",
  "silent",
  "slowReaders",
  "dispatchesRefused",
  "jobsRefused",
  "strayAnswers",
  "migrationsIgnored",
]);

/** Reads everything that the control process knows. */
export function readNode(readings: MetricReadings, node: MeteredNode, version: string): void {
  readings.add("sluice_build_info", 1, { version, node_version: process.version });
  readings.add("sluice_ready", Number(node.isReady()), {});
  node.roomMeter.read(readings);
  readRooms(readings, node.rooms);
  for (const door of node.doors) readDoor(readings, door);
  readRequests(node.api.methods, (method, counts, durations) => {
    for (const [code, times] of counts) readings.add("sluice_api_requests_total", times, { method, code });
    readings.add("sluice_api_request_duration_seconds", durations, { method });
  });
  readData(readings, node.rooms);
  readWebhooks(readings, node.webhooks);
  readAgents(readings, node.agents);
  if (node.traces !== undefined) readTraces(readings, node.traces);
}

function readTraces(readings: MetricReadings, { counters, queuedCount }: NonNullable<MeteredNode["traces"]>): void {
  readings.add("sluice_trace_spans_queued", queuedCount, {});
  for (const [name, times] of numbersOf(counters)) {
    if (name === "exported") readings.add("sluice_trace_spans_exported_total", times, {});
    else if (name === "retried") readings.add("sluice_trace_exports_retried_total", times, {});
    else readings.add("sluice_trace_spans_dropped_total", times, { cause: snakeCase(name) });
  }
}

function readRooms(readings: MetricReadings, rooms: Rooms): void {
  const doors = new Map<string, number>(PARTICIPANT_DOORS.map((door) => [door, 0]));
  const tracks = { audio: 0, video: 0 };
  const subscriptions = { audio: 0, video: 0 };
  let away = 0;
  for (const { room } of rooms.list()) away += countRoom(room, doors, tracks, subscriptions);
  readings.add("sluice_rooms", rooms.count, {});
  for (const [door, participants] of doors) readings.add("sluice_participants", participants, { door });
  readings.add("sluice_participants_away", away, {});
  for (const kind of ["audio", "video"] as const) {
    readings.add("sluice_tracks", tracks[kind], { kind });
    readings.add("sluice_subscriptions", subscriptions[kind], { kind });
  }
}

type ByKind = Record<"audio" | "video", number>;

/** Adds up; returns who is away. */
function countRoom(room: Room, doors: Map<string, number>, tracks: ByKind, subscriptions: ByKind): number {
  let away = 0;
  for (const participant of room.participants) {
    doors.set(participant.door, (doors.get(participant.door) ?? 0) + 1);
    if (participant.presence.type === "away") away += 1;
    for (const { kind } of participant.tracks.values()) tracks[kind] += 1;
    for (const { track } of participant.subscriptions.values()) subscriptions[track.kind] += 1;
  }
  return away;
}

function readDoor(readings: MetricReadings, { name, openCount, counters }: MeteredDoor): void {
  const door = { door: name };
  readings.add("sluice_signaling_connections", openCount(), door);
  readings.add("sluice_signaling_connections_total", counters.connections, door);
  readings.add("sluice_join_duration_seconds", counters.joinDurations.read(), door);
  readRequests(counters.methods, (method, counts, durations) => {
    for (const [code, times] of counts) readings.add("sluice_signaling_requests_total", times, { ...door, method, code });
    readings.add("sluice_signaling_request_duration_seconds", durations, { ...door, method });
  });
  for (const [cause, times] of numbersOf(counters)) {
    if (!NO_DROPS.has(cause)) readings.add("sluice_signaling_drops_total", times, { ...door, cause: snakeCase(cause) });
  }
}

function readRequests(
  methods: RequestMeter,
  read: (method: string, counts: [code: string, times: number][], durations: ReturnType<Histogram["read"]>) => void,
): void {
  for (const { method, counts, durations } of methods.read()) {
    read(
      method,
      [...counts].map(([code, times]) => [snakeCase(code), times]),
      durations,
    );
  }
}

function readData(readings: MetricReadings, { dataCounters }: Rooms): void {
  for (const [name, times] of numbersOf(dataCounters)) {
    if (name === "accepted") readings.add("sluice_data_messages_total", times, {});
    else if (DATA_COPIES.has(name)) readings.add("sluice_data_copies_total", times, { way: snakeCase(name) });
    else readings.add("sluice_data_drops_total", times, { cause: snakeCase(name) });
  }
}

function readWebhooks(readings: MetricReadings, { counters, queuedCounts }: Webhooks): void {
  for (const [receiver, { delivered, retried, dropped }] of counters.entries()) {
    readings.add("sluice_webhooks_queued", queuedCounts[receiver] ?? 0, { receiver });
    readings.add("sluice_webhooks_delivered_total", delivered, { receiver });
    readings.add("sluice_webhooks_retried_total", retried, { receiver });
    readings.add("sluice_webhooks_dropped_total", dropped, { receiver });
  }
}

function readAgents(readings: MetricReadings, { counters, workerCount, jobCount }: AgentDispatcher): void {
  readings.add("sluice_agent_workers", workerCount, {});
  readings.add("sluice_agent_jobs", jobCount, {});
  for (const [name, times] of numbersOf(counters)) {
    if (AGENT_DROPS.has(name)) readings.add("sluice_agent_drops_total", times, { cause: snakeCase(name) });
    else readings.add("sluice_agent_events_total", times, { event: snakeCase(name) });
  }
}
