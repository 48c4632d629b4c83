import { ChildProcesses } from "./child-processes.js";

/** It makes no sense to go on: nothing answers there, or a limit of the server is reached. */
export interface LoadRefusal {
  readonly type: "refused";
  readonly code: string;
  readonly message: string;
  /** That the server had taken by then. */
  readonly connections: number;
}

/** How a load ended. */
export type LoadEnding = { readonly type: "completed" } | { readonly type: "interrupted" } | LoadRefusal;

/** To a process of any load. */
type ToProcess<Plan, Task> =
  | { readonly type: "start"; readonly plan: Plan; readonly processIndex: number }
  | Task
  /** No more is begun; what is under way still ends as usual, soon. */
  | { readonly type: "stop" }
  /** Everybody leaves; answered by the end of the process. */
  | { readonly type: "close" };

/** From a process of any load. */
type FromProcess<Sample, Answer> =
  | { readonly type: "ready" }
  | { readonly type: "sample"; readonly sample: Sample }
  | Answer
  | LoadRefusal;

/** What one kind of load says, for both ends of its processes. */
export interface LoadMessages<Plan, Task extends { readonly type: string }, Sample, Answer extends { readonly type: string }> {
  readonly plan: Plan;
  readonly task: Task;
  readonly sample: Sample;
  readonly answer: Answer;
  readonly to: ToProcess<Plan, Task>;
  readonly from: FromProcess<Sample, Answer>;
}

type AnyMessages = LoadMessages<{ readonly processes: number }, { readonly type: string }, unknown, { readonly type: string }>;

export interface LoadRunOptions<M extends AnyMessages> {
  /** Built file of what each process runs. */
  readonly program: string;
  readonly plan: M["plan"];
  /** What processes have to say farewell, ms. */
  readonly closeGraceMs: number;
  handleSample(sample: M["sample"], processIndex: number): void;
}

/** A load in its processes: started together, given the same tasks one after the other, ended early by Ctrl-C or the server. */
export class LoadRun<M extends AnyMessages> {
  readonly #options: LoadRunOptions<M>;
  readonly #processes: ChildProcesses<M["to"], M["from"]>;
  #ending: LoadEnding | undefined;

  constructor(options: LoadRunOptions<M>) {
    this.#options = options;
    this.#processes = new ChildProcesses(options.program, options.plan.processes, {
      handleMessage: (message, processIndex) => {
        if (message.type === "sample" && "sample" in message) options.handleSample(message.sample, processIndex);
        else if (message.type === "refused" && "connections" in message) this.#end(message);
      },
    });
  }

  /** Nothing new is to be begun. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /**
   * Resolves when `work` has given its tasks by {@link perform}, or it has ended before, and everybody has left. Rejects with
   * SluiceError `internal` when one of its processes dies.
   */
  async run(work: () => Promise<void>): Promise<LoadEnding> {
    const { plan, closeGraceMs } = this.#options;
    try {
      await this.#processes.all("ready");
      this.#processes.tell((processIndex) => ({ type: "start", plan, processIndex }));
      await work();
      return this.#ending ?? { type: "completed" };
    } finally {
      this.#processes.tell(() => ({ type: "close" }));
      await this.#processes.close(closeGraceMs);
    }
  }

  /** Resolves when each process has done the task, which it tells by `answer`. */
  async perform(task: M["task"], answer: M["answer"]["type"]): Promise<void> {
    const answered = this.#processes.all(answer);
    this.#processes.tell(() => task);
    await answered;
  }

  /** Early, with what there is. */
  interrupt(): void {
    this.#end({ type: "interrupted" });
  }

  #end(ending: LoadEnding): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#processes.tell(() => ({ type: "stop" }));
  }
}
