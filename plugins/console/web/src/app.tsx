import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, online, UNREACHABLE } from "./core/http";
import { route } from "./core/route";
import { current, load, session } from "./core/session";
import { Button } from "./ui/basic";
import { Notes, Questions } from "./ui/Dialog";
import { Empty, Failed, Skeleton } from "./ui/Load";
import { Shell } from "./ui/Shell";
import { Chat } from "./chat/Chat";
import { SignIn } from "./pages/SignIn";

type Page = ComponentType;

// The pages that are not the first one come when they are wanted.
const PAGES: Record<string, () => Promise<Page>> = {
  agents: () => import("./pages/Agents").then((page) => page.Agents),
  plugins: () => import("./plugins/Plugins").then((page) => page.Plugins),
  memories: () => import("./pages/Memories").then((page) => page.Memories),
  runs: () => import("./pages/Runs").then((page) => page.Runs),
  approvals: () => import("./pages/Approvals").then((page) => page.Approvals),
  tasks: () => import("./pages/Tasks").then((page) => page.Tasks),
  events: () => import("./pages/Events").then((page) => page.Events),
  logs: () => import("./pages/Logs").then((page) => page.Logs),
  metrics: () => import("./pages/Metrics").then((page) => page.Metrics),
  settings: () => import("./pages/Settings").then((page) => page.Settings),
};

const here = new Map<string, Page>([["chat", Chat]]);

function Current() {
  const name = route.value.page || "chat";
  const [, setRound] = useState(0);
  const [error, setError] = useState<Error>();
  useEffect(() => {
    setError(undefined);
    const fetch = PAGES[name];
    if (here.has(name) || !fetch) return;
    // A page that does not come is a server that is away; a browser asks for a module once only, so its return loads all anew.
    fetch().then(
      (page) => (here.set(name, page), setRound((n) => n + 1)),
      () => {
        online.value = false;
        setError(new ApiError(0, "unreachable", UNREACHABLE));
      },
    );
  }, [name]);
  useEffect(() => (error ? online.subscribe((value) => value && location.reload()) : undefined), [error]);
  if (error) return <Failed error={error} retry={() => location.reload()} />;
  const Known = here.get(name);
  if (Known) return <Known key={`${current.value?.id} ${name}`} />;
  if (!PAGES[name]) return <Empty icon="search" title="There is no such page"><p>The menu has all there are.</p></Empty>;
  return <Skeleton />;
}

export function App() {
  useEffect(() => void load(), []);
  const state = session.value;
  if (state.is === "loading") return <div class="splash" role="status" aria-label="Loading" />;
  if (state.is === "failed") {
    return <main class="alone"><Failed error={new Error(state.message)} retry={() => void load()} /></main>;
  }
  if (state.is === "out") return <SignIn reason={state.reason} />;
  return (
    <>
      <Shell>{current.value ? <Current /> : <NoAgents />}</Shell>
      <Questions />
      <Notes />
    </>
  );
}

function NoAgents() {
  return (
    <Empty icon="agents" title="No agent to show">
      <p>None of the agents that run here lets you in, or none runs.</p>
      <Button icon="retry" onClick={() => void load()}>Look again</Button>
    </Empty>
  );
}
