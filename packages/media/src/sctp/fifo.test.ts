import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fifo } from "./fifo.js";

test("a Fifo does what an array does", () => {
  const command = fc.oneof({ weight: 3, arbitrary: fc.nat() }, { weight: 2, arbitrary: fc.constant("shift" as const) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 1000, size: "max" }), (commands) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const step of commands) {
        if (step === "shift") assert.equal(fifo.shift(), model.shift());
        else {
          fifo.push(step);
          model.push(step);
        }
        assert.equal(fifo.length, model.length);
        assert.equal(fifo.peek(), model[0]);
        assert.equal(fifo.at(model.length - 1), model[model.length - 1]);
        assert.equal(fifo.at(model.length), undefined);
      }
    }),
  );
});
