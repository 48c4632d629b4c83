import { SluiceError } from "@sluice/protocol";
import type { MediaFile } from "../media-file/media-file.js";
import type { DoorName } from "../participant/door.js";
import { HeadlessParticipant } from "../participant/headless-participant.js";
import type { MediaHost } from "../participant/media-host.js";
import type { CommandContext } from "./command.js";
import { Ending } from "./ending.js";
import { JoinReporter, REPORT_INTERVAL_MS } from "./join-reporter.js";

export interface PlannedParticipant {
  /** For messages about it. */
  readonly label: string;
  readonly token: string;
}

/** What `sluice join` is to do. */
export interface JoinPlan {
  readonly url: string;
  readonly door: DoorName;
  readonly participants: readonly PlannedParticipant[];
  readonly publish: readonly MediaFile[];
  readonly isSubscribing: boolean;
  /** The largest layer to receive of each video, counted from 0; undefined: all. */
  readonly maxSpatialLayer: number | undefined;
  readonly hasData: boolean;
  readonly isJson: boolean;
  readonly durationMs: number | undefined;
}

/**
 * From joining to leaving, of all participants of the plan.
 *
 * @returns the exit code 0
 * @throws SluiceError when one of them cannot join or is thrown out, or when all was for nothing
 */
export async function takePart(host: MediaHost, plan: JoinPlan, context: CommandContext): Promise<number> {
  const { url, door, publish, isSubscribing, maxSpatialLayer, hasData, durationMs } = plan;
  const reporter = new JoinReporter({ ...plan, hasSeveral: plan.participants.length > 1 }, context);
  const ended = new Ending(durationMs);
  const joining = plan.participants.map(({ label, token }) =>
    HeadlessParticipant.join({
      host,
      url,
      door,
      token,
      publish,
      subscribe: isSubscribing,
      ...(maxSpatialLayer === undefined ? {} : { maxSpatialLayer }),
      data: hasData,
      listener: {
        handleRepair: (cause) => reporter.handleRepair(label, cause),
        handleData: (message) => {
          if (hasData) reporter.handleData(label, message);
        },
        handleError: (error) => reporter.handleError(label, error),
        handleClosed: (_, error) => ended.handleFailure(error),
      },
    }),
  );
  const participants: HeadlessParticipant[] = [];
  try {
    const results = await Promise.allSettled(joining);
    for (const result of results) if (result.status === "fulfilled") participants.push(result.value);
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    for (const participant of participants) reporter.handleJoined(participant);
    const timer = setInterval(() => reporter.report(participants), REPORT_INTERVAL_MS);
    const cause = await ended.wait().finally(() => clearInterval(timer));
    reporter.reportRest(participants);
    reporter.summarize(participants);
    const isNothing = isSubscribing && participants.every(({ totals }) => totals.packets === 0);
    if (cause === "duration" && isNothing) {
      throw new SluiceError(
        "notFound",
        "nothing was received: nobody else publishes in this room, or UDP from the node is blocked",
      );
    }
    return 0;
  } finally {
    ended.stop();
    await Promise.all(participants.map((participant) => participant.leave()));
  }
}
