import { computed, signal } from "@preact/signals";
import { ApiError, csrf, expired, get, messageOf, send } from "./http";
import { route } from "./route";
import type { Session } from "./types";

export type SessionState =
  | { is: "loading" }
  | { is: "failed"; message: string }
  | { is: "out"; reason?: string }
  | { is: "in"; session: Session };

export const session = signal<SessionState>({ is: "loading" });

export function slug(name: string): string {
  return name.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
}

/** The agents that the session may see. */
export const agents = computed(() => (session.value.is === "in" ? (session.value.session.agents ?? []) : []));

/** The agent of the address; else the first one. */
export const current = computed(() => {
  const wanted = route.value.agent.toLowerCase();
  return agents.value.find((agent) => agent.id === wanted || slug(agent.name) === wanted) ?? agents.value[0];
});

/** The part of addresses that names the agent: its name, or its id where two have the same. */
export function handleOf(agent: { id: string; name: string }): string {
  const name = slug(agent.name);
  const same = agents.value.filter((other) => slug(other.name) === name);
  return name === "" || same.length > 1 ? agent.id : name;
}

export const here = computed(() => (current.value ? handleOf(current.value) : ""));

/** Where the resources of the agent are. */
export const base = computed(() => `/agents/${encodeURIComponent(current.value?.id ?? "")}`);

const RANKS = ["guest", "member", "admin", "owner"];

/** Whether the session's role and scopes allow something; the server has the last word. */
export function may(role: string, scope: string): boolean {
  if (session.value.is !== "in") return false;
  const { role: mine, scopes } = session.value.session;
  const enough = mine === undefined || RANKS.indexOf(mine) >= RANKS.indexOf(role);
  return enough && (scopes === undefined || scopes.length === 0 || scopes.includes(scope) || scopes.includes("*"));
}

function enter(answer: Session): void {
  csrf.value = answer.csrf;
  session.value = answer["signed-in"] ? { is: "in", session: answer } : { is: "out" };
}

export async function load(): Promise<void> {
  try {
    enter(await get<Session>("/session"));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) session.value = { is: "out" };
    else session.value = { is: "failed", message: messageOf(error) };
  }
}

export async function signIn(token: string): Promise<void> {
  const before = session.peek();
  enter(await send<Session>("POST", "/session", { token }));
  if (session.value.is !== "in") throw new Error("this token is not known");
  // Whose session ended may not be who comes now.
  if (before.is === "out" && before.reason !== undefined) location.reload();
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/session").catch(() => undefined);
  // Nothing of what was seen stays for whoever signs in next.
  location.replace(location.pathname);
}

expired.subscribe((times) => {
  if (times > 0 && session.peek().is === "in") {
    csrf.value = undefined;
    session.value = { is: "out", reason: "The session has ended. Sign in again to go on." };
  }
});
