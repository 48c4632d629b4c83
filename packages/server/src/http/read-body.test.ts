import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import { readBody } from "./read-body.js";

const isUnavailable = (error: unknown) => error instanceof SluiceError && error.code === "unavailable";

test("a body is all of its chunks", async () => {
  const chunks = [Buffer.from("ab"), Buffer.from("c")];
  assert.equal((await readBody(Readable.from(chunks, { objectMode: false }), 3))?.toString(), "abc");
  assert.equal((await readBody(Readable.from([], { objectMode: false }), 0))?.length, 0);
});

test("a body that is too long is read to its end, and kept by nobody", async () => {
  const stream = Readable.from([Buffer.alloc(3), Buffer.alloc(3), Buffer.alloc(3)], { objectMode: false });
  const end = once(stream, "end");
  assert.equal(await readBody(stream, 5), undefined);
  await end;
});

test("a caller that goes away is noticed, whenever that is", async () => {
  const stream = new PassThrough();
  const body = readBody(stream, 10);
  stream.write("half");
  stream.destroy();
  await assert.rejects(body, isUnavailable);
  await assert.rejects(readBody(stream, 10), isUnavailable);
});
