import { RoomClients } from "@sluice/server/room-clients";
import { median, round } from "./summary.js";

const CONNECTIONS = 10_000;
const OPERATIONS_PER_ROUND = 1_000_000;
const ROUNDS = 9;
/** One connection of so many operations goes and comes back. */
const CHANGE_EVERY = 10;

export interface RegistryResult {
  readonly bench: "registry";
  readonly connections: number;
  readonly operationsPerSecond: number;
  readonly usPerOperation: number;
}

/** `npm run bench -- registry`: signaling connections found by participant, and one in ten taken out and put back, among 10,000. */
export async function benchRegistry(): Promise<void> {
  const clients = new RoomClients();
  const client: Parameters<RoomClients["set"]>[1] = { notify: () => undefined, close: () => undefined };
  const ids = Array.from({ length: CONNECTIONS }, (_, index) => `PA_${(index * 2_654_435_761).toString(36)}`);
  for (const id of ids) clients.set(id, client);
  const usPerOperation: number[] = [];
  for (let roundIndex = 0; roundIndex <= ROUNDS; roundIndex++) {
    const startMs = performance.now();
    for (let operation = 0; operation < OPERATIONS_PER_ROUND; operation++) {
      // A stride that shares no factor with the number of connections visits all of them, and none soon again.
      const id = ids[(operation * 7_919) % CONNECTIONS] as string;
      if (operation % CHANGE_EVERY === 0) {
        clients.remove(id);
        clients.set(id, client);
      } else if (clients.get(id) !== client) {
        throw new Error(`${id} is lost`);
      }
    }
    // The first warms V8 up.
    if (roundIndex > 0) usPerOperation.push(((performance.now() - startMs) * 1e3) / OPERATIONS_PER_ROUND);
  }
  const typical = median(usPerOperation);
  const result: RegistryResult = {
    bench: "registry",
    connections: CONNECTIONS,
    operationsPerSecond: Math.round(1e6 / typical),
    usPerOperation: round(typical, 4),
  };
  console.log(JSON.stringify(result));
}
