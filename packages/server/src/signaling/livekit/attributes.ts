import { MAX_ATTRIBUTES, MAX_ATTRIBUTES_LENGTH, SluiceError } from "@sluice/protocol";

/** The query parameter `attributes`: base64url of a JSON map of texts. Undefined for none. Throws `invalidArgument`. */
export function attributesOf(parameter: string | null): Readonly<Record<string, string>> | undefined {
  if (parameter === null || parameter === "") return undefined;
  // base64 is a third longer; names and values are bounded exactly where they are set.
  if (parameter.length > MAX_ATTRIBUTES_LENGTH * 4) throw invalid();
  const entries = Object.entries(parseObject(Buffer.from(parameter, "base64url").toString("utf8")));
  if (entries.length === 0) return undefined;
  if (entries.length > MAX_ATTRIBUTES) throw invalid();
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value !== "string") throw invalid();
      return [name, value];
    }),
  );
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid();
  return value;
}

function invalid(cause?: unknown): SluiceError {
  return new SluiceError("invalidArgument", "attributes: expected base64url of a JSON object of texts", { cause });
}
