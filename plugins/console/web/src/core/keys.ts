import { signal } from "@preact/signals";
import { go, href } from "./route";
import { here } from "./session";
import { shortcuts } from "./theme";

export const PLACES: [key: string, page: string, title: string][] = [
  ["c", "chat", "Chat"],
  ["a", "agents", "Agents"],
  ["p", "plugins", "Plugins"],
  ["q", "approvals", "Approvals"],
  ["t", "tasks", "Tasks"],
  ["r", "runs", "Runs"],
  ["m", "memories", "Memories"],
  ["x", "metrics", "Metrics"],
  ["e", "events", "Events"],
  ["l", "logs", "Logs"],
  ["s", "settings", "Settings"],
];

export const helpOpen = signal(false);

let began = 0;

function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (!shortcuts.value) return;
  if (event.key === "?") {
    event.preventDefault();
    helpOpen.value = true;
  } else if (event.key === "/") {
    const search = document.querySelector<HTMLElement>("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  } else if (event.key === "g") {
    began = Date.now();
  } else if (Date.now() - began < 1500) {
    began = 0;
    const place = PLACES.find(([key]) => key === event.key);
    if (!place) return;
    event.preventDefault();
    go(href(here.value, place[1]));
  }
});
