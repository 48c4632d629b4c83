import assert from "node:assert/strict";
import { test } from "node:test";
import { deserialize, serialize } from "node:v8";
import { readTable, type Table, writeTable } from "./worker-statistics.js";

const COLUMNS = ["packets", "lossRatio"] as const;

test("rows come out of a table as they went in, over the IPC channel too", () => {
  const rows = [
    { id: "a", packets: 2 ** 40, lossRatio: 0.25 },
    { id: "b", packets: 0, lossRatio: Number.NaN },
  ];
  const table = deserialize(serialize(writeTable(COLUMNS, rows))) as Table;
  assert.deepEqual(readTable(COLUMNS, table), rows);
  assert.deepEqual(readTable(COLUMNS, writeTable(COLUMNS, [])), []);
});

test("what a table lacks is not known", () => {
  const [row] = readTable(COLUMNS, { ids: ["a"], values: new Float64Array(1) });
  assert.deepEqual(row, { id: "a", packets: 0, lossRatio: Number.NaN });
});
