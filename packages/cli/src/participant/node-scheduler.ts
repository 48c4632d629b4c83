import type { Scheduler } from "@sluice/protocol";

export const nodeScheduler: Scheduler = {
  nowMs: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
