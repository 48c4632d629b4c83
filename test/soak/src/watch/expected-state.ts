import type { Scrape } from "./scrape.js";

/** A number of a node's metrics that is known when only the residents are there. */
interface Expectation {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `residents`: in one room, each with a track of either kind that the others receive. */
export function expectedState(residents: number): readonly Expectation[] {
  const perKind = (name: string, value: number) => ["audio", "video"].map((kind) => ({ name, labels: { kind }, value }));
  return [
    { name: "sluice_rooms", value: 1 },
    { name: "sluice_routers", value: 1 },
    { name: "sluice_participants", value: residents },
    { name: "sluice_participants_away", value: 0 },
    { name: "sluice_signaling_connections", value: residents },
    ...perKind("sluice_tracks", residents),
    ...perKind("sluice_subscriptions", residents * (residents - 1)),
    { name: "sluice_transports", value: residents },
    { name: "sluice_transports", labels: { state: "connected" }, value: residents },
    ...perKind("sluice_producers", residents),
    ...perKind("sluice_consumers", residents * (residents - 1)),
    { name: "sluice_consumers_starved", value: 0 },
    { name: "sluice_agent_jobs", value: 0 },
  ];
}

/** What is otherwise, in words; empty: everything is as it should be. */
export function differences(scrape: Scrape, expected: readonly Expectation[]): string[] {
  return expected.flatMap(({ name, labels = {}, value }) => {
    const found = scrape.total(name, labels);
    if (found === value) return [];
    const which = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return [`${name}${which.length === 0 ? "" : `{${which.join()}}`} is ${found}, not ${value}`];
  });
}
