import { signal, type Signal } from "@preact/signals";
import { wait } from "../core/follow";
import { ApiError, ask, get, messageOf, send } from "../core/http";
import { refreshApprovals } from "../core/live";
import { base } from "../core/session";
import { events } from "../core/sse";
import type { Approval, Memory, Page } from "../core/types";
import { apply, begin, isBusy, type Turn } from "./turn";

/** A file that goes with a message. */
export interface Upload {
  key: number;
  title: string;
  type: string;
  size: number;
  url?: string;
  error?: string;
}

/** One room as it is shown: what was said before, and the turns since. It lives on while other pages are looked at. */
export class RoomState {
  readonly messages: Signal<Memory[] | undefined> = signal(undefined);
  readonly error: Signal<Error | undefined> = signal(undefined);
  readonly older: Signal<string | undefined> = signal(undefined);
  readonly turns: Signal<Turn[]> = signal([]);
  private readonly stops = new Map<string, AbortController>();

  constructor(
    readonly agent: string,
    readonly id: string,
  ) {}

  private get at(): string {
    return `/agents/${encodeURIComponent(this.agent)}`;
  }

  async load(): Promise<void> {
    try {
      const page = await get<Page<Memory>>(`${this.at}/rooms/${this.id}/messages?limit=50`);
      this.error.value = undefined;
      this.messages.value = page.items;
      this.older.value = page.next;
    } catch (error) {
      this.error.value = error as Error;
    }
  }

  async loadOlder(): Promise<void> {
    const before = this.older.value;
    if (before === undefined) return;
    const page = await get<Page<Memory>>(`${this.at}/rooms/${this.id}/messages?limit=50&before=${encodeURIComponent(before)}`);
    this.messages.value = [...page.items, ...(this.messages.value ?? [])];
    this.older.value = page.next;
  }

  /** Takes a message that came otherwise than by a turn of this console. */
  take(memory: Memory): void {
    const known = this.messages.value;
    if (!known || known.some((one) => one.id === memory.id)) return;
    const mine = this.turns.value.some((turn) => turn.message === memory.id || turn.replies.some((one) => one.id === memory.id) || (turn.state === "sending" && turn.said?.text === memory.content.text));
    if (!mine) this.messages.value = [...known, memory];
  }

  private change(key: string, next: (turn: Turn) => Turn): void {
    this.turns.value = this.turns.value.map((turn) => (turn.key === key ? next(turn) : turn));
  }

  say(text: string, files: Upload[]): void {
    const key = crypto.randomUUID();
    const said = { text, files: files.map(({ title, url, type }) => (url === undefined ? { title, type } : { title, url, type })), at: new Date().toISOString() };
    this.turns.value = [...this.turns.value, begin(key, said)];
    void this.run(key);
  }

  /** Sends again what was not accepted; the key keeps it from being said twice. */
  retry(key: string): void {
    const turn = this.turns.value.find((one) => one.key === key);
    if (!turn?.said) return;
    if (turn.run === undefined) {
      this.change(key, (old) => begin(old.key, old.said));
      void this.run(key);
    } else {
      const again = crypto.randomUUID();
      this.turns.value = [...this.turns.value, begin(again, { ...turn.said, at: new Date().toISOString() })];
      void this.run(again);
    }
  }

  async stop(): Promise<void> {
    const turn = this.turns.value.findLast(isBusy);
    if (!turn) return;
    if (turn.run === undefined) {
      this.stops.get(turn.key)?.abort();
      this.change(turn.key, (old) => ({ ...old, state: "failed", error: "Stopped before it was sent." }));
    } else {
      await send("POST", `${this.at}/runs/${turn.run}/cancel`).catch(() => undefined);
    }
  }

  async answer(approval: Approval, answer: "allow" | "deny"): Promise<void> {
    const { run } = await send<{ run: string }>("POST", `${base.value}/approvals/${approval.id}`, { answer });
    void refreshApprovals();
    const turn = this.turns.value.find((one) => one.approvals.some((other) => other.id === approval.id));
    const key = turn?.key ?? crypto.randomUUID();
    const ruling = { ruling: answer === "allow" ? "granted" : "denied", name: "you", at: new Date().toISOString() };
    const answered = { ...approval, answered: ruling };
    if (turn) {
      this.change(key, (old) => ({ ...old, state: "running", approvals: old.approvals.map((one) => (one.id === approval.id ? answered : one)) }));
    } else {
      this.turns.value = [...this.turns.value, { ...begin(key), state: "running", run, approvals: [answered] }];
    }
    await this.listen(key, run, turn?.lastEvent);
  }

  private async run(key: string): Promise<void> {
    const turn = this.turns.value.find((one) => one.key === key)!;
    const stop = new AbortController();
    this.stops.set(key, stop);
    const attachments = turn.said!.files.map((file) => ({ url: file.url, "media-type": file.type, title: file.title }));
    try {
      const response = await ask(`${this.at}/rooms/${this.id}/messages`, {
        method: "POST",
        accept: "text/event-stream",
        headers: { "idempotency-key": key },
        body: { text: turn.said!.text, ...(attachments.length > 0 ? { attachments } : {}) },
        signal: stop.signal,
      });
      await this.read(key, response);
    } catch (error) {
      if (stop.signal.aborted) return;
      const now = this.turns.value.find((one) => one.key === key);
      if (now?.run === undefined) {
        this.change(key, (old) => ({ ...old, state: "failed", error: messageOf(error) }));
        return;
      }
    } finally {
      this.stops.delete(key);
    }
    const now = this.turns.value.find((one) => one.key === key);
    if (now?.run !== undefined && isBusy(now)) await this.listen(key, now.run, now.lastEvent);
    else if (now?.state === "sending") this.change(key, (old) => ({ ...old, state: "failed", error: "The answer ended before it began." }));
  }

  private async read(key: string, response: Response): Promise<void> {
    for await (const event of events(response)) {
      const id = event.id;
      let data: unknown;
      try {
        data = JSON.parse(event.data);
      } catch {
        continue;
      }
      this.change(key, (old) => {
        const next = apply(old, event.event, data);
        return id === undefined ? next : { ...next, lastEvent: id };
      });
    }
  }

  /** Goes on with a turn whose stream was lost, from the last event on. */
  private async listen(key: string, run: string, last?: string): Promise<void> {
    let lastEvent = last;
    for (let pause = 400; ; pause = Math.min(pause * 1.7, 8000)) {
      try {
        const headers: Record<string, string> = lastEvent === undefined ? {} : { "last-event-id": lastEvent };
        if (lastEvent === undefined) this.change(key, (old) => ({ ...old, text: "", progress: [] }));
        const response = await ask(`${this.at}/runs/${run}/events`, { accept: "text/event-stream", headers });
        this.change(key, (old) => (old.state === "lost" ? { ...old, state: "running" } : old));
        await this.read(key, response);
      } catch (error) {
        if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
          this.change(key, (old) => ({ ...old, state: "failed", error: error.message }));
          return;
        }
      }
      const now = this.turns.value.find((one) => one.key === key);
      if (!now || !isBusy(now)) return;
      lastEvent = now.lastEvent;
      this.change(key, (old) => ({ ...old, state: "lost" }));
      await wait(pause);
    }
  }
}

const rooms = new Map<string, RoomState>();

/** A room that was looked at; what happens elsewhere is read when somebody looks there. */
export function knownRoom(agent: string, id: string): RoomState | undefined {
  return rooms.get(`${agent} ${id}`);
}

export function roomState(agent: string, id: string): RoomState {
  const key = `${agent} ${id}`;
  const known = rooms.get(key);
  if (known) return known;
  const made = new RoomState(agent, id);
  rooms.set(key, made);
  void made.load();
  return made;
}
