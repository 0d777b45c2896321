import { useRef, useState } from "preact/hooks";
import { count, micros, money, plural } from "../core/format";
import { get } from "../core/http";
import { useResource } from "../core/resource";
import { href } from "../core/route";
import { base, current, here, may } from "../core/session";
import type { ModelCall, Prompt, RunDetail } from "../core/types";
import { useLive } from "../core/useLive";
import { StepRow } from "../chat/Steps";
import { Markdown } from "../markdown/Markdown";
import { Code, Header, Status, Tag, Time } from "../ui/basic";
import { Disclosure } from "../ui/Disclosure";
import { Load } from "../ui/Load";
import { PromptView } from "./PromptView";
import { Timeline } from "./Timeline";
import { purposeOf, type Bar } from "./timeline";

/** One turn: what was said, why it was answered, what it took and what was asked of the models. */
export function Run({ id }: { id: string }) {
  const run = useResource(id, (signal) => get<RunDetail>(`${base.value}/runs/${encodeURIComponent(id)}`, signal));
  useLive(run.reload, (event) => event.name === "RUN_ENDED" && event.run === id);
  return (
    <>
      <Header title={run.data?.text || "Run"} back={{ href: href(here.value, "runs"), text: "Runs" }} about={run.data?.at && <Time at={run.data.at} />} />
      <Load of={run}>{(data) => <Whole run={data} />}</Load>
    </>
  );
}

function Whole({ run }: { run: RunDetail }) {
  const page = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<string>();
  const calls = run["model-calls"];
  const usage = calls.reduce((sum, call) => ({ prompt: sum.prompt + call.usage.prompt, completion: sum.completion + call.usage.completion, cached: sum.cached + (call.usage.cached ?? 0) }), { prompt: 0, completion: 0, cached: 0 });
  const cost = calls.reduce((sum, call) => sum + (call.cost ?? 0), 0);
  const replies = run.said ?? [];
  const open = (bar: Bar) => {
    const key = `${bar.kind}-${bar.index}`;
    setOpened(key);
    requestAnimationFrame(() => {
      const element = page.current?.querySelector<HTMLElement>(`[data-part="${key}"]`);
      element?.scrollIntoView({ block: "center" });
      element?.querySelector<HTMLElement>("summary")?.focus({ preventScroll: true });
    });
  };
  return (
    <div class="run" ref={page}>
      <dl class="tiles">
        <div><dt>Status</dt><dd><Status word={run.status} /></dd></div>
        <div><dt>Took</dt><dd>{micros(run.micros)}</dd></div>
        <div><dt>Tokens</dt><dd>{count(usage.prompt)} <small>in</small> {count(usage.completion)} <small>out</small></dd></div>
        {usage.cached > 0 && <div><dt>Cached</dt><dd>{count(usage.cached)}</dd></div>}
        {cost > 0 && <div><dt>Cost</dt><dd>{money(cost)}</dd></div>}
        <div class="wide"><dt>{run.responded ? "Responded because" : "Stayed silent because"}</dt><dd class="reason">{run.reason || "nothing is told"}</dd></div>
      </dl>
      {run.error && <p class="turn-failed"><span>{run.error}</span></p>}
      <section>
        <h2>Timeline</h2>
        <Timeline run={run} open={open} />
      </section>
      {replies.length > 0 && (
        <section>
          <h2>{replies.length === 1 ? "Reply" : "Replies"}</h2>
          {replies.map((reply) => <article key={reply.id} class="run-reply"><p class="by"><b>{current.value?.name}</b><Time at={reply.at} /></p><Markdown text={reply.content.text} /></article>)}
        </section>
      )}
      {run.steps.length > 0 && (
        <section>
          <h2>Actions</h2>
          {run.steps.map((step, n) => (
            <div key={`${n} ${opened === `action-${n}`}`} data-part={`action-${n}`}>
              <StepRow action={step.action} arguments={step.arguments} result={step.result} micros={step.micros} status={step.status} />
              {step["allowed-by"] && <p class="help indent">Allowed by {step["allowed-by"].name || "the program"}, <Time at={step["allowed-by"].at} /></p>}
            </div>
          ))}
        </section>
      )}
      {calls.length > 0 && (
        <section>
          <h2>Model calls</h2>
          {calls.map((call, n) => <div key={`${n} ${opened === `model-${n}`}`} data-part={`model-${n}`}><Call call={call} n={n} run={run} open={opened === `model-${n}`} /></div>)}
        </section>
      )}
      <section>
        <Disclosure summary="The whole record">{() => <Code value={run} label="Record as JSON" />}</Disclosure>
        <p class="help">
          <a href={href(here.value, "chat", run.room)}>The conversation</a>
          {(run.trimmed?.length ?? 0) > 0 && ` · ${plural(run.trimmed!.reduce((sum, one) => sum + one.messages, 0), "message")} did not fit into the prompt`}
        </p>
      </section>
    </div>
  );
}

function Call({ call, n, run, open }: { call: ModelCall; n: number; run: RunDetail; open: boolean }) {
  const kept = run.prompts?.[n] ?? false;
  const summary = (
    <>
      <span class="call-name"><b>{purposeOf(call.purpose).replace(/-/g, " ")}</b> <span class="soft">{call.provider}{call.model !== call.provider && ` · ${call.model}`}</span></span>
      <span class="figure">{count(call.usage.prompt)} → {count(call.usage.completion)}</span>
      {call.cost ? <span class="figure">{money(call.cost)}</span> : null}
      <span class="figure">{micros(call.micros)}</span>
    </>
  );
  return (
    <Disclosure class="call" summary={summary} open={open}>
      {() => (
        <>
          <p class="tags">
            <Tag>{call.kind}</Tag>
            {call["first-micros"] !== undefined && <Tag>first piece after {micros(call["first-micros"])}</Tag>}
            {call.usage.cached ? <Tag>{count(call.usage.cached)} tokens cached</Tag> : null}
            {call.usage.reasoning ? <Tag>{count(call.usage.reasoning)} tokens of thought</Tag> : null}
            {call.cut && <Tag tone="warn">cut short</Tag>}
          </p>
          {call.failed?.map(([plugin, why], index) => <p key={index} class="problem">{plugin} did not answer: {why}</p>)}
          {call.problem && <p class="problem">Asked again: {call.problem}</p>}
          {kept && may("admin", "read") ? <PromptOf run={run.run} n={n} /> : (
            <>
              {call.text && <><h4>Answer</h4><Code value={call.text} label="Answer" /></>}
              {call.calls && call.calls.length > 0 && <><h4>Actions asked for</h4><Code value={call.calls} label="Calls" /></>}
              <p class="help">{may("admin", "read") ? "The exact prompt is no longer kept; those of the last hundred runs are." : "The exact prompt is shown to admins."}</p>
            </>
          )}
        </>
      )}
    </Disclosure>
  );
}

function PromptOf({ run, n }: { run: string; n: number }) {
  const prompt = useResource(`${run} ${n}`, (signal) => get<Prompt>(`${base.value}/runs/${run}/prompts/${n}`, signal));
  return <Load of={prompt} lines={4}>{(data) => <PromptView prompt={data} />}</Load>;
}
