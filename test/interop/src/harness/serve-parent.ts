export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** In a process that ForkedPeer forked: answers calls of the methods of `peer`, and first of all says that it is there. */
export function serveParent(peer: object): void {
  process.on("message", ({ id, method, args }: Call) => {
    call(peer, method, args).then(
      (value) => send({ id, value }),
      (error: unknown) => send({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  // Not process.exit(), whose finalizers are what is being avoided.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  send({ id: 0 });
}

async function call(peer: object, method: string, args: readonly unknown[]): Promise<unknown> {
  const member: unknown = Reflect.get(peer, method);
  if (typeof member !== "function") throw new Error(`the peer has no method ${method}`);
  return member.apply(peer, args);
}

function send(answer: Answer): void {
  process.send?.(answer);
}
