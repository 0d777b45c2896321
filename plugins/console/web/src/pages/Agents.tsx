import { plural, words } from "../core/format";
import { get } from "../core/http";
import { useResource } from "../core/resource";
import { href } from "../core/route";
import { current, handleOf } from "../core/session";
import type { Agent, Model, Page } from "../core/types";
import { Header, Prose, Status, Tag, Time } from "../ui/basic";
import { Disclosure } from "../ui/Disclosure";
import { Empty, Load } from "../ui/Load";

export function Agents() {
  const agents = useResource("agents", (signal) => get<Page<Agent>>("/agents?limit=200", signal));
  return (
    <>
      <Header title="Agents" about="Those that run behind this address" />
      <Load of={agents}>
        {(data) => (data.items.length === 0 ? <Empty icon="agents" title="No agent runs" /> : <div class="cards">{data.items.map((agent) => <Card key={agent.id} agent={agent} />)}</div>)}
      </Load>
    </>
  );
}

function Card({ agent }: { agent: Agent }) {
  const handle = handleOf(agent);
  const shown = agent.id === current.value?.id;
  return (
    <article class={`card ${shown ? "current" : ""}`} aria-label={agent.name}>
      <header>
        <span class="monogram" aria-hidden="true">{agent.name.slice(0, 1)}</span>
        <div>
          <h2>{agent.name}</h2>
          {agent.username && <p class="help">@{agent.username}</p>}
        </div>
        <Status word={agent.status} />
      </header>
      {(agent.bio ?? []).slice(0, 2).map((line, n) => <p key={n} class="bio">{line}</p>)}
      <dl class="facts">
        {agent.answers?.plugin && <div><dt>Answers</dt><dd><b>{agent.answers.plugin}</b>{agent.answers.why && <span class="why"><Prose text={agent.answers.why} /></span>}</dd></div>}
        {agent.store && <div><dt>Remembers in</dt><dd><Prose text={agent.store} /></dd></div>}
        {agent.since && <div><dt>Runs since</dt><dd><Time at={agent.since} relative /></dd></div>}
        {agent.plugins !== undefined && <div><dt>Made of</dt><dd><a href={href(handle, "plugins")}>{plural(agent.plugins, "plugin")}</a></dd></div>}
      </dl>
      <Disclosure summary="Models">{() => <Models id={agent.id} />}</Disclosure>
      <footer>
        <a class="button main" href={href(handle, "chat")}>Chat</a>
        <a class="button plain" href={href(handle, "runs")}>Runs</a>
        <a class="button plain" href={href(handle, "settings")}>Settings</a>
      </footer>
    </article>
  );
}

function Models({ id }: { id: string }) {
  const models = useResource(id, (signal) => get<Page<Model>>(`/agents/${id}/models?limit=200`, signal));
  return (
    <Load of={models} lines={3}>
      {(data) => (
        <ul class="model-list">
          {data.items.map((model, n) => (
            <li key={n} class={model.chosen ? "" : "second"}>
              <span>{words(model.kind)}</span>
              <span><b>{model.plugin}</b> {model.model !== model.plugin && model.model}{model.chosen && <Tag tone="ok">chosen</Tag>}</span>
              {model.health && model.health !== "ok" && <Status word={model.health} />}
              {model.why && <p class="help">{model.why}</p>}
            </li>
          ))}
        </ul>
      )}
    </Load>
  );
}
