import { createContext, type ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import type { Json, JsonObject, Problem } from "../core/types";
import { words } from "../core/format";
import { Button, Prose } from "../ui/basic";
import { isObject, type Property, type Shape } from "./shape";
import { brief, pointer, withKey } from "./value";
import { ArrayField, MapField } from "./lists";
import { AnyField, BooleanField, DurationField, EnumField, NumberField, SecretField, StringField } from "./fields";
import { UnionField } from "./UnionField";

/** What the engine said about the values, for the fields that they are about. */
export const Problems = createContext<Problem[]>([]);

export type Path = readonly (string | number)[];

export interface FieldProps<S extends Shape = Shape> {
  shape: S;
  value: Json | undefined;
  path: Path;
  label: string;
  change: (value: Json | undefined) => void;
}

export type Of<K extends Shape["is"]> = Extract<Shape, { is: K }>;

export function idOf(path: Path): string {
  return `config${pointer(path).replace(/[^\w-]/g, "_")}`;
}

export function useProblems(path: Path): Problem[] {
  const here = pointer(path);
  return useContext(Problems).filter((problem) => (problem.path ?? "") === here);
}

function useHasProblems(path: Path): boolean {
  const here = pointer(path);
  return useContext(Problems).some((problem) => (problem.path ?? "").startsWith(`${here}/`));
}

/** What is wrong, as the engine says it. */
export function ProblemList({ problems, id }: { problems: Problem[]; id?: string }) {
  if (problems.length === 0) return null;
  return (
    <div class="problems" id={id}>
      {problems.map((problem, n) => <p key={n} class="problem">{problem.message}{problem.help && <span>{problem.help}</span>}</p>)}
    </div>
  );
}

/** The control of a value of any shape. */
export function Control(props: FieldProps) {
  const { shape } = props;
  switch (shape.is) {
    case "string": return <StringField {...props} shape={shape} />;
    case "duration": return <DurationField {...props} shape={shape} />;
    case "secret": return <SecretField {...props} shape={shape} />;
    case "number": return <NumberField {...props} shape={shape} />;
    case "boolean": return <BooleanField {...props} shape={shape} />;
    case "enum": return <EnumField {...props} shape={shape} />;
    case "array": return <ArrayField {...props} shape={shape} />;
    case "map": return <MapField {...props} shape={shape} />;
    case "union": return <UnionField {...props} shape={shape} />;
    case "object": return <ObjectField {...props} shape={shape} />;
    case "any": return <AnyField {...props} shape={shape} />;
  }
}

/** Shapes whose control shows the default itself. */
const PLACEHELD = ["string", "number", "duration", "enum", "boolean"];

const WHOLE = ["object", "map", "array"];

/** A property with its name, what it means, and the way back to its default. */
export function PropertyField({ property, value, path, change }: { property: Property; value: Json | undefined; path: Path; change: (value: Json | undefined) => void }) {
  const { shape, name, required } = property;
  const label = words(name);
  const id = idOf(path);
  const problems = useProblems(path);
  const isGroup = WHOLE.includes(shape.is);
  const isSet = value !== undefined;
  const about = shape.about && <Prose text={shape.about} />;
  const reset = isSet && !required && <Button kind="quiet" class="reset" label={shape.fallback === undefined ? `Leave out ${label}` : `Default of ${label}`} icon="retry" onClick={() => change(undefined)} />;
  const state = (
    <span class="field-state">
      {required && <span class="required">required</span>}
      {!isSet && shape.fallback != null && shape.is !== "object" && <span class="default">{PLACEHELD.includes(shape.is) ? "default" : `default ${brief(shape.fallback)}`}</span>}
      {!isGroup && reset}
    </span>
  );
  const control = <Control shape={shape} value={value} path={path} label={label} change={change} />;
  const className = `field ${problems.length > 0 ? "wrong" : ""} ${isSet ? "set" : ""} is-${shape.is}`;
  if (isGroup) return <Group id={id} label={label} state={state} about={about} problems={problems} path={path} reset={reset} shape={shape} value={value}>{control}</Group>;
  return (
    <div class={className}>
      <div class="field-head">
        <label for={id}>{label}</label>
        {state}
      </div>
      {control}
      {about && <p class="help" id={`${id}-help`}>{about}</p>}
      <ProblemList problems={problems} id={`${id}-error`} />
    </div>
  );
}

interface GroupProps {
  id: string;
  label: string;
  state: ComponentChildren;
  about: ComponentChildren;
  problems: Problem[];
  path: Path;
  reset: ComponentChildren;
  shape: Shape;
  value: Json | undefined;
  children: ComponentChildren;
}

/** Values within a value fold away; where something in them is wrong they are open. */
function Group({ id, label, state, about, problems, path, reset, shape, value, children }: GroupProps) {
  const inside = useHasProblems(path);
  const wrong = problems.length > 0 || inside;
  return (
    <details class={`field group ${wrong ? "wrong" : ""} is-${shape.is}`} open={wrong || undefined} id={id}>
      <summary class="field-head">
        <span class="group-name">{label}</span>
        <span class="group-brief">{value === undefined ? "" : brief(value)}</span>
        {state}
      </summary>
      <div class="group-body" role="group" aria-label={label}>
        <div class="group-about"><p class="help">{about}</p>{reset}</div>
        {children}
        <ProblemList problems={problems} />
      </div>
    </details>
  );
}

export function ObjectField({ shape, value, path, change }: FieldProps<Of<"object">>) {
  const object = isObject(value) ? value : {};
  const fallback = isObject(shape.fallback) ? shape.fallback : {};
  if (shape.properties.length === 0) return <p class="help">There is nothing to set.</p>;
  const known = new Set(shape.properties.map((property) => property.name));
  // A constant tells one choice from another; it is set with the choice.
  const shown = shape.properties.filter((property) => !(property.shape.is === "enum" && property.shape.options.length === 1));
  const set = (name: string, next: Json | undefined) => {
    const changed = withKey(object, name, next);
    change(Object.keys(changed).length === 0 && shape.fallback !== undefined ? undefined : changed);
  };
  return (
    <div class="properties">
      {shown.map((property) => {
        const inherited = property.shape.fallback ?? fallback[property.name];
        const with_default = inherited === undefined ? property.shape : { ...property.shape, fallback: inherited };
        return <PropertyField key={property.name} property={{ ...property, shape: with_default }} value={object[property.name]} path={[...path, property.name]} change={(next) => set(property.name, next)} />;
      })}
      {Object.keys(object).filter((name) => !known.has(name)).map((name) => (
        <PropertyField key={name} property={{ name, required: false, shape: { is: "any" } }} value={object[name]} path={[...path, name]} change={(next) => set(name, next)} />
      ))}
    </div>
  );
}

/** A form for all of a config. */
export function SchemaForm({ shape, value, change, problems }: { shape: Shape; value: JsonObject; change: (value: JsonObject) => void; problems: Problem[] }) {
  return (
    <Problems.Provider value={problems}>
      <Control shape={shape} value={value} path={[]} label="config" change={(next) => change(isObject(next) ? next : {})} />
    </Problems.Provider>
  );
}
