import { Control, idOf, type FieldProps, type Of } from "./Form";
import { blankChoice, choiceOf } from "./value";

/** One of several shapes: which one is chosen first. */
export function UnionField({ shape, value, path, label, change }: FieldProps<Of<"union">>) {
  const at = choiceOf(shape.choices, value ?? shape.fallback);
  const id = idOf(path);
  const choose = (next: string) => {
    if (next === "unset") return change(undefined);
    if (next === "null") return change(null);
    change(blankChoice(shape.choices[Number(next)]!));
  };
  const choice = shape.choices[at];
  const simple = choice && !["object", "map", "array", "union"].includes(choice.shape.is);
  const chosen = value === null ? "null" : at >= 0 ? String(at) : value === undefined ? "unset" : "alien";
  return (
    <div class={`union ${simple ? "simple" : ""}`}>
      <span class="select">
        <select id={choice && simple ? `${id}-kind` : id} aria-label={`Kind of ${label}`} value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          {(at < 0 || value === undefined) && <option value="unset">Not set</option>}
          {chosen === "alien" && <option value="alien">As it is</option>}
          {shape.nullable && <option value="null">nothing</option>}
          {shape.choices.map((one, n) => <option key={n} value={String(n)}>{one.label}</option>)}
        </select>
      </span>
      {choice && value !== undefined && value !== null && (
        <div class="union-body"><Control shape={choice.shape} value={value} path={path} label={label} change={change} /></div>
      )}
    </div>
  );
}
