import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceivedSections } from "./received-sections.js";

const section = (mid: string, trackId: string) => ({ mid, trackId, participantId: "PA_1" });

test("an answer that says the same changes nothing", () => {
  const sections = new ReceivedSections();
  assert.deepEqual(sections.handleAnswer([section("1", "TR_a")]).added, [section("1", "TR_a")]);
  assert.deepEqual(sections.handleAnswer([section("1", "TR_a")]), { removed: [], added: [] });
});

test("a section that changes its track gives up the old one and takes the new one", () => {
  const sections = new ReceivedSections();
  sections.handleAnswer([section("1", "TR_a")]);
  assert.deepEqual(sections.handleAnswer([section("1", "TR_b")]), {
    removed: [section("1", "TR_a")],
    added: [section("1", "TR_b")],
  });
});

test("a track that moves to another section leaves the first", () => {
  const sections = new ReceivedSections();
  sections.handleAnswer([section("1", "TR_a"), section("2", "TR_b")]);
  const { removed, added } = sections.handleAnswer([section("2", "TR_a")]);
  assert.deepEqual(removed, [section("1", "TR_a"), section("2", "TR_b")]);
  assert.deepEqual(added, [section("2", "TR_a")]);
});

test("a track that was removed is new when an answer brings it back", () => {
  const sections = new ReceivedSections();
  sections.handleAnswer([section("1", "TR_a")]);
  sections.remove("TR_a");
  assert.deepEqual(sections.handleAnswer([section("1", "TR_a")]), { removed: [], added: [section("1", "TR_a")] });
});
