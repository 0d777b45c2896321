import type { ActionResult, Approval, JsonObject, Memory, RunRecord } from "../core/types";

/** An action of a turn, as it goes. */
export interface Progress {
  action: string;
  arguments: JsonObject;
  result?: ActionResult;
  micros?: number;
}

/** `sending`: not accepted yet. `lost`: the connection broke and is made again. */
export type TurnState = "sending" | "running" | "waiting" | "lost" | "ended" | "failed";

/** One turn that this console began or goes on with: what came of it so far. */
export interface Turn {
  key: string;
  state: TurnState;
  /** Where it stands among the messages. */
  at: string;
  /** It was found running: begun elsewhere, or before the page was loaded. */
  found?: boolean;
  /** What was said here; absent in a turn that was found, or goes on after an approval. */
  said?: { text: string; files: { title: string; url?: string; type: string }[]; at: string };
  run?: string;
  message?: string;
  /** What is being written. */
  text: string;
  progress: Progress[];
  replies: Memory[];
  approvals: Approval[];
  record?: RunRecord;
  error?: string;
  lastEvent?: string;
}

export function begin(key: string, said?: Turn["said"], at = said?.at ?? new Date().toISOString()): Turn {
  const turn: Turn = { key, state: "sending", at, text: "", progress: [], replies: [], approvals: [] };
  return said ? { ...turn, said } : turn;
}

/** What a turn is after an event of its stream. */
export function apply(turn: Turn, name: string, data: unknown): Turn {
  const body = data as Record<string, unknown>;
  switch (name) {
    case "started":
      return { ...turn, state: "running", run: body["run"] as string, message: (turn.run === undefined ? (body["message"] as string | undefined) : undefined) ?? turn.message ?? (body["message"] as string) };
    case "text":
      return { ...turn, state: "running", text: turn.text + String(body["text"] ?? "") };
    case "retracted":
      return { ...turn, text: "" };
    case "action-started":
      return { ...turn, text: "", progress: [...turn.progress, { action: String(body["action"]), arguments: (body["arguments"] ?? {}) as JsonObject }] };
    case "action-completed":
      return { ...turn, progress: completed(turn.progress, body) };
    case "reply": {
      const reply = data as Memory;
      return { ...turn, text: "", replies: [...turn.replies.filter((one) => one.id !== reply.id), reply] };
    }
    case "approval": {
      const approval = data as Approval;
      return { ...turn, state: "waiting", approvals: [...turn.approvals.filter((one) => one.id !== approval.id), approval] };
    }
    case "ended":
      return ended(turn, data as RunRecord);
    default:
      return turn;
  }
}

function completed(progress: Progress[], body: Record<string, unknown>): Progress[] {
  const at = progress.findIndex((one) => one.action === body["action"] && one.result === undefined);
  if (at < 0) return progress;
  const done = { ...progress[at]!, result: body["result"] as ActionResult, micros: Number(body["micros"] ?? 0) };
  return progress.with(at, done);
}

function ended(turn: Turn, record: RunRecord): Turn {
  const approvals = record.approvals ?? [];
  const waits = record.status === "waiting" ? approvals.at(-1) : undefined;
  // They may have been answered elsewhere.
  const known = turn.approvals.map((one) => approvals.find((other) => other.id === one.id && other.answered) ?? one);
  const all = waits && !known.some((one) => one.id === waits.id) ? [...known, waits] : known;
  const next: Turn = { ...turn, text: "", record, approvals: all, run: record.run, message: turn.message ?? record.message };
  if (record.status === "waiting") return { ...next, state: "waiting" };
  // What the server lost of the stream, the record knows.
  const progress = record.steps.map((step): Progress => {
    const known: Progress = { action: step.action, arguments: step.arguments, micros: step.micros };
    return step.result ? { ...known, result: step.result } : known;
  });
  const isWhole = turn.progress.length >= progress.length && turn.progress.every((one) => one.result);
  const failed = record.status !== "completed" && record.replies.length === 0;
  const done: Turn = { ...next, progress: isWhole ? turn.progress : progress, state: failed ? "failed" : "ended" };
  return failed ? { ...done, error: record.error ?? `This turn was ${record.status}.` } : done;
}

/** Whether the agent is at it. */
export function isBusy(turn: Turn): boolean {
  return turn.state === "sending" || turn.state === "running" || turn.state === "lost";
}

/** Whether the reader waits for it before saying more; what was said elsewhere keeps nobody from that. */
export function isAwaited(turn: Turn): boolean {
  return isBusy(turn) && !turn.found;
}
