import { signal } from "@preact/signals";
import type { Problem } from "./types";

export const API = "/api/v1";

/** Whether the last request reached the server. */
export const online = signal(true);

/** What every changing request of a session must carry. */
export const csrf = signal<string | undefined>(undefined);

/** Set by the session: what to do when the server no longer knows who asks. */
export const expired = signal(0);

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly problems: Problem[] = [],
  ) {
    super(message);
  }
}

export const UNREACHABLE = "Galatea does not answer. Is it still running?";

export interface Ask {
  method?: string;
  body?: unknown;
  accept?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function headers(ask: Ask): Headers {
  const all = new Headers(ask.headers);
  all.set("accept", ask.accept ?? "application/json");
  if (csrf.value !== undefined && !["GET", "HEAD"].includes(ask.method ?? "GET")) all.set("x-csrf-token", csrf.value);
  if (ask.body !== undefined && !(ask.body instanceof FormData)) all.set("content-type", "application/json");
  return all;
}

/** Asks, and fails with the engine's own words. */
export async function ask(path: string, options: Ask = {}): Promise<Response> {
  const body = options.body === undefined ? null : options.body instanceof FormData ? options.body : JSON.stringify(options.body);
  let response: Response;
  try {
    response = await fetch(API + path, {
      method: options.method ?? "GET",
      headers: headers(options),
      body,
      credentials: "same-origin",
      cache: "no-store",
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    online.value = false;
    throw new ApiError(0, "unreachable", UNREACHABLE);
  }
  online.value = true;
  if (!response.ok) throw await failure(response);
  return response;
}

async function failure(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  let code = String(response.status);
  let message = text.slice(0, 500) || `${response.status} ${response.statusText}`;
  let problems: Problem[] = [];
  try {
    const { error } = JSON.parse(text) as { error: { code?: string; message?: string; problems?: Problem[] } };
    code = error.code ?? code;
    message = error.message ?? message;
    problems = error.problems ?? [];
  } catch {
    // Not our form: the text says what there is to say.
  }
  if (response.status === 401) expired.value += 1;
  return new ApiError(response.status, code, message, problems);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await ask(path, signal ? { signal } : {});
  return (await response.json()) as T;
}

export async function send<T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const response = await ask(path, { method, body, headers: more });
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** A query string of what is set. */
export function query(values: Record<string, string | number | undefined>): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== "") all.set(name, String(value));
  const text = all.toString();
  return text === "" ? "" : `?${text}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// Whether it is back is asked with growing pauses, until it is.
let asking = false;
online.subscribe((value) => {
  if (value || asking) return;
  asking = true;
  const again = (pause: number) =>
    setTimeout(async () => {
      const back = await fetch(`${API}/health/live`, { cache: "no-store" }).then((response) => response.ok, () => false);
      if (!back && !online.value) return again(Math.min(pause * 1.6, 10_000));
      asking = false;
      online.value = true;
    }, pause);
  again(800);
});
