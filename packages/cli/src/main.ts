#!/usr/bin/env node
import { runCommandLine } from "./command-line.js";

const exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
});
// A command that goes on (a server) has none. Waiting for the write is waiting for everything written before it.
if (exitCode !== undefined) process.stdout.write("", () => process.exit(exitCode));
