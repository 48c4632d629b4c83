/** What it takes to run a node from a command line, and no more: the node itself is loaded when its workers have been started. */
export { loadConfig } from "./config/load-config.js";
export { environmentName, OPTION_NAMES, OPTIONS, type OptionName } from "./config/options.js";
export type { RunningServer } from "./main.js";
export { runServer } from "./run-server.js";
