import { useRef, useState } from "preact/hooks";
import type { Json } from "../core/types";
import { Button } from "../ui/basic";
import { Control, idOf, ProblemList, useProblems, type FieldProps, type Of, type Path } from "./Form";
import { isObject, type Shape } from "./shape";
import { blank, withKey } from "./value";

function Entry({ shape, value, path, label, change, remove }: { shape: Shape; value: Json; path: Path; label: string; change: (value: Json) => void; remove: () => void }) {
  const problems = useProblems(path);
  return (
    <li class={problems.length > 0 ? "wrong" : ""}>
      <div class="list-entry">
        <div class="list-control" role="group" aria-label={label}>
          {!["object", "union", "map", "array", "enum"].includes(shape.is) && <label class="hidden" for={idOf(path)}>{label}</label>}
          <Control shape={shape} value={value} path={path} label={label} change={(next) => change(next ?? blank(shape))} />
        </div>
        <Button kind="quiet" icon="close" label={`Remove ${label}`} onClick={remove} />
      </div>
      <ProblemList problems={problems} id={`${idOf(path)}-error`} />
    </li>
  );
}

export function ArrayField({ shape, value, path, label, change }: FieldProps<Of<"array">>) {
  const items = Array.isArray(value) ? value : Array.isArray(shape.fallback) ? shape.fallback : [];
  // A key for each entry that outlives the removal of another.
  const keys = useRef<number[]>([]);
  while (keys.current.length < items.length) keys.current.push((keys.current.at(-1) ?? 0) + 1 + Math.floor(Math.random() * 1e6));
  const remove = (at: number) => {
    keys.current.splice(at, 1);
    change(items.filter((_, n) => n !== at));
  };
  const { is } = shape.items;
  if (is === "enum") return <Choices shape={shape} items={items} label={label} change={change} />;
  return (
    <div class="list">
      {items.length === 0 && <p class="help">Empty</p>}
      <ol>
        {items.map((item, n) => (
          <Entry key={keys.current[n]} shape={shape.items} value={item} path={[...path, n]} label={`${label} ${n + 1}`} change={(next) => change(items.with(n, next))} remove={() => remove(n)} />
        ))}
      </ol>
      <Button kind="quiet" icon="plus" disabled={shape.max !== undefined && items.length >= shape.max} onClick={() => change([...items, blank({ ...shape.items })])}>Add</Button>
    </div>
  );
}

/** Some of what there is to choose from. */
function Choices({ shape, items, label, change }: { shape: Of<"array">; items: Json[]; label: string; change: (value: Json) => void }) {
  const options = shape.items.is === "enum" ? shape.items.options : [];
  const toggle = (value: Json, on: boolean) => change(on ? [...items, value] : items.filter((one) => one !== value));
  return (
    <div class="choices" role="group" aria-label={label}>
      {options.map((option, n) => (
        <label key={n}>
          <input type="checkbox" checked={items.includes(option.value)} onChange={(event) => toggle(option.value, event.currentTarget.checked)} />
          <span>{String(option.value)}</span>
        </label>
      ))}
    </div>
  );
}

export function MapField({ shape, value, path, label, change }: FieldProps<Of<"map">>) {
  const object = isObject(value) ? value : isObject(shape.fallback) ? shape.fallback : {};
  const [name, setName] = useState("");
  const add = () => {
    const key = name.trim();
    if (key === "" || key in object) return;
    change(withKey(object, key, blank(shape.values)));
    setName("");
  };
  return (
    <div class="list map">
      <ol>
        {Object.entries(object).map(([key, item]) => (
          <li key={key}>
            <p class="map-key">{key}</p>
            <ol><Entry shape={shape.values} value={item} path={[...path, key]} label={key} change={(next) => change({ ...object, [key]: next })} remove={() => change(withKey(object, key, undefined))} /></ol>
          </li>
        ))}
      </ol>
      <div class="list-entry">
        <input type="text" aria-label={`New name in ${label}`} placeholder="Name" value={name} onInput={(event) => setName(event.currentTarget.value)} onKeyDown={(event) => event.key === "Enter" && (event.preventDefault(), add())} />
        <Button kind="quiet" icon="plus" disabled={name.trim() === "" || name.trim() in object} onClick={add}>Add</Button>
      </div>
    </div>
  );
}
