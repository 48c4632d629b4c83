/** What a worker may see of our environment: how Node and the C library behave, and no API key. */
const PASSED_ON = /^(PATH|HOME|TMPDIR|TZ|LANG|LC_.*|NODE_.*|OPENSSL_.*|SSL_.*|LD_LIBRARY_PATH|KOFFI_.*)$/;

export function workerEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const passedOn: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && PASSED_ON.test(name)) passedOn[name] = value;
  }
  return passedOn;
}
