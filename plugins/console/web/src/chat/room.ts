import { signal, type Signal } from "@preact/signals";
import { wait } from "../core/follow";
import { ApiError, ask, get, messageOf, query, send } from "../core/http";
import { refreshApprovals } from "../core/live";
import { may } from "../core/session";
import { events } from "../core/sse";
import type { Approval, Memory, Page, RunRow } from "../core/types";
import { byTime, renewed } from "./order";
import { apply, begin, isAwaited, isBusy, type Turn } from "./turn";

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
  /** What was on the page that was loaded last: a page with some of that on it is next to what is known. */
  private page = new Set<string>();
  private loading: Promise<void> | undefined;
  /** What was told live since the last page was asked for. */
  private readonly came = new Set<string>();

  constructor(
    readonly agent: string,
    readonly id: string,
  ) {}

  private get at(): string {
    return `/agents/${encodeURIComponent(this.agent)}`;
  }

  /** Loads what was said last, and takes up the turns that went on without this console. */
  async load(): Promise<void> {
    const loading = this.loadNewest();
    this.loading = loading;
    await loading;
    if (this.loading === loading) this.loading = undefined;
    this.resume();
    await this.findRunning();
  }

  private async loadNewest(): Promise<void> {
    try {
      this.came.clear();
      const page = await get<Page<Memory>>(`${this.at}/rooms/${this.id}/messages?limit=50`);
      const isNext = page.items.some((one) => this.page.has(one.id));
      const known = this.messages.value ?? [];
      if (!isNext) this.older.value = page.next;
      this.page = new Set(page.items.map((one) => one.id));
      this.error.value = undefined;
      for (const memory of page.items) if (!known.some((one) => one.id === memory.id)) this.recognize(memory);
      this.messages.value = renewed(known, page.items, isNext, (id) => this.came.has(id));
    } catch (error) {
      this.error.value = error as Error;
    }
  }

  async loadOlder(): Promise<void> {
    const before = this.older.value;
    if (before === undefined) return;
    const page = await get<Page<Memory>>(`${this.at}/rooms/${this.id}/messages?limit=50&before=${encodeURIComponent(before)}`);
    if (this.older.value !== before) return;
    this.messages.value = [...page.items, ...(this.messages.value ?? [])];
    this.older.value = page.next;
  }

  /** Takes a message as it is told live: one from elsewhere, or what a turn of this console knows already. */
  take(memory: Memory): void {
    const known = this.messages.value;
    if (!known) return void this.loading?.then(() => this.take(memory));
    if (known.some((one) => one.id === memory.id)) return;
    this.recognize(memory);
    this.came.add(memory.id);
    this.messages.value = [...known, memory].sort(byTime);
  }

  /** A new message may be what is being sent, before the turn itself says so. */
  private recognize(memory: Memory): void {
    const sent = this.turns.value.find((turn) => turn.state === "sending" && turn.message === undefined && turn.said?.text === memory.content.text);
    if (sent && memory.entity !== this.agent) this.change(sent.key, (old) => ({ ...old, message: memory.id }));
  }

  /** Forgets what was said, as the server did. */
  clear(): void {
    this.messages.value &&= [];
    this.older.value = undefined;
    this.turns.value = this.turns.value.filter(isBusy);
  }

  /** Goes on with the turns that waited for an answer: it may have been given elsewhere. */
  resume(): void {
    for (const turn of this.turns.value) if (turn.state === "waiting" && turn.run !== undefined) void this.listen(turn.key, turn.run);
  }

  /** Follows the turns that were begun elsewhere, or before the page was loaded. */
  private async findRunning(): Promise<void> {
    if (!may("admin", "read")) return;
    const page = await get<Page<RunRow>>(`${this.at}/runs${query({ room: this.id, status: "running", limit: 10 })}`).catch(() => undefined);
    // Which run is that of a message on its way is not known yet.
    if (this.turns.value.some((turn) => turn.state === "sending")) return;
    for (const { run, message, at } of page?.items ?? []) {
      if (this.turns.value.some((turn) => turn.run === run || turn.message === message)) continue;
      const key = newKey();
      this.turns.value = [...this.turns.value, { ...begin(key, undefined, at), state: "running", found: true, run, message }];
      void this.listen(key, run);
    }
  }

  /** Now, by the clock that is ahead: this machine's, or that of the server as its last message tells. */
  private get now(): string {
    const now = new Date().toISOString();
    const last = this.messages.value?.at(-1);
    return last && byTime({ at: now }, last) < 0 ? last.at : now;
  }

  private change(key: string, next: (turn: Turn) => Turn): void {
    this.turns.value = this.turns.value.map((turn) => (turn.key === key ? next(turn) : turn));
  }

  say(text: string, files: Upload[]): void {
    const key = newKey();
    const said = { text, files: files.map(({ title, url, type }) => (url === undefined ? { title, type } : { title, url, type })), at: new Date().toISOString() };
    this.turns.value = [...this.turns.value, begin(key, said, this.now)];
    void this.run(key);
  }

  /** Sends again what was not accepted; the key keeps it from being said twice. */
  retry(key: string): void {
    const turn = this.turns.value.find((one) => one.key === key);
    if (!turn?.said) return;
    if (turn.run === undefined) {
      this.change(key, (old) => begin(old.key, old.said, this.now));
      void this.run(key);
    } else {
      const again = newKey();
      this.turns.value = [...this.turns.value, begin(again, { ...turn.said, at: new Date().toISOString() }, this.now)];
      void this.run(again);
    }
  }

  async stop(): Promise<void> {
    const turn = this.turns.value.findLast(isAwaited);
    if (!turn) return;
    if (turn.run === undefined) {
      this.stops.get(turn.key)?.abort();
      this.change(turn.key, (old) => ({ ...old, state: "failed", error: "Stopped before it was sent." }));
    } else {
      await send("POST", `${this.at}/runs/${turn.run}/cancel`).catch(() => undefined);
    }
  }

  /** Ends when the answer is taken; the turn goes on. */
  async answer(approval: Approval, answer: "allow" | "deny"): Promise<void> {
    const { run } = await send<{ run: string }>("POST", `${this.at}/approvals/${approval.id}`, { answer });
    void refreshApprovals();
    const turn = this.turns.value.findLast((one) => one.approvals.some((other) => other.id === approval.id));
    const key = turn?.key ?? newKey();
    const ruling = { ruling: answer === "allow" ? "granted" : "denied", name: "you", at: new Date().toISOString() };
    const answered = { ...approval, answered: ruling };
    if (turn) {
      this.change(key, (old) => ({ ...old, state: "running", approvals: old.approvals.map((one) => (one.id === approval.id ? answered : one)) }));
    } else {
      this.turns.value = [...this.turns.value, { ...begin(key, undefined, this.now), state: "running", run, approvals: [answered] }];
    }
    void this.listen(key, run);
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
      await this.read(key, response, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      const now = this.turns.value.find((one) => one.key === key);
      if (now?.run === undefined) {
        this.change(key, (old) => ({ ...old, state: "failed", error: messageOf(error) }));
        return;
      }
    }
    if (stop.signal.aborted) return;
    const now = this.turns.value.find((one) => one.key === key);
    if (now?.run !== undefined && isBusy(now)) await this.listen(key, now.run);
    else if (now?.state === "sending") this.change(key, (old) => ({ ...old, state: "failed", error: "The answer ended before it began." }));
  }

  private async read(key: string, response: Response, signal: AbortSignal): Promise<void> {
    for await (const event of events(response)) {
      // Another reader goes on from here.
      if (signal.aborted) return;
      const id = event.id;
      let data: unknown;
      try {
        data = JSON.parse(event.data);
      } catch {
        continue;
      }
      if (event.event === "lagged") void this.load();
      if (event.event === "started") this.claim(key, (data as { run: string }).run);
      this.change(key, (old) => {
        const next = apply(old, event.event, data);
        return id === undefined ? next : { ...next, lastEvent: id };
      });
    }
  }

  /** What was found running may turn out to be what was sent when the connection broke. */
  private claim(key: string, run: string): void {
    this.turns.value = this.turns.value.filter((turn) => turn.key === key || !turn.found || turn.run !== run);
  }

  /** Goes on with a turn whose stream was lost, from the last event on. */
  private async listen(key: string, run: string): Promise<void> {
    // Two readers would tell everything twice.
    this.stops.get(key)?.abort();
    const stop = new AbortController();
    this.stops.set(key, stop);
    for (let pause = 400; ; pause = Math.min(pause * 1.7, 8000)) {
      const lastEvent = this.turns.value.find((one) => one.key === key)?.lastEvent;
      try {
        const headers: Record<string, string> = lastEvent === undefined ? {} : { "last-event-id": lastEvent };
        if (lastEvent === undefined) this.change(key, (old) => ({ ...old, text: "", progress: [] }));
        const response = await ask(`${this.at}/runs/${run}/events`, { accept: "text/event-stream", headers, signal: stop.signal });
        this.change(key, (old) => (old.state === "lost" ? { ...old, state: "running" } : old));
        await this.read(key, response, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
          this.change(key, (old) => ({ ...old, state: "failed", error: error.message }));
          return;
        }
      }
      const now = this.turns.value.find((one) => one.key === key);
      if (stop.signal.aborted || !now || !isBusy(now)) return;
      this.change(key, (old) => ({ ...old, state: "lost" }));
      await wait(pause, stop.signal);
      if (stop.signal.aborted) return;
    }
  }
}

/** `crypto.randomUUID` is not there on pages without TLS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
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
  return made;
}
