import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { refuses } from "../../room/testing/room-fixture.js";
import { Admission, MAX_BODY_BYTES, MAX_BODY_BYTES_IN_FLIGHT, MAX_CALLS_IN_FLIGHT, MAX_CALLS_PER_SECOND } from "./admission.js";

const t0 = instant(0);

test("a key makes so many calls a second, and no other key is slowed by that", () => {
  const admission = new Admission();
  for (let call = 0; call < 2 * MAX_CALLS_PER_SECOND; call += 1) admission.admit("a", 0, t0).end();
  refuses("resourceExhausted", () => admission.admit("a", 0, t0));
  admission.admit("b", 0, t0).end();
  admission.admit("a", 0, after(t0, 1)).end();
});

test("a large body counts as many calls", () => {
  const admission = new Admission();
  const bodies = Math.floor((2 * MAX_CALLS_PER_SECOND) / (MAX_BODY_BYTES / 16_384 + 1));
  const send = () => {
    const call = admission.admit("a", MAX_BODY_BYTES, t0);
    try {
      call.handleBody(MAX_BODY_BYTES, t0);
    } finally {
      call.end();
    }
  };
  for (let body = 0; body < bodies; body += 1) send();
  refuses("resourceExhausted", send);
});

test("calls that are not answered yet are bounded", () => {
  const admission = new Admission();
  const calls = Array.from({ length: MAX_CALLS_IN_FLIGHT }, () => admission.admit("a", 0, t0));
  refuses("resourceExhausted", () => admission.admit("a", 0, t0));
  calls[0]?.end();
  admission.admit("a", 0, t0);
});

test("bodies that are being read are bounded; of unknown length they count as the longest, until they are there", () => {
  const admission = new Admission();
  const most = Math.floor(MAX_BODY_BYTES_IN_FLIGHT / MAX_BODY_BYTES);
  const calls = Array.from({ length: most }, () => admission.admit("a", undefined, t0));
  refuses("resourceExhausted", () => admission.admit("a", undefined, t0));
  calls[0]?.handleBody(10, t0);
  admission.admit("a", undefined, t0);
});
