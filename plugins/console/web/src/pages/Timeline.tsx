import { micros } from "../core/format";
import type { RunDetail } from "../core/types";
import { ticks, timeline, type Bar, type BarKind } from "./timeline";

const KINDS: [kind: BarKind, text: string][] = [["stage", "Stages"], ["provider", "Providers"], ["model", "Model calls"], ["action", "Actions"], ["evaluator", "Evaluators"]];

/** A run on one time axis. */
export function Timeline({ run, open }: { run: RunDetail; open: (bar: Bar) => void }) {
  const bars = timeline(run);
  const end = Math.max(...bars.map((bar) => bar.start + bar.micros), run.micros, 1);
  const marks = ticks(end, 5);
  const at = (value: number) => `${(value / end) * 100}%`;
  return (
    <figure class="timeline" aria-label={`Timeline of ${micros(run.micros)}`}>
      <div class="axis" aria-hidden="true">
        {marks.map((mark) => <span key={mark} style={{ left: at(mark) }}>{mark === 0 ? "0" : micros(mark)}</span>)}
      </div>
      <div class="lanes">
        <div class="grid" aria-hidden="true">{marks.map((mark) => <i key={mark} style={{ left: at(mark) }} />)}</div>
        {KINDS.map(([kind, text]) => {
          const some = bars.filter((bar) => bar.kind === kind);
          return some.length === 0 ? null : (
            <section key={kind} class={`lane ${kind}`}>
              <h3>{text}</h3>
              <ul>{some.map((bar, n) => <Line key={n} bar={bar} left={at(bar.start)} width={at(bar.micros)} open={open} />)}</ul>
            </section>
          );
        })}
      </div>
    </figure>
  );
}

function Line({ bar, left, width, open }: { bar: Bar; left: string; width: string; open: (bar: Bar) => void }) {
  const content = (
    <>
      <span class="bar-name">{bar.name}</span>
      <span class="bar-track"><i style={{ left, width }} /></span>
      <span class="bar-time">{micros(bar.micros)}</span>
    </>
  );
  const className = `line ${bar.failed ? "failed" : ""}`;
  const title = bar.note ?? `${bar.name}: ${micros(bar.micros)}, from ${micros(bar.start)}`;
  return (
    <li>
      {bar.index >= 0
        ? <button type="button" class={className} title={title} onClick={() => open(bar)}>{content}</button>
        : <div class={className} title={title}>{content}</div>}
      {bar.note && <p class="problem">{bar.note}</p>}
    </li>
  );
}
