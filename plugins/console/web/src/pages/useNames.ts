import { get, query } from "../core/http";
import { useResource } from "../core/resource";
import { base, current } from "../core/session";
import type { Entity, Page } from "../core/types";

/** How many of those an agent knows are asked for; of others there is the id. */
const MOST = 2000;

async function everybody(signal: AbortSignal): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  let asked = 0;
  let before: string | undefined;
  do {
    const page = await get<Page<Entity>>(`${base.peek()}/entities${query({ limit: 200, before })}`, signal);
    for (const { id, names: [name] } of page.items) if (name) names.set(id, name);
    asked += page.items.length;
    before = page.next;
  } while (before !== undefined && asked < MOST);
  return names;
}

/** What to call somebody: by name; by the beginning of their id where there is none. */
export function useNames(): (entity: string) => string {
  const { id, name } = current.value!;
  const names = useResource(id, everybody);
  return (entity) => (entity === id ? name : (names.data?.get(entity) ?? (names.loading ? "" : entity.slice(0, 8))));
}
