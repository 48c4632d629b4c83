import { randomInt } from "node:crypto";

/** Of this run's damage: SLUICE_SEED when set, otherwise a new one; a test that uses it prints it. */
export const SEED = process.env.SLUICE_SEED === undefined ? randomInt(2 ** 32) : Number(process.env.SLUICE_SEED);
