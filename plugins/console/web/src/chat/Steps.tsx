import { micros } from "../core/format";
import { useResource } from "../core/resource";
import { get } from "../core/http";
import { base, here } from "../core/session";
import { href } from "../core/route";
import type { ActionResult, JsonObject, RunDetail } from "../core/types";
import { Code, Status } from "../ui/basic";
import { Disclosure } from "../ui/Disclosure";
import { Load } from "../ui/Load";

interface StepProps {
  action: string;
  arguments: JsonObject;
  result?: ActionResult | undefined;
  micros?: number | undefined;
  status?: string;
}

/** A quiet line for an action; it unfolds into what it was given and what it gave. */
export function StepRow({ action, arguments: given, result, micros: time, status }: StepProps) {
  const state = status ?? (result === undefined ? "running" : result.success ? "completed" : "failed");
  const running = state === "running";
  const summary = (
    <>
      <Status word={state} tone={running ? "busy" : state === "completed" ? "ok" : state === "failed" ? "bad" : "quiet"}>
        <code>{action}</code>
      </Status>
      <span class="step-result">{running ? "running" : (result?.error ?? (result === undefined ? state : ""))}</span>
      {time !== undefined && !running && <span class="figure">{micros(time)}</span>}
    </>
  );
  return (
    <Disclosure class="step" summary={summary}>
      {() => (
        <>
          <h4>Arguments</h4>
          {Object.keys(given).length > 0 ? <Code value={given} label={`Arguments of ${action}`} /> : <p class="help">None</p>}
          {result && (
            <>
              <h4>Result</h4>
              {!result.text && !result.error && result.data == null && !result.values && <p class="help">{result.success ? "It worked; there is nothing more to tell" : "It failed without a word"}</p>}
              {result.text && <p class="step-text">{result.text}</p>}
              {result.error && <p class="problem">{result.error}</p>}
              {(result.data != null || result.values) && <Code value={result.data ?? result.values} label={`Result of ${action}`} />}
            </>
          )}
        </>
      )}
    </Disclosure>
  );
}

/** The actions of a turn of before; they are looked up when somebody wants to see them. */
export function PastSteps({ run, steps, time }: { run: string; steps: number; time: number }) {
  const summary = (
    <>
      <Status word="completed" tone="quiet">{steps === 1 ? "1 action" : `${steps} actions`}</Status>
      <span class="figure">{micros(time)}</span>
    </>
  );
  return <Disclosure class="step" summary={summary}>{() => <StepsOf run={run} />}</Disclosure>;
}

function StepsOf({ run }: { run: string }) {
  const detail = useResource(run, (signal) => get<RunDetail>(`${base.value}/runs/${run}`, signal));
  return (
    <Load of={detail} lines={2}>
      {(record) => (
        <div class="past-steps">
          {record.steps.map((step, n) => <StepRow key={n} action={step.action} arguments={step.arguments} result={step.result} micros={step.micros} status={step.status} />)}
          <a href={href(here.value, "runs", run)}>The whole run</a>
        </div>
      )}
    </Load>
  );
}
