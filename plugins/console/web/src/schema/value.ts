import type { Json, JsonObject } from "../core/types";
import { isObject, type Choice, type Shape } from "./shape";

/** Where something is in a value, as JSON Pointer says it: `/servers/files/command`. */
export function pointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replace(/~/g, "~0").replace(/\//g, "~1")}`).join("");
}

/** A copy of an object with a key set, or left out where the value is `undefined`. */
export function withKey(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  const copy = { ...object };
  if (value === undefined) delete copy[key];
  else copy[key] = value;
  return copy;
}

export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, n) => equal(one, b[n]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equal(a[key], b[key]));
}

/** What a new entry of this shape begins with. */
export function blank(shape: Shape): Json {
  if (shape.fallback !== undefined) return shape.fallback;
  if (shape.nullable) return null;
  switch (shape.is) {
    case "string": case "duration": return "";
    case "secret": return { env: "" };
    case "number": return shape.min ?? 0;
    case "boolean": return false;
    case "enum": return shape.options[0]?.value ?? null;
    case "array": return [];
    case "map": return {};
    case "union": return blankChoice(shape.choices[0]!);
    case "any": return null;
    case "object":
      return Object.fromEntries(shape.properties.filter((one) => one.required).map((one) => [one.name, blank(one.shape)]));
  }
}

export function blankChoice(choice: Choice): Json {
  const value = blank(choice.shape);
  return choice.tag && isObject(value) ? { ...value, [choice.tag.key]: choice.tag.value } : value;
}

/** The choice that a value was made by. */
export function choiceOf(choices: readonly Choice[], value: Json | undefined): number {
  if (value === undefined) return -1;
  const byTag = choices.findIndex(({ tag }) => tag && isObject(value) && equal(value[tag.key], tag.value));
  if (byTag >= 0) return byTag;
  return choices.findIndex(({ shape, tag }) => !tag && fits(shape, value));
}

function fits(shape: Shape, value: Json): boolean {
  switch (shape.is) {
    case "string": case "duration": return typeof value === "string";
    case "number": return typeof value === "number";
    case "boolean": return typeof value === "boolean";
    case "enum": return shape.options.some((option) => equal(option.value, value));
    case "array": return Array.isArray(value);
    case "map": return isObject(value);
    case "secret": return isObject(value);
    case "union": return choiceOf(shape.choices, value) >= 0;
    case "any": return true;
    case "object": {
      if (!isObject(value)) return false;
      const names = shape.properties.map((property) => property.name);
      const known = Object.keys(value).every((key) => names.includes(key));
      return known && shape.properties.every((property) => !property.required || property.name in value);
    }
  }
}

/** A value in few words: of defaults and of what is folded away. */
export function brief(value: Json | undefined): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "string") return value === "" ? "empty" : value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "empty list" : value.map(brief).join(", ");
  if (value["secret"] === true) return typeof value["source"] === "string" ? value["source"] : "set";
  const entries = Object.entries(value);
  return entries.length === 0 ? "empty" : entries.map(([key, one]) => `${key} ${brief(one)}`).join(", ");
}

/** A secret as the server tells it (`env NAME`), as one writes it (`{ env: NAME }`). */
export function secretSource(value: Json | undefined): { kind: string; text: string; masked: boolean } | undefined {
  if (!isObject(value)) return undefined;
  for (const kind of ["env", "file"]) if (typeof value[kind] === "string") return { kind, text: value[kind], masked: false };
  if (Array.isArray(value["command"])) return { kind: "command", text: value["command"].join(" "), masked: false };
  const source = typeof value["source"] === "string" ? value["source"] : "";
  const match = /^(env|file|command) (.+)$/.exec(source);
  if (match) return { kind: match[1]!, text: match[2]!, masked: true };
  return value["secret"] === true ? { kind: "kept", text: source, masked: true } : undefined;
}
