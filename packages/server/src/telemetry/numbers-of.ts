/** Counters by name: the numbers among the fields of an object. */
export function numbersOf(counters: object): [name: string, count: number][] {
  return Object.entries(counters).filter((entry): entry is [string, number] => typeof entry[1] === "number");
}
