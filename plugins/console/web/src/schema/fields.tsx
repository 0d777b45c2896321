import { useState } from "preact/hooks";
import type { Json } from "../core/types";
import { Select } from "../ui/basic";
import { idOf, useProblems, type FieldProps, type Of } from "./Form";
import { brief, equal, secretSource } from "./value";

/** What ties a control to its label, its help and its problems. */
function useAria(props: FieldProps) {
  const id = idOf(props.path);
  const wrong = useProblems(props.path).length > 0;
  const described = [props.shape.about ? `${id}-help` : "", wrong ? `${id}-error` : ""].filter(Boolean).join(" ");
  return { id, "aria-invalid": wrong || undefined, "aria-describedby": described || undefined };
}

const hint = (fallback: Json | undefined) => (fallback === undefined ? "" : brief(fallback));

export function StringField(props: FieldProps<Of<"string">>) {
  const { shape, value, change } = props;
  const aria = useAria(props);
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  const long = shape.long || text.includes("\n") || text.length > 90;
  const input = (next: string) => change(next === "" && (shape.fallback !== undefined || value === undefined) ? undefined : next);
  if (long) return <textarea {...aria} rows={Math.min(8, text.split("\n").length + 1)} value={text} placeholder={hint(shape.fallback)} onInput={(event) => input(event.currentTarget.value)} />;
  return (
    <>
      <input
        {...aria} type={shape.format === "uri" ? "url" : "text"} spellcheck={false} autocomplete="off" value={text} placeholder={hint(shape.fallback)}
        list={shape.examples.length > 0 ? `${aria.id}-list` : undefined} onInput={(event) => input(event.currentTarget.value)}
      />
      {shape.examples.length > 0 && <datalist id={`${aria.id}-list`}>{shape.examples.map((one) => <option key={one} value={one} />)}</datalist>}
    </>
  );
}

export function NumberField(props: FieldProps<Of<"number">>) {
  const { shape, value, change } = props;
  const aria = useAria(props);
  const [text, setText] = useState<string>();
  const shown = text ?? (value === undefined || value === null ? "" : String(value));
  const input = (next: string) => {
    setText(next);
    const number = Number(next);
    // What is no number goes to the engine as it is written, and comes back with its words.
    change(next.trim() === "" ? undefined : Number.isFinite(number) ? number : next);
  };
  const range = shape.min !== undefined && shape.max !== undefined ? `${shape.min} to ${shape.max}` : shape.min ? `at least ${shape.min}` : shape.max !== undefined ? `at most ${shape.max}` : "";
  return (
    <div class="with-unit">
      <input {...aria} type="text" inputmode={shape.whole ? "numeric" : "decimal"} class="number" autocomplete="off" value={shown} placeholder={hint(shape.fallback)} onInput={(event) => input(event.currentTarget.value)} onBlur={() => setText(undefined)} />
      {range && <span class="unit">{range}</span>}
    </div>
  );
}

export function BooleanField(props: FieldProps<Of<"boolean">>) {
  const { shape, value, change } = props;
  const aria = useAria(props);
  const on = typeof value === "boolean" ? value : shape.fallback === true;
  return (
    <label class="switch">
      <input {...aria} type="checkbox" role="switch" checked={on} onChange={(event) => change(event.currentTarget.checked)} />
      <span>{on ? "On" : "Off"}</span>
    </label>
  );
}

export function EnumField(props: FieldProps<Of<"enum">>) {
  const { shape, value, change } = props;
  const aria = useAria(props);
  const at = value ?? shape.fallback;
  const few = shape.options.length <= 4;
  const isAlien = value !== undefined && !shape.options.some((option) => equal(option.value, value));
  if (few && !isAlien) {
    return (
      <div class="options" role="radiogroup" aria-label={props.label} aria-describedby={aria["aria-describedby"]}>
        {shape.options.map((option, n) => (
          <label key={n} class="option">
            <input id={n === 0 ? aria.id : undefined} type="radio" name={aria.id} checked={equal(at, option.value)} onChange={() => change(option.value)} />
            <span><b>{brief(option.value)}</b>{option.about && <small>{option.about}</small>}</span>
          </label>
        ))}
      </div>
    );
  }
  const index = shape.options.findIndex((option) => equal(option.value, at));
  return (
    <span class="select">
      <select {...aria} value={isAlien ? "alien" : String(index)} onChange={(event) => change(shape.options[Number(event.currentTarget.value)]?.value)}>
        {index < 0 && !isAlien && <option value="-1">Choose…</option>}
        {isAlien && <option value="alien">{brief(value)}</option>}
        {shape.options.map((option, n) => <option key={n} value={String(n)}>{brief(option.value)}</option>)}
      </select>
    </span>
  );
}

const UNITS: [unit: string, text: string][] = [["ms", "milliseconds"], ["s", "seconds"], ["m", "minutes"], ["h", "hours"], ["d", "days"]];

export function DurationField(props: FieldProps<Of<"duration">>) {
  const { shape, value, change } = props;
  const aria = useAria(props);
  const text = typeof value === "string" ? value : "";
  const parts = /^(\d*)(ms|s|m|h|d)$/.exec(text);
  const fallback = /^(\d+)(ms|s|m|h|d)$/.exec(typeof shape.fallback === "string" ? shape.fallback : "");
  const unit = parts?.[2] ?? fallback?.[2] ?? "s";
  if (text !== "" && !parts) return <input {...aria} type="text" value={text} placeholder={hint(shape.fallback)} onInput={(event) => change(event.currentTarget.value || undefined)} />;
  const set = (amount: string, of: string) => change(amount === "" ? undefined : /^\d+$/.test(amount) ? `${amount}${of}` : amount);
  return (
    <div class="with-unit">
      <input {...aria} type="text" inputmode="numeric" class="number" autocomplete="off" value={parts?.[1] ?? ""} placeholder={fallback?.[1] ?? ""} onInput={(event) => set(event.currentTarget.value.trim(), unit)} />
      <Select label={`Unit of ${props.label}`} value={unit} options={UNITS} onChange={(next) => set(parts?.[1] ?? fallback?.[1] ?? "", next)} />
    </div>
  );
}

const SOURCES: [kind: string, text: string, hint: string][] = [
  ["env", "Environment variable", "NAME"],
  ["file", "File", "/run/secrets/name"],
  ["command", "Command", "pass show name"],
];

/** Where a secret is; the secret itself never comes here. */
export function SecretField(props: FieldProps<Of<"secret">>) {
  const { value, change } = props;
  const aria = useAria(props);
  const source = secretSource(value);
  const kind = source?.kind ?? "env";
  const set = (next: string, text: string) => {
    if (text === "" && value === undefined) return change(undefined);
    change(next === "command" ? { command: text.split(" ").filter((part, n) => part !== "" || n > 0) } : { [next]: text });
  };
  const options = SOURCES.map(([name, text]): [string, string] => [name, text]);
  if (kind === "kept") options.unshift(["kept", "As it is"]);
  return (
    <div class="secret">
      <Select label={`Kind of ${props.label}`} value={kind} options={options} onChange={(next) => next !== "kept" && change(next === "command" ? { command: [] } : { [next]: "" })} />
      <input
        {...aria} type="text" spellcheck={false} autocomplete="off" value={kind === "kept" ? "" : (source?.text ?? "")} disabled={kind === "kept"}
        placeholder={SOURCES.find(([name]) => name === kind)?.[2] ?? "set, and not shown"} onInput={(event) => set(kind, event.currentTarget.value)}
      />
    </div>
  );
}

/** What has no form is written as JSON. */
export function AnyField(props: FieldProps<Of<"any">>) {
  const { value, change } = props;
  const aria = useAria(props);
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [error, setError] = useState<string>();
  const input = (next: string) => {
    setText(next);
    try {
      change(next.trim() === "" ? undefined : (JSON.parse(next) as Json));
      setError(undefined);
    } catch (failed) {
      setError((failed as Error).message);
    }
  };
  return (
    <>
      <textarea {...aria} class="json" rows={Math.min(10, text.split("\n").length + 1)} spellcheck={false} value={text} onInput={(event) => input(event.currentTarget.value)} />
      {error && <p class="problem">{error}</p>}
    </>
  );
}
