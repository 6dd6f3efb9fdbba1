/** The one way the screen speaks to the server, and what it says when that fails. */

import { _ } from "./i18n.ts";

export interface ApiProblem {
  code: string;
  message: string;
  field?: string | null;
  details?: Record<string, unknown>;
}

/** An answer that is no success; `status` 0 means there was no answer at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: ApiProblem,
    readonly retryAfter: number | null = null,
  ) {
    super(problem.message);
  }

  get code(): string {
    return this.problem.code;
  }

  get details(): Record<string, unknown> {
    return this.problem.details ?? {};
  }

  /** Nobody heard us, or the server is not itself: asking again later may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504;
  }

  /** It never left this computer. */
  get unsent(): boolean {
    return this.code === "not_sent";
  }

  get signedOut(): boolean {
    return this.status === 401;
  }
}

export interface ApiPorts {
  fetch(address: string, init: RequestInit): Promise<Response>;
  csrf(): string;
  /** This computer is in no network. */
  offline?(): boolean;
  /** The session has ended; called for every 401. */
  signedOut?(): void;
}

const PATIENCE = 20_000;

export class Api {
  constructor(private readonly ports: ApiPorts) {}

  get<Answer>(path: string): Promise<Answer> {
    return this.ask<Answer>("GET", path);
  }

  post<Answer>(path: string, body: unknown = {}): Promise<Answer> {
    return this.ask<Answer>("POST", path, body);
  }

  async ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRF-Token"] = this.ports.csrf();
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const answer = await this.reach(path, {
      method, headers, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.status === 204) return undefined as Answer;
    const read: unknown = await answer.json().catch(() => null);
    if (answer.ok && read !== null) return read as Answer;
    throw this.error(answer.status, read, answer.headers.get("Retry-After"));
  }

  /** Turns any answer into an error with a sentence for the reader. */
  error(status: number, read: unknown, retryAfter: string | null = null): ApiError {
    if (status === 401) this.ports.signedOut?.();
    const told = (read as { error?: Partial<ApiProblem> } | null)?.error;
    const problem = { ...told, code: told?.code ?? "unknown", message: told?.message || plain(status) };
    return new ApiError(status, problem, retryAfter === null ? null : Number(retryAfter) || null);
  }

  private async reach(path: string, init: RequestInit): Promise<Response> {
    const before = this.ports.offline?.() ?? false;
    try {
      return await this.ports.fetch(path, init);
    } catch {
      const unsent = before && this.ports.offline?.() === true;
      throw new ApiError(0, { code: unsent ? "not_sent" : "no_answer", message: plain(0) });
    }
  }
}

/** A sentence for an answer that brought none of its own. */
export function plain(status: number): string {
  if (status === 0) return _("There is no connection to the server.");
  if (status === 401) return _("Your session has ended. Please sign in again.");
  if (status === 403) return _("You are not allowed to do this.");
  if (status === 404) return _("This is no longer here.");
  if (status === 409) return _("Someone else got there first. Please check.");
  if (status === 413) return _("This is too large.");
  if (status === 429) return _("Too many requests. A moment, please.");
  return _("The server could not do this. What you typed is kept; please try again.");
}

/** What to tell the reader about any failure. */
export function sentence(error: unknown): string {
  return error instanceof ApiError ? error.message : plain(500);
}
