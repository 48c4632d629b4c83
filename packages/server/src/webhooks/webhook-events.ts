/** Everything a webhook is sent for, in LiveKit's words. docs/reference/webhooks.md has what each means. */
export const WEBHOOK_EVENTS = [
  "room_started",
  "room_finished",
  "participant_joined",
  "participant_left",
  "participant_connection_aborted",
  "track_published",
  "track_unpublished",
] as const;

export type WebhookEventName = (typeof WEBHOOK_EVENTS)[number];

/** LiveKit's events of what this node does not do: a filter may name them, and nothing comes of it. */
export const FOREIGN_WEBHOOK_EVENTS = [
  "egress_started",
  "egress_updated",
  "egress_ended",
  "ingress_started",
  "ingress_ended",
  "agent_job_started",
  "agent_job_ended",
] as const;
