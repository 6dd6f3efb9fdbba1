/** One request to the server, with an end for what hangs. */

const PATIENCE = 25_000;

/** The server's no. `status` 0: it was not reached. */
export class Refusal extends Error {
  declare readonly status: number;
  declare readonly code: string;
  declare readonly details: Record<string, unknown>;
  /** Seconds that the server asks for, or 0. */
  declare readonly wait: number;

  constructor(status: number, code: string, message = "", details: Record<string, unknown> = {}, wait = 0) {
    super(message);
    Object.assign(this, { status, code, details, wait });
  }

  /** Whether the same request can never succeed. */
  get isLasting(): boolean {
    return this.status >= 400 && this.status < 500 && ![401, 408, 425, 429].includes(this.status) && this.code !== "proof_needed";
  }
}

export interface Options {
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer<T> {
  body: T;
  status: number;
  etag: string | null;
}

/** Ask, and answer with what was said; a Refusal when that was no. */
export async function call<T>(token: string | null, method: string, path: string, { body, headers }: Options = {}): Promise<Answer<T>> {
  try {
    const response = await fetch(`api/${path}`, {
      method,
      headers: { ...headers, ...token && { Authorization: `Visitor ${token}` }, ...body ? { "Content-Type": "application/json" } : {} },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { status } = response;
    const said = read(await response.text());
    if (status >= 400) throw refusal(status, said, response.headers.get("Retry-After"));
    return { body: said as T, status, etag: response.headers.get("ETag") };
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(0, "offline");
  }
}

/** What the server said when it said no. */
export function refusal(status: number, said: unknown, wait: string | null): Refusal {
  const { code = "", message = "", details } = (said as { error?: Partial<Pick<Refusal, "code" | "message" | "details">> }).error ?? {};
  return new Refusal(status, code, message, details, Number(wait));
}

export function read(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
