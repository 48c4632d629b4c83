/** What the tests of the server API have in common. */
import assert from "node:assert/strict";
import { type ErrorCode, SluiceError, type VideoGrant } from "@sluice/protocol";
import { MemoryNode } from "../../testing/memory-node.js";
import { createRoomService } from "../room-service.js";
import { TwirpRefusal, type TwirpService } from "../twirp/twirp-method.js";

/** Everything that the methods about the room "demo" need. */
export const ADMIN: VideoGrant = { roomAdmin: true, roomCreate: true, roomList: true, room: "demo" };

/** Calls a service as the edge does, in JSON, and gives the answer's fields. */
export class ApiCaller {
  readonly #service: TwirpService;

  constructor(service: TwirpService) {
    this.#service = service;
  }

  async call(method: string, request: unknown = {}, grant: VideoGrant = ADMIN): Promise<Record<string, unknown>> {
    const found = this.#service.get(method);
    assert.ok(found !== undefined, method);
    const claims = { iss: "key", sub: "", exp: 1, video: grant };
    const body = Buffer.from(JSON.stringify(request));
    const answer = await found.answer(body, "json", { claims, timeoutMs: 60_000 });
    if (answer instanceof TwirpRefusal) return { ...answer };
    return JSON.parse(answer.toString()) as Record<string, unknown>;
  }

  async refuses(code: ErrorCode, text: RegExp, method: string, request: unknown, grant?: VideoGrant): Promise<void> {
    await assert.rejects(this.call(method, request, grant), (error) => {
      assert.ok(error instanceof SluiceError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, text);
      return true;
    });
  }
}

/** A node in memory with its RoomService. `flags`: of its configuration. */
export function openApi(flags: Readonly<Record<string, unknown>> = {}): { readonly node: MemoryNode; readonly api: ApiCaller } {
  const node = new MemoryNode({ flags });
  const { config } = node;
  return { node, api: new ApiCaller(createRoomService(node.rooms, config.room)) };
}
