import type { Json, JsonObject } from "../core/types";

/** What a form can show: a JSON Schema with its references followed and its alternatives told apart. */
export type Shape = Common &
  (
    | { is: "string"; long: boolean; format?: string; pattern?: string; examples: string[] }
    | { is: "duration" }
    | { is: "secret" }
    | { is: "number"; whole: boolean; min?: number; max?: number; step?: number }
    | { is: "boolean" }
    | { is: "enum"; options: Option[] }
    | { is: "array"; items: Shape; min?: number; max?: number; unique: boolean }
    | { is: "object"; properties: Property[] }
    | { is: "map"; values: Shape }
    | { is: "union"; choices: Choice[] }
    | { is: "any" }
  );

interface Common {
  title?: string;
  about?: string;
  fallback?: Json;
  nullable?: boolean;
}

export interface Option {
  value: Json;
  about?: string;
}

export interface Property {
  name: string;
  required: boolean;
  shape: Shape;
}

export interface Choice {
  label: string;
  shape: Shape;
  /** The key whose constant tells this choice from the others. */
  tag?: { key: string; value: Json };
}

const DURATION = /\(ms\|s\|m\|h/;

/** Reads a schema; `root` holds what it refers to. */
export function shapeOf(schema: Json | undefined, root: JsonObject, seen: readonly string[] = []): Shape {
  if (schema === true || schema === undefined || !isObject(schema)) return { is: "any" };
  const common: Common = {};
  if (typeof schema["title"] === "string") common.title = schema["title"];
  if (typeof schema["description"] === "string") common.about = schema["description"];
  if (schema["default"] !== undefined) common.fallback = schema["default"];
  if (schema["x-secret"] === true) return { ...common, is: "secret" };
  const ref = schema["$ref"];
  if (typeof ref === "string") {
    // A type that holds itself is edited as text from the second time on.
    if (seen.filter((one) => one === ref).length > 1) return { ...common, is: "any" };
    return { ...shapeOf(follow(ref, root), root, [...seen, ref]), ...common };
  }
  const all = list(schema["allOf"]);
  if (all.length === 1) return { ...shapeOf(all[0], root, seen), ...common };
  if (all.length > 1) return { ...shapeOf(Object.assign({}, ...all.map((one) => resolved(one, root))) as JsonObject, root, seen), ...common };
  const alternatives = [...list(schema["anyOf"]), ...list(schema["oneOf"])];
  if (alternatives.length > 0) return { ...union(alternatives, root, seen), ...common };
  return { ...plain(schema, root, seen), ...common };
}

function plain(schema: JsonObject, root: JsonObject, seen: readonly string[]): Shape {
  if (Array.isArray(schema["enum"])) return { is: "enum", options: schema["enum"].map((value) => ({ value })) };
  if (schema["const"] !== undefined) return { is: "enum", options: [{ value: schema["const"] }] };
  const types = (Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]).filter((type) => type !== "null");
  const nullable = Array.isArray(schema["type"]) && schema["type"].includes("null");
  const more = nullable ? { nullable } : {};
  if (types.length > 1) {
    const choices = types.map((type) => ({ label: String(type), shape: plain({ ...schema, type: type! }, root, seen) }));
    return { is: "union", choices, ...more };
  }
  switch (types[0]) {
    case "string": return { ...text(schema), ...more };
    case "boolean": return { is: "boolean", ...more };
    case "integer": case "number": return { ...number(schema), ...more };
    case "array": {
      const items = shapeOf(schema["items"], root, seen);
      return { is: "array", items, unique: schema["uniqueItems"] === true, ...numbers({ min: schema["minItems"], max: schema["maxItems"] }), ...more };
    }
    case "object": return { ...object(schema, root, seen), ...more };
    default: return isObject(schema["properties"]) ? object(schema, root, seen) : { is: "any" };
  }
}

function text(schema: JsonObject): Shape {
  const pattern = schema["pattern"];
  if (schema["format"] === "duration" || (typeof pattern === "string" && DURATION.test(pattern))) return { is: "duration" };
  const shape: Shape = { is: "string", long: schema["format"] === "multiline", examples: list(schema["examples"]).map(String) };
  if (typeof schema["format"] === "string") shape.format = schema["format"];
  if (typeof pattern === "string") shape.pattern = pattern;
  return shape;
}

function number(schema: JsonObject): Shape {
  const more = numbers({ min: schema["minimum"], max: schema["maximum"], step: schema["multipleOf"] });
  // The bounds of the machine's numbers tell a reader nothing.
  if (more.max !== undefined && more.max >= 2 ** 31) delete more.max;
  return { is: "number", whole: schema["type"] === "integer", ...more };
}

function object(schema: JsonObject, root: JsonObject, seen: readonly string[]): Shape {
  const required = list(schema["required"]);
  const properties = isObject(schema["properties"]) ? Object.entries(schema["properties"]) : [];
  if (properties.length === 0) {
    const values = schema["additionalProperties"];
    return values === false ? { is: "object", properties: [] } : { is: "map", values: shapeOf(values, root, seen) };
  }
  const each = properties.map(([name, property]) => ({ name, required: required.includes(name), shape: shapeOf(property, root, seen) }));
  return { is: "object", properties: each };
}

function union(alternatives: Json[], root: JsonObject, seen: readonly string[]): Shape {
  const real = alternatives.filter((one) => !(isObject(one) && one["type"] === "null"));
  const nullable = real.length < alternatives.length ? { nullable: true } : {};
  if (real.length === 1) return { ...shapeOf(real[0], root, seen), ...nullable };
  const shapes = real.map((one) => shapeOf(one, root, seen));
  if (shapes.every((shape) => shape.is === "enum")) {
    const options = shapes.flatMap((shape) => shape.options.map((option) => (shape.about ? { ...option, about: shape.about } : option)));
    return { is: "enum", options, ...nullable };
  }
  const choices = shapes.map((shape): Choice => {
    const tag = tagOf(shape);
    return { label: labelOf(shape, tag), shape, ...(tag ? { tag } : {}) };
  });
  return { is: "union", choices, ...nullable };
}

function tagOf(shape: Shape): Choice["tag"] {
  if (shape.is !== "object") return undefined;
  for (const { name, shape: inner } of shape.properties) {
    if (inner.is === "enum" && inner.options.length === 1) return { key: name, value: inner.options[0]!.value };
  }
  return undefined;
}

const PLAIN: Record<string, string> = { string: "text", boolean: "on or off", array: "list", map: "table", any: "something else", enum: "one of", duration: "duration" };

function labelOf(shape: Shape, tag: Choice["tag"]): string {
  if (tag) return String(tag.value).replace(/-/g, " ");
  if (shape.title) return shape.title;
  if (shape.is === "object") {
    const needed = shape.properties.filter((property) => property.required);
    const named = (needed.length > 0 ? needed : shape.properties).map((property) => property.name);
    if (named.length <= 3) return named.join(", ").replace(/-/g, " ");
  }
  return PLAIN[shape.is] ?? shape.is;
}

function resolved(schema: Json, root: JsonObject): JsonObject {
  if (!isObject(schema)) return {};
  return typeof schema["$ref"] === "string" ? resolved(follow(schema["$ref"], root), root) : schema;
}

function follow(ref: string, root: JsonObject): Json {
  let at: Json | undefined = root;
  for (const part of ref.replace(/^#\/?/, "").split("/").filter((one) => one !== "")) {
    at = isObject(at) ? at[decodeURIComponent(part).replace(/~1/g, "/").replace(/~0/g, "~")] : undefined;
  }
  return at ?? true;
}

function numbers(all: Record<string, Json | undefined>): Record<string, number> {
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
