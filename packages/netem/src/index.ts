export { Link, type LinkCounters } from "./link.js";
export { DEFAULT_LINK_PARAMETERS, type LinkParameters } from "./link-parameters.js";
export type { Loss } from "./loss-model.js";
export { RandomGenerator } from "./random-generator.js";
