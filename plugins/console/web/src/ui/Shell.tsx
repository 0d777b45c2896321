import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { online } from "../core/http";
import { helpOpen, PLACES } from "../core/keys";
import { approvals } from "../core/live";
import { go, href, route, unsaved, wanted } from "../core/route";
import { agents, current, handleOf, here, may, session, signOut } from "../core/session";
import { shortcuts, theme, type Theme } from "../core/theme";
import { Button, Select } from "./basic";
import { Dialog } from "./Dialog";
import { Icon, Mark, type IconName } from "./Icon";

const GROUPS: { title: string; pages: [page: string, title: string, icon: IconName, role: string][] }[] = [
  { title: "Talk", pages: [["chat", "Chat", "chat", "guest"], ["agents", "Agents", "agents", "guest"]] },
  {
    title: "Watch",
    pages: [
      ["runs", "Runs", "runs", "admin"],
      ["memories", "Memories", "memories", "admin"],
      ["metrics", "Metrics", "metrics", "admin"],
      ["events", "Events", "events", "admin"],
      ["logs", "Logs", "logs", "admin"],
    ],
  },
  {
    title: "Steer",
    pages: [
      ["plugins", "Plugins", "plugins", "member"],
      ["approvals", "Approvals", "approvals", "member"],
      ["tasks", "Tasks", "tasks", "admin"],
      ["settings", "Settings", "settings", "admin"],
    ],
  },
];

const drawer = signal(false);

function AgentSwitch() {
  const all = agents.value;
  const agent = current.value;
  if (!agent) return null;
  if (all.length < 2) return <p class="agent-name">{agent.name}</p>;
  const change = (to: string) => go(href(to, route.value.page || "chat"));
  return <Select label="Agent" value={handleOf(agent)} onChange={change} options={all.map((one) => [handleOf(one), one.name])} />;
}

function Navigation() {
  const page = route.value.page || "chat";
  return (
    <nav aria-label="Main">
      {GROUPS.map(({ title, pages }) => {
        const shown = pages.filter(([, , , role]) => role === "guest" || may(role, "read"));
        return shown.length === 0 ? null : (
          <div key={title} class="nav-group">
            <h2>{title}</h2>
            <ul>
              {shown.map(([name, text, icon]) => (
                <li key={name}>
                  <a href={href(here.value, name)} aria-current={page === name ? "page" : undefined} onClick={() => (drawer.value = false)}>
                    <Icon name={icon} />
                    {text}
                    {name === "approvals" && approvals.value.length > 0 && (
                      <span class="badge" aria-label={`${approvals.value.length} waiting`}>{approvals.value.length}</span>
                    )}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS: Record<Theme, IconName> = { system: "system", light: "sun", dark: "moon" };

function Foot() {
  const who = session.value.is === "in" ? session.value.session : undefined;
  return (
    <footer class="rail-foot">
      <p class="who" title={who?.role}>{who?.name}{who?.role && <span>{who.role}</span>}</p>
      <Button kind="quiet" icon={ICONS[theme.value]} label={`Theme: ${theme.value}`} onClick={() => (theme.value = NEXT[theme.value])} />
      <Button kind="quiet" icon="help" label="Keyboard shortcuts" onClick={() => (helpOpen.value = true)} />
      {who?.csrf !== undefined && <Button kind="quiet" icon="out" label="Sign out" onClick={() => void signOut()} />}
    </footer>
  );
}

function Help() {
  if (!helpOpen.value) return null;
  const row = (keys: string[], text: string) => (
    <div key={text}><dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{text}</dd></div>
  );
  return (
    <Dialog title="Keyboard" close={() => (helpOpen.value = false)}>
      <div class="help-columns">
        <section>
          <h3>Go to</h3>
          <dl>{PLACES.map(([key, , title]) => row(["g", key], title))}</dl>
        </section>
        <section>
          <h3>Anywhere</h3>
          <dl>{row(["/"], "Search this page")}{row(["?"], "This help")}{row(["Esc"], "Close what is open")}</dl>
          <h3>In chat</h3>
          <dl>{row(["Enter"], "Send")}{row(["Shift", "Enter"], "New line")}{row(["↑"], "What you said before")}{row(["Esc"], "Stop the answer")}</dl>
          <h3>In lists and pictures</h3>
          <dl>{row(["↑", "↓"], "Move")}{row(["Enter"], "Open")}</dl>
        </section>
      </div>
      <label class="switch">
        <input type="checkbox" checked={shortcuts.value} onChange={(event) => (shortcuts.value = event.currentTarget.checked)} />
        <span>Single keys act as shortcuts</span>
      </label>
    </Dialog>
  );
}

function Leaving() {
  const to = wanted.value;
  const what = unsaved.value;
  if (to === undefined || !what) return null;
  const leave = () => {
    what.discard();
    unsaved.value = undefined;
    wanted.value = undefined;
    go(to);
  };
  const actions = (
    <>
      <Button onClick={() => (wanted.value = undefined)}>Stay</Button>
      <Button kind="bad" onClick={leave}>Discard changes</Button>
    </>
  );
  return (
    <Dialog title="Unsaved changes" class="small" actions={actions} close={() => (wanted.value = undefined)}>
      <p>{what.what} has changes that are not saved.</p>
    </Dialog>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const where = `${route.value.agent}/${route.value.page}`;
  const first = useRef(true);
  // A new page is a new beginning for who listens to it or walks through it by keyboard.
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [where]);
  const title = PLACES.find(([, page]) => page === (route.value.page || "chat"))?.[2] ?? "Galatea";
  document.title = `${title} · ${current.value?.name ?? "Galatea"}`;
  return (
    <div class={`shell ${drawer.value ? "open" : ""}`}>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>Skip to content</a>
      <header class="bar">
        <Button kind="quiet" icon={drawer.value ? "close" : "menu"} label={drawer.value ? "Close menu" : "Menu"} aria-expanded={drawer.value} aria-controls="rail" onClick={() => (drawer.value = !drawer.value)} />
        <span>{title}</span>
        <span class="bar-agent">{current.value?.name}</span>
      </header>
      <div class="rail" id="rail" onKeyDown={(event) => event.key === "Escape" && (drawer.value = false)}>
        <header>
          <a class="brand" href={href(here.value, "chat")}><Mark />Galatea</a>
          <AgentSwitch />
        </header>
        <Navigation />
        <Foot />
      </div>
      <main id="main" ref={main} tabIndex={-1} class={`page page-${route.value.page || "chat"}`}>
        {!online.value && <p class="offline" role="status"><Icon name="warning" />Galatea does not answer. Trying again…</p>}
        {children}
      </main>
      <Help />
      <Leaving />
    </div>
  );
}
