import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string | undefined): void {
  try {
    if (value === undefined || value === "") localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing: the setting lasts for this visit.
  }
}

export const kept = (name: string): string => stored(name) ?? "";

const saved = stored("galatea-theme");
export const theme = signal<Theme>(saved === "light" || saved === "dark" ? saved : "system");

effect(() => {
  const root = document.documentElement;
  if (theme.value === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme.value;
  keep("galatea-theme", theme.value === "system" ? undefined : theme.value);
});

/** Whether single keys (`/`, `?`, `g c`) do something; who dictates or uses switches may turn them off. */
export const shortcuts = signal(stored("galatea-shortcuts") !== "off");
effect(() => keep("galatea-shortcuts", shortcuts.value ? undefined : "off"));
