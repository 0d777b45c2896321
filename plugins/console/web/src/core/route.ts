import { computed, signal } from "@preact/signals";

/** Where the reader is: `#/AGENT/PAGE/ARGUMENTS?QUERY`. */
export interface Route {
  agent: string;
  page: string;
  args: string[];
  query: URLSearchParams;
}

/** A part of an address; one that is cut or mistyped stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [agent = "", page = "", ...args] = path.split("/").filter((part) => part !== "").map(decoded);
  return { agent, page, args, query: new URLSearchParams(search) };
}

const hash = signal(location.hash);

export const route = computed(() => parseRoute(hash.value));

/** What would be lost by leaving; asked before every way out. */
export const unsaved = signal<{ what: string; discard: () => void } | undefined>(undefined);

/** Where the reader wants to go while something is unsaved. */
export const wanted = signal<string | undefined>(undefined);

export function href(agent: string, page: string, ...args: string[]): string {
  return `#/${[agent, page, ...args].map(encodeURIComponent).join("/")}`;
}

export function go(to: string, replace = false): void {
  if (unsaved.value) {
    wanted.value = to;
    return;
  }
  if (replace) history.replaceState(null, "", to);
  else if (to !== location.hash) history.pushState(null, "", to);
  hash.value = location.hash;
}

/** Changes the query of the address without a step in the history. */
export function setQuery(values: Record<string, string | undefined>): void {
  const [path = ""] = location.hash.split("?", 1);
  const all = new URLSearchParams(route.value.query);
  for (const [name, value] of Object.entries(values)) value ? all.set(name, value) : all.delete(name);
  const text = all.toString();
  history.replaceState(null, "", text === "" ? path : `${path}?${text}`);
  hash.value = location.hash;
}

addEventListener("popstate", () => {
  if (unsaved.value && location.hash !== hash.value) {
    wanted.value = location.hash;
    history.pushState(null, "", hash.value);
    return;
  }
  hash.value = location.hash;
});

addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = (event.target as Element | null)?.closest?.("a[href^='#/']");
  if (!link) return;
  event.preventDefault();
  go(link.getAttribute("href")!);
});

addEventListener("beforeunload", (event) => {
  if (unsaved.value) event.preventDefault();
});
