import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WantedSections } from "./wanted-sections.js";

test("a client is asked for what it lacks, once", () => {
  const sections = new WantedSections();
  sections.handleOffered({ audio: 3, video: 3 });
  const ask = (audio: number, video: number) => {
    const { numAudios, numVideos } = sections.require({ audio, video });
    return [numAudios, numVideos];
  };
  assert.deepEqual(ask(3, 3), [0, 0], "sections are free: an offer is all it takes");
  assert.deepEqual(ask(5, 4), [2, 1]);
  assert.deepEqual(ask(6, 4), [1, 0], "what was asked for before will be there");
  sections.handleOffered({ audio: 5, video: 4 });
  assert.deepEqual(ask(6, 5), [0, 1], "the sixth audio section is still on its way");
  sections.handleOffered({ audio: 6, video: 5 });
  assert.deepEqual(ask(6, 5), [0, 0]);
});

test("whoever adds what it is told has what is needed in the end", () => {
  const counts = fc.record({ audio: fc.nat(20), video: fc.nat(20) });
  fc.assert(
    fc.property(counts, fc.array(fc.record({ needed: counts, isLate: fc.boolean() })), (first, steps) => {
      const sections = new WantedSections();
      let has = first;
      let comes = first;
      sections.handleOffered(has);
      for (const { needed, isLate } of steps) {
        const { numAudios, numVideos } = sections.require(needed);
        comes = { audio: comes.audio + numAudios, video: comes.video + numVideos };
        assert.ok(comes.audio >= needed.audio && comes.video >= needed.video);
        if (isLate) continue;
        has = comes;
        sections.handleOffered(has);
      }
    }),
  );
});
