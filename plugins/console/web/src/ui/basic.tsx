import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ago, fullTime, when } from "../core/format";
import { Icon, type IconName } from "./Icon";

type ButtonProps = Omit<ButtonHTMLAttributes, "type" | "disabled" | "class" | "label"> & {
  icon?: IconName;
  kind?: "plain" | "main" | "bad" | "quiet";
  busy?: boolean;
  label?: string;
  type?: "button" | "submit";
  disabled?: boolean | undefined;
  class?: string;
};

/** A button; with `label` and without children it shows its icon only. */
export function Button({ icon, kind = "plain", busy, label, children, type = "button", disabled, class: more, ...rest }: ButtonProps) {
  const bare = children === undefined || children === null;
  const name = ["button", kind, bare ? "bare" : "", more ?? ""].filter(Boolean).join(" ");
  return (
    <button {...rest} type={type} class={name} aria-label={label} title={bare ? label : undefined} aria-busy={busy || undefined} disabled={disabled || busy}>
      {busy ? <span class="spin" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export type Tone = "ok" | "warn" | "bad" | "quiet" | "busy";

const TONES: Record<string, Tone> = {
  ready: "ok", running: "ok", completed: "ok", ok: "ok", closed: "ok", up: "ok", granted: "ok", healthy: "ok",
  degraded: "warn", waiting: "warn", timeout: "warn", parked: "warn", interrupted: "warn", "half-open": "warn", starting: "warn", warn: "warn", retrying: "warn",
  failed: "bad", open: "bad", error: "bad", denied: "bad", expired: "bad", down: "bad", refused: "bad", stopping: "bad", revoked: "bad",
};

export function toneOf(word: string): Tone {
  return TONES[word.toLowerCase()] ?? "quiet";
}

/** How something stands: a dot and a word, never a colour alone. */
export function Status({ word, tone, children }: { word: string; tone?: Tone; children?: ComponentChildren }) {
  return (
    <span class={`status ${tone ?? toneOf(word)}`}>
      <span class="dot" aria-hidden="true" />
      {children ?? word.replace(/-/g, " ")}
    </span>
  );
}

export function Tag({ children, tone }: { children: ComponentChildren; tone?: Tone }) {
  return <span class={`tag ${tone ?? ""}`}>{children}</span>;
}

let tick: ((now: number) => void)[] = [];
setInterval(() => tick.forEach((told) => told(Date.now())), 20_000);

/** A time that keeps its distance right. */
export function Time({ at, relative = false }: { at: string; relative?: boolean }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!relative) return;
    tick = [...tick, setNow];
    return () => void (tick = tick.filter((told) => told !== setNow));
  }, [relative]);
  return <time dateTime={at} title={fullTime(at)}>{relative ? ago(at, Math.max(now, Date.now())) : when(at)}</time>;
}

export function Field({ label, help, error, id, children }: { label: ComponentChildren; help?: ComponentChildren; error?: string | undefined; id: string; children: ComponentChildren }) {
  return (
    <div class={`field ${error ? "wrong" : ""}`}>
      <label for={id}>{label}</label>
      {children}
      {help && <p class="help" id={`${id}-help`}>{help}</p>}
      {error && <p class="problem" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

export function Search({ value, onInput, label, placeholder }: { value: string; onInput: (value: string) => void; label: string; placeholder?: string }) {
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input type="search" data-search aria-label={label} placeholder={placeholder ?? label} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

export function Select({ value, onChange, label, options }: { value: string; onChange: (value: string) => void; label: string; options: [value: string, text: string][] }) {
  return (
    <span class="select">
      <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([name, text]) => <option key={name} value={name}>{text}</option>)}
      </select>
      <Icon name="chevron" size={12} />
    </span>
  );
}

export function Header({ title, about, children, back }: { title: ComponentChildren; about?: ComponentChildren; children?: ComponentChildren; back?: { href: string; text: string } }) {
  return (
    <header class="page-header">
      <div>
        {back && <a class="back" href={back.href}><Icon name="back" size={14} />{back.text}</a>}
        <h1 tabIndex={-1}>{title}</h1>
        {about && <p>{about}</p>}
      </div>
      {children && <div class="page-tools">{children}</div>}
    </header>
  );
}

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    if (!(await navigator.clipboard.writeText(text).then(() => true, () => false))) return;
    setDone(true);
    setTimeout(() => setDone(false), 1600);
  };
  // Browsers have none for pages that came over plain HTTP from another machine; the text can be selected.
  if (!navigator.clipboard) return null;
  return <Button kind="quiet" class="copy" icon={done ? "check" : "copy"} label={done ? "Copied" : label} onClick={copy} />;
}

/** Data as it is, with a way to take it along. */
export function Code({ value, label }: { value: unknown; label?: string }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={label}>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}

/** Descriptions are written with `code` in them. */
export function Prose({ text }: { text: string }) {
  const parts = text.split(/`([^`]+)`/);
  return <>{parts.map((part, n) => (n % 2 === 1 ? <code key={n}>{part}</code> : part))}</>;
}
