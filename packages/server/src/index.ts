export { createToken, type TokenOptions } from "./auth/create-token.js";
export { TokenVerifier } from "./auth/token-verifier.js";
export { DEV_KEY, DEV_SECRET } from "./config/api-keys.js";
export type { Config, Limits } from "./config/config.js";
export { type ConfigSources, parseConfig } from "./config/parse-config.js";
export { type RunningServer, startServer } from "./main.js";
