/** What a node says of itself every three seconds. */
export interface NodeReport {
  readonly nodeId: string;
  readonly streams: number;
  readonly cpuPercent: number;
}

/** A way of choosing nodes. */
export interface Placer {
  readonly name: string;
  /** Whether it needs to know where a room is: then a table of all rooms is asked first, and a room stays where it is. */
  readonly hasTable: boolean;
  addNode(nodeId: string): void;
  removeNode(nodeId: string): void;
  /** As if no table had the room. */
  choose(key: string): string;
  /** A room has been placed by the table's word; how large it will be nobody knows yet. */
  handlePlaced(nodeId: string): void;
  handleReports(reports: readonly NodeReport[], seconds: number): void;
}
