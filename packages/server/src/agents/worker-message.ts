import {
  type AvailabilityResponse,
  type RegisterWorkerRequest,
  type SimulateJobRequest,
  type UpdateJobStatus,
  type UpdateWorkerStatus,
  WorkerMessage,
} from "@livekit/protocol";
import {
  MAX_ATTRIBUTES,
  MAX_ATTRIBUTES_LENGTH,
  MAX_ID_LENGTH,
  MAX_IDENTITY_LENGTH,
  MAX_METADATA_LENGTH,
  MAX_NAME_LENGTH,
} from "@sluice/protocol";

/** One message of a worker, bytes. The longest good one has metadata and attributes of 64 Ki characters each. */
export const MAX_WORKER_MESSAGE_BYTES = 524_288;

/** What a worker says, with nothing left to check in it. */
export type WorkerCall = Exclude<WorkerMessage["message"], { readonly case: undefined }>;

/**
 * A message of a worker: protobuf, or protobuf's JSON when it came as text. Undefined for what is none, or has a text in it that
 * is too long.
 */
export function parseWorkerMessage(data: Buffer, isBinary: boolean): WorkerCall | undefined {
  if (data.length > MAX_WORKER_MESSAGE_BYTES) return undefined;
  const message = decode(data, isBinary)?.message;
  // JSON can name a message and say null for it.
  return message?.value !== undefined && isWithinLimits(message) ? message : undefined;
}

function decode(data: Buffer, isBinary: boolean): WorkerMessage | undefined {
  try {
    // What is unknown is nothing to us: kept, it would only cost memory.
    if (isBinary) return WorkerMessage.fromBinary(data, { readUnknownFields: false });
    // JSON lets enumerations through that no message can be written with: it has to stand for one on the wire.
    const message = WorkerMessage.fromJsonString(data.toString("utf8"), { ignoreUnknownFields: true });
    return WorkerMessage.fromBinary(message.toBinary());
  } catch {
    // Whatever the decoder did not like, down to nesting deeper than its stack.
    return undefined;
  }
}

function isWithinLimits(call: WorkerCall): boolean {
  switch (call.case) {
    case "register":
      return isRegistration(call.value);
    case "availability":
      return isAvailability(call.value);
    case "updateWorker":
      return isWorkerUpdate(call.value);
    case "updateJob":
      return isJobUpdate(call.value);
    case "simulateJob":
      return isSimulation(call.value);
    case "ping":
    case "migrateJob":
      return true;
  }
}

function isRegistration({ agentName, namespace = "", deployment, version }: RegisterWorkerRequest): boolean {
  return [agentName, namespace, deployment, version].every(({ length }) => length <= MAX_NAME_LENGTH);
}

function isAvailability(answer: AvailabilityResponse): boolean {
  const attributes = Object.entries(answer.participantAttributes);
  return (
    answer.jobId.length <= MAX_ID_LENGTH &&
    answer.participantIdentity.length <= MAX_IDENTITY_LENGTH &&
    answer.participantName.length <= MAX_NAME_LENGTH &&
    answer.participantMetadata.length <= MAX_METADATA_LENGTH &&
    attributes.length <= MAX_ATTRIBUTES &&
    attributes.reduce((sum, [name, value]) => sum + name.length + value.length, 0) <= MAX_ATTRIBUTES_LENGTH
  );
}

function isWorkerUpdate({ load }: UpdateWorkerStatus): boolean {
  return Number.isFinite(load);
}

function isJobUpdate({ jobId }: UpdateJobStatus): boolean {
  return jobId.length <= MAX_ID_LENGTH;
}

function isSimulation({ room }: SimulateJobRequest): boolean {
  return room !== undefined && room.name.length >= 1 && room.name.length <= MAX_NAME_LENGTH;
}
