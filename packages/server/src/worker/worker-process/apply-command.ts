import { type Instant, MediaCommandError, type MediaCore } from "@sluice/media";
import type { FromWorker, ToWorker } from "../messages.js";

/** What is about the process that the worker is, and not about media. */
const PROCESS_COMMANDS = ["getStatistics", "getMetrics", "profile", "endProfile", "shutdown"] as const;

export type MediaCommand = Exclude<ToWorker, { readonly type: (typeof PROCESS_COMMANDS)[number] }>;

export function isMediaCommand(command: ToWorker): command is MediaCommand {
  return !PROCESS_COMMANDS.some((type) => type === command.type);
}

/**
 * Carries out one command; what could not be done comes back as an event for the control process.
 *
 * Throws what is no refusal but a broken invariant: the worker dies of it and is replaced, for nobody knows what state it is in.
 */
export function applyCommand(core: MediaCore, command: MediaCommand, now: Instant): FromWorker | undefined {
  try {
    carryOut(core, command, now);
    return undefined;
  } catch (error) {
    // RangeError: a value that the control process took over from a peer and that the core does not accept.
    if (!(error instanceof MediaCommandError || error instanceof RangeError)) throw error;
    return { type: "commandFailed", command: command.type, objectId: objectOf(command), message: error.message };
  }
}

function carryOut(core: MediaCore, command: MediaCommand, now: Instant): void {
  switch (command.type) {
    case "openRouter":
      core.openRouter(command.routerId, command.options);
      break;
    case "closeRouter":
      core.closeRouter(command.routerId);
      break;
    case "openTransport":
      core.openTransport(command.routerId, command.transportId, command.parameters, now);
      break;
    case "connectTransport":
      core.connectTransport(command.transportId, command.remote, now);
      break;
    case "restartIce":
      core.restartIce(command.transportId, command.localIce, command.remoteIce, now);
      break;
    case "closeTransport":
      core.closeTransport(command.transportId);
      break;
    case "limitBandwidth":
      core.transport(command.transportId).sharing.limitBps = command.limitBps;
      break;
    case "openProducer":
      core.openProducer(command.transportId, command.parameters);
      break;
    case "copyProducer":
      core.copyProducer(command.producerId, command.routerId, command.copyId, command.layer);
      break;
    case "closeProducer":
      core.closeProducer(command.producerId);
      break;
    case "setProducerPaused":
      core.setProducerPaused(command.producerId, command.isPaused, now);
      break;
    case "openConsumer":
      core.openConsumer(command.transportId, command.parameters, now);
      break;
    case "closeConsumer":
      core.closeConsumer(command.consumerId);
      break;
    case "releaseConsumers":
      core.releaseConsumers(command.transportId, now);
      break;
    case "setConsumerPaused":
      core.setConsumerPaused(command.consumerId, command.isPaused, now);
      break;
    case "setConsumerPreference":
      core.setConsumerPreference(command.consumerId, command.preference);
      break;
    case "openDataChannel":
      core.openDataChannel(command.transportId, command.parameters, now);
      break;
    case "sendData":
      core.sendData(command.transportIds, command.label, command.isBinary, command.payload, now);
      break;
  }
}

/** The id of what it is about. */
export function objectOf(command: MediaCommand): string {
  switch (command.type) {
    case "openRouter":
    case "closeRouter":
      return command.routerId;
    case "openTransport":
    case "connectTransport":
    case "restartIce":
    case "closeTransport":
    case "limitBandwidth":
    case "releaseConsumers":
      return command.transportId;
    case "openProducer":
      return command.parameters.producerId;
    case "copyProducer":
      return command.copyId;
    case "closeProducer":
    case "setProducerPaused":
      return command.producerId;
    case "openConsumer":
      return command.parameters.consumerId;
    case "closeConsumer":
    case "setConsumerPaused":
    case "setConsumerPreference":
      return command.consumerId;
    case "openDataChannel":
      return command.transportId;
    case "sendData":
      return command.label;
  }
}
