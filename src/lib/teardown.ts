/** What is told when a part does not end in time or fails to. */
export type TeardownProblem = (part: string, problem: unknown) => void;

interface Part {
  name: string;
  deadlineMs: number;
  end: () => unknown;
}

/** Ends what was started, in reverse order, each part within its deadline; a part that fails or hangs is reported and never stops the others. */
export class Teardown implements AsyncDisposable {
  readonly #parts: Part[] = [];
  readonly #report: TeardownProblem;

  constructor(report: TeardownProblem) {
    this.#report = report;
  }

  /** Registers how `name` ends. */
  add(name: string, deadlineMs: number, end: () => unknown): void {
    this.#parts.push({ name, deadlineMs, end });
  }

  /** Registers an owner and answers it. */
  own<T extends AsyncDisposable>(name: string, deadlineMs: number, owner: T): T {
    this.add(name, deadlineMs, () => owner[Symbol.asyncDispose]());
    return owner;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) {
      try {
        await withDeadline(part);
      } catch (error) {
        this.#report(part.name, error);
      }
    }
  }
}

async function withDeadline({ name, deadlineMs, end }: Part): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not end within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    await Promise.race([Promise.resolve(end()), late]);
  } finally {
    clearTimeout(timer);
  }
}
