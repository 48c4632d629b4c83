import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import { SluiceError } from "@sluice/protocol";

export interface DownloadOptions {
  readonly url: URL;
  readonly token: string;
  /** Replaced when it is there. */
  readonly file: string;
  /** For the answer to begin, ms. */
  readonly timeoutMs: number;
  /** Of what has come so far. */
  readonly onProgress: (sizeBytes: number) => void;
}

/** A refusal, or how much there is in the file. */
export type Downloaded = { readonly status: number; readonly reason: string } | { readonly sizeBytes: number };

/** Of a reason that a node gives, characters. */
const MAX_REASON_LENGTH = 1_000;
/** What comes may be secret. */
const FILE_MODE = 0o600;

/**
 * One answer into a file, without holding it. The file has its name only when all of it is there.
 *
 * @throws Error of Node when there is no connection; SluiceError `unavailable` when it takes too long or breaks off
 */
export async function download({ url, token, file, timeoutMs, onProgress }: DownloadOptions): Promise<Downloaded> {
  const response = await answerTo(url, token, timeoutMs);
  const { statusCode = 0 } = response;
  if (statusCode !== 200) return { status: statusCode, reason: await readReason(response) };
  const part = `${file}.part`;
  let sizeBytes = 0;
  response.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    onProgress(sizeBytes);
  });
  try {
    await pipeline(response, createWriteStream(part, { mode: FILE_MODE }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new SluiceError("unavailable", `${file} could not be written: ${why}`, { cause: error });
  }
  return { sizeBytes };
}

/** `fetch` gives up after five minutes, which is as long as a node may take. */
function answerTo(url: URL, token: string, timeoutMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const request = send(url, { headers: { authorization: `Bearer ${token}` }, agent: false }, (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    const timer = setTimeout(() => {
      request.destroy(new SluiceError("unavailable", `${url.host} has not answered in ${Math.round(timeoutMs / 1000)} s`));
    }, timeoutMs);
    request.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end();
  });
}

async function readReason(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > MAX_REASON_LENGTH) break;
  }
  return text.slice(0, MAX_REASON_LENGTH).trim();
}
