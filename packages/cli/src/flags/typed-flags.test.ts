import assert from "node:assert/strict";
import { test } from "node:test";
import { cac } from "cac";
import { typedFlags } from "./typed-flags.js";

/** As a command line with a few declared flags is read. */
function read(...argv: string[]): Record<string, string | boolean | readonly string[]> {
  const cli = cac("sluice");
  const command = cli.command("join").option("--room <name>", "").option("--dev", "").option("--no-publish", "");
  command.option("--to <identity>", "");
  command.allowUnknownOptions();
  cli.parse(["node", "sluice", "join", ...argv], { run: false });
  return Object.fromEntries(typedFlags(cli.options, ["join", ...argv], ["to"]));
}

test("values are what was typed, not what looks like a number", () => {
  assert.equal(read("--room", "007").room, "007");
  assert.equal(read("--room=1e3").room, "1e3");
  assert.equal(read("--room", "").room, "");
  assert.equal(read("--room", "a=b").room, "a=b");
});

test("the last one wins", () => {
  assert.equal(read("--room", "1", "--room=2").room, "2");
  assert.equal(read("--dev", "--dev").dev, true);
});

test("a repeated one keeps all, in order, as typed", () => {
  assert.deepEqual(read("--to", "007", "--dev", "--to=b", "--to", "c").to, ["007", "b", "c"]);
  assert.deepEqual(read("--to", "a").to, ["a"]);
  assert.deepEqual(read("--to", "--dev").to, [""]);
  assert.equal(read().to, undefined);
});

test("switches are true or false and take no word after them", () => {
  assert.equal(read("--dev", "--room", "a").dev, true);
  assert.equal(read("--no-publish").publish, false);
  assert.equal(read().publish, true);
});

test("dotted names stay whole, camelCase is kebab-case", () => {
  const flags = read("--tls.cert", "cert.pem", "--limits.rooms", "0010", "--bindAddress", ":1", "--limits.message-bytes=2048");
  assert.equal(flags["tls.cert"], "cert.pem");
  assert.equal(flags["limits.rooms"], "0010");
  assert.equal(flags["bind-address"], ":1");
  assert.equal(flags["limits.message-bytes"], "2048");
});

test("a value that is missing is a switch, which whoever reads it refuses", () => {
  assert.equal(read("--room").room, true);
  assert.equal(read("--room=").room, true);
});
