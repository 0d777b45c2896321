import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { Json, JsonObject } from "../src/core/types";
import { isObject, shapeOf, type Shape } from "../src/schema/shape";
import { blank, brief, choiceOf, equal, pointer, secretSource } from "../src/schema/value";

const root = (schema: Json): Shape => shapeOf(schema, isObject(schema) ? schema : {});

test("each form of a schema has its control", () => {
  for (const [schema, is] of [
    [{ type: "string" }, "string"],
    [{ type: "integer", minimum: 0 }, "number"],
    [{ type: "boolean" }, "boolean"],
    [{ type: "string", enum: ["a", "b"] }, "enum"],
    [{ oneOf: [{ const: "a", description: "A." }, { const: "b" }] }, "enum"],
    [{ type: "array", items: { type: "string" } }, "array"],
    [{ type: "object", additionalProperties: { type: "string" } }, "map"],
    [{ type: "object", properties: { a: { type: "string" } } }, "object"],
    [{ anyOf: [{ type: "string" }, { type: "object", properties: { a: {} } }] }, "union"],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string"],
    [{ type: ["integer", "null"] }, "number"],
    [{ type: ["string", "integer"] }, "union"],
    [{ type: "string", pattern: "^[0-9]+(ms|s|m|h)$" }, "duration"],
    [{ "x-secret": true, anyOf: [] }, "secret"],
    [{ $ref: "#/definitions/a", definitions: { a: { type: "boolean" } } }, "boolean"],
    [{ allOf: [{ $ref: "#/$defs/a" }], description: "mine", $defs: { a: { type: "boolean", description: "theirs" } } }, "boolean"],
    [{ $ref: "#/definitions/missing" }, "any"],
    [true, "any"],
  ] as [Json, string][]) {
    assert.equal(root(schema).is, is, JSON.stringify(schema));
  }
  assert.equal(root({ anyOf: [{ type: "string" }, { type: "null" }] }).nullable, true);
  assert.equal(root({ allOf: [{ type: "boolean", description: "theirs" }], description: "mine" }).about, "mine");
});

test("a type that holds itself ends", () => {
  const schema: JsonObject = { $ref: "#/definitions/tree", definitions: { tree: { type: "object", properties: { children: { type: "array", items: { $ref: "#/definitions/tree" } } } } } };
  assert.equal(shapeOf(schema, schema).is, "object");
});

test("the choice of a value is found by its tag, else by its form", () => {
  const tagged = root({ oneOf: [
    { type: "object", properties: { kind: { const: "file" }, path: { type: "string" } }, required: ["kind", "path"] },
    { type: "object", properties: { kind: { const: "url" }, url: { type: "string" } }, required: ["kind", "url"] },
  ] });
  assert.ok(tagged.is === "union");
  assert.equal(choiceOf(tagged.choices, { kind: "url" }), 1);
  assert.deepEqual(tagged.choices.map((choice) => choice.label), ["file", "url"]);
  assert.deepEqual(blank(tagged), { kind: "file", path: "" });
  const plain = root({ anyOf: [{ type: "boolean" }, { type: "object", properties: { env: { type: "string" } }, required: ["env"], additionalProperties: false }] });
  assert.ok(plain.is === "union");
  assert.equal(choiceOf(plain.choices, true), 0);
  assert.equal(choiceOf(plain.choices, { env: "X" }), 1);
  assert.equal(choiceOf(plain.choices, 7), -1);
});

/** Every setting of every plugin that ships has a control of its own; none falls back to JSON. */
test("the plugins that ship need no JSON", () => {
  const schema = JSON.parse(readFileSync("../../../characters/character.schema.json", "utf8")) as { definitions: JsonObject };
  const document = schema as unknown as JsonObject;
  const raw: string[] = [];
  const walk = (shape: Shape, path: string): void => {
    if (shape.is === "any") raw.push(path);
    if (shape.is === "object") for (const property of shape.properties) walk(property.shape, `${path}.${property.name}`);
    if (shape.is === "array") walk(shape.items, `${path}[]`);
    if (shape.is === "map") walk(shape.values, `${path}{}`);
    if (shape.is === "union") for (const choice of shape.choices) walk(choice.shape, `${path}(${choice.label})`);
  };
  const settings = Object.keys(schema.definitions).filter((name) => name.endsWith(".Settings"));
  assert.ok(settings.length > 8);
  for (const name of settings) walk(shapeOf(schema.definitions[name], document), name);
  assert.deepEqual(raw, []);
});

test("values are told, compared and pointed at", () => {
  assert.equal(pointer(["servers", "a/b", 0]), "/servers/a~1b/0");
  assert.ok(equal({ a: [1, { b: null }] }, { a: [1, { b: null }] }));
  assert.ok(!equal({ a: 1 }, { a: 1, b: 2 }));
  assert.equal(brief({ secret: true, source: "env KEY" }), "env KEY");
  assert.deepEqual(secretSource({ env: "KEY" }), { kind: "env", text: "KEY", masked: false });
  assert.deepEqual(secretSource({ secret: true, source: "file /run/key" }), { kind: "file", text: "/run/key", masked: true });
  assert.deepEqual(secretSource({ command: ["pass", "show"] }), { kind: "command", text: "pass show", masked: false });
});
