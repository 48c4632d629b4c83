import { counter, gauge, histogram } from "./metric.js";

/** What the control process knows: rooms, signaling, the server's API, webhooks, agents, and whether its workers live. */
export const NODE_METRICS = {
  sluice_build_info: gauge("Always 1; the labels say what runs", "version", "node_version"),
  sluice_ready: gauge("1 when clients may come, as /readyz says"),
  sluice_worker_up: gauge(
    "1 when the media worker answered this scrape; with 0 all else that it would tell is missing",
    "worker",
  ),
  sluice_worker_restarts_total: counter("Times that a media worker died and was replaced", "worker"),

  sluice_rooms: gauge("Rooms, the empty ones that wait included"),
  sluice_rooms_started_total: counter("Rooms that were made"),
  sluice_participants: gauge("Participants by the door they came through; room: forwarded here from another room", "door"),
  sluice_participants_away: gauge("Participants whose signaling was lost and that may still be resumed"),
  sluice_participants_joined_total: counter("Participants whose media connection stood", "door"),
  sluice_participants_left_total: counter("Participants that had media and left, and why", "reason"),
  sluice_participants_aborted_total: counter("Participants that left before their media connection stood, and why", "reason"),
  sluice_join_duration_seconds: histogram("From a client's first request to the answer that it has joined", "door"),
  sluice_media_connect_duration_seconds: histogram("From having joined to the first media connection that stands", "door"),
  sluice_tracks: gauge("Tracks that are published", "kind"),
  sluice_tracks_published_total: counter("Tracks whose publishing was agreed", "kind"),
  sluice_subscriptions: gauge("Subscriptions to tracks", "kind"),

  sluice_signaling_connections: gauge("WebSockets, and sessions of WHIP and WHEP, that are open", "door"),
  sluice_signaling_connections_total: counter("Such that were opened", "door"),
  sluice_signaling_requests_total: counter(
    "Requests by method and outcome; unknown: what is no request, ok: what was granted",
    "door",
    "method",
    "code",
  ),
  sluice_signaling_request_duration_seconds: histogram("From a request's arrival to its answer", "door", "method"),
  sluice_signaling_drops_total: counter("Connections refused or closed, and messages not taken", "door", "cause"),
  sluice_api_requests_total: counter("Calls of the server API by method and outcome", "method", "code"),
  sluice_api_request_duration_seconds: histogram("From a call's arrival to its answer", "method"),

  sluice_data_messages_total: counter("Data messages of participants that were allowed"),
  sluice_data_copies_total: counter(
    "Copies of data messages handed on: to data channels, to signaling, or again to who resumed",
    "way",
  ),
  sluice_data_drops_total: counter("Data messages, or copies of them, that were not handed on", "cause"),

  sluice_webhooks_queued: gauge(
    "Webhooks that wait or are on their way; receiver: its place in webhook.urls, from 0",
    "receiver",
  ),
  sluice_webhooks_delivered_total: counter("Webhooks that were taken", "receiver"),
  sluice_webhooks_retried_total: counter("Attempts that failed and are made again", "receiver"),
  sluice_webhooks_dropped_total: counter("Webhooks given up: refused, failed too often, or no room for them", "receiver"),

  sluice_agent_workers: gauge("Agent workers that are registered"),
  sluice_agent_jobs: gauge("Agent jobs that have not ended"),
  sluice_agent_events_total: counter("What happened with agent workers and jobs", "event"),
  sluice_agent_drops_total: counter("What agent workers sent or asked for and was not taken", "cause"),

  sluice_trace_spans_queued: gauge("Spans that wait for their export or are on their way; with tracing off there is none"),
  sluice_trace_spans_exported_total: counter("Spans that the collector has taken"),
  sluice_trace_exports_retried_total: counter("Requests to the collector that failed and are made again"),
  sluice_trace_spans_dropped_total: counter(
    "Spans given up: queue_full, refused by the collector, failed too often, left at shutdown",
    "cause",
  ),
} as const;
