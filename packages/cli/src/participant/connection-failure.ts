/** Why there is no connection to the node at `url`, in words for the person who typed the address. */
export function describeConnectionFailure(url: string, error: Error): string {
  const { host } = new URL(url);
  const why = "code" in error && typeof error.code === "string" ? error.code : error.message;
  const advice = ADVICE[why];
  return `cannot connect to ${host}: ${why}${advice === undefined ? "" : `; ${advice}`}`;
}

const UNTRUSTED = "its certificate is not trusted here: NODE_EXTRA_CA_CERTS=cert.pem adds one";

/** By error code of Node or OpenSSL. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is a node running there? ("sluice serve --dev" starts one)',
  ECONNRESET: "a node with TLS is reached by wss://",
  EMFILE: "this process may not open more files: raise the limit (ulimit -n)",
  EADDRNOTAVAIL: "this machine has no port left for it: about 28,000 connections to one address are what Linux allows",
  EPROTO: "a node without TLS is reached by ws://",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
};
