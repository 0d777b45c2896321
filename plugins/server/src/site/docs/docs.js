"use strict";

// Shows openapi.json: routes by group, what they read and answer, and lets one try them. Texts of the document are only
// ever set as text.

const METHODS = ["get", "post", "put", "patch", "delete"];
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};
const at = (id) => document.getElementById(id);

let api = null;
let session = {};

// What a reference leads to.
const resolve = (value) => {
  let seen = 0;
  while (value && value.$ref && seen++ < 20) {
    value = value.$ref.slice(2).split("/").reduce((place, key) => place?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], api);
  }
  return value ?? {};
};

// A schema in a few lines, as TypeScript would write it.
const shape = (schema, depth = 0) => {
  const named = schema?.$ref?.split("/").pop();
  const it = resolve(schema);
  if (it === true || Object.keys(it).length === 0) return "any";
  if (depth > 5) return named ?? "…";
  const pad = "  ".repeat(depth + 1);
  if (it.const !== undefined) return JSON.stringify(it.const);
  if (it.enum) return it.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = it.oneOf ?? it.anyOf;
  if (union) return union.map((one) => shape(one, depth)).join(" | ");
  if (it.allOf && !it.properties) return it.allOf.map((one) => shape(one, depth)).join(" & ");
  const kinds = Array.isArray(it.type) ? it.type : [it.type];
  const texts = kinds.map((kind) => {
    if (kind === "array") return `${shape(it.items ?? {}, depth)}[]`;
    if (kind === "object" || it.properties) {
      const lines = Object.entries(it.properties ?? {}).map(([name, value]) => {
        const optional = it.required?.includes(name) ? "" : "?";
        const note = resolve(value).description ?? value.description;
        return `${pad}${name}${optional}: ${shape(value, depth + 1)}${note ? `   // ${note.split("\n")[0]}` : ""}`;
      });
      if (it.additionalProperties && it.additionalProperties !== true) lines.push(`${pad}[key]: ${shape(it.additionalProperties, depth + 1)}`);
      return lines.length ? `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}` : "object";
    }
    return it.format ? `${kind} (${it.format})` : (kind ?? "any");
  });
  return texts.join(" | ");
};

// An example of a schema, to begin with.
const example = (schema, depth = 0) => {
  const it = resolve(schema);
  if (it.example !== undefined) return it.example;
  if (it.examples?.length) return it.examples[0];
  if (it.default !== undefined) return it.default;
  if (it.const !== undefined) return it.const;
  if (it.enum) return it.enum[0];
  const one = it.oneOf?.[0] ?? it.anyOf?.[0] ?? it.allOf?.[0];
  if (one && !it.properties) return example(one, depth + 1);
  const kind = Array.isArray(it.type) ? it.type[0] : it.type;
  if (kind === "object" || it.properties) {
    if (depth > 4) return {};
    const required = Object.entries(it.properties ?? {}).filter(([name]) => it.required?.includes(name));
    return Object.fromEntries(required.map(([name, value]) => [name, example(value, depth + 1)]));
  }
  if (kind === "array") return [];
  if (kind === "integer" || kind === "number") return it.minimum ?? 0;
  if (kind === "boolean") return false;
  return kind === "null" ? null : "";
};

const table = (head, rows) =>
  make("table", {},
    make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))))));

const parametersOf = (item, operation) => [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);

const bodyOf = (operation) => {
  const content = resolve(operation.requestBody).content ?? {};
  const kind = Object.keys(content)[0];
  return kind ? { kind, schema: content[kind].schema } : null;
};

const needs = (operation) => {
  if (operation.security && operation.security.length === 0) return "everybody";
  const role = operation["x-roles"]?.join(", ");
  const scope = operation["x-scope"];
  return `known callers${role ? `; role ${role} or higher` : ""}${scope ? `; scope ${scope}` : ""}`;
};

// What is filled in, and the button that sends it.
const trial = (path, method, item, operation) => {
  const fields = parametersOf(item, operation).filter((one) => one.in !== "cookie").map((one) => {
    const agent = one.name === "agent" && one.in === "path" ? (session.agents?.[0]?.name ?? "") : "";
    return { one, input: make("input", { value: agent, size: 32, ariaLabel: one.name }) };
  });
  const body = bodyOf(operation);
  const text = body?.kind === "application/json" ? make("textarea", { value: JSON.stringify(example(body.schema), null, 2), spellcheck: false, ariaLabel: "Body" }) : null;
  const status = make("p", { className: "soft", role: "status" });
  const answer = make("pre", { hidden: true, tabIndex: 0 });
  let running = null;
  const send = async () => {
    running?.abort();
    running = new AbortController();
    let url = path;
    const query = new URLSearchParams();
    const headers = { accept: Object.keys(resolve(operation.responses?.["200"]).content ?? {})[0] ?? "application/json" };
    for (const { one, input } of fields) {
      if (one.in === "path") url = url.replace(`{${one.name}}`, encodeURIComponent(input.value));
      else if (one.in === "query" && input.value !== "") query.set(one.name, input.value);
      else if (one.in === "header" && input.value !== "") headers[one.name] = input.value;
    }
    if ([...query].length) url += `?${query}`;
    const token = at("token").value.trim();
    if (token) headers.authorization = `Bearer ${token}`;
    else if (session.csrf && method !== "get") headers["x-csrf-token"] = session.csrf;
    if (text) headers["content-type"] = "application/json";
    const begun = performance.now();
    status.textContent = "…";
    try {
      const response = await fetch(url, { method: method.toUpperCase(), headers, body: text ? text.value : undefined, signal: running.signal });
      status.textContent = `${response.status} ${response.statusText}, ${response.headers.get("content-type") ?? "no body"}, ${Math.round(performance.now() - begun)} ms`;
      status.className = response.ok ? "soft" : "wrong";
      answer.hidden = false;
      answer.textContent = "";
      const json = (response.headers.get("content-type") ?? "").startsWith("application/json");
      if (json) {
        answer.textContent = JSON.stringify(await response.json(), null, 2);
      } else if (response.body) {
        // A stream is shown as it comes.
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let read = await reader.read(); !read.done; read = await reader.read()) answer.append(read.value);
      }
    } catch (error) {
      if (error.name !== "AbortError") {
        status.textContent = `No answer: ${error.message}`;
        status.className = "wrong";
      }
    }
  };
  const button = make("button", { type: "button", onclick: send }, "Send");
  const stop = make("button", { type: "button", onclick: () => running?.abort() }, "Stop");
  return make("div", {},
    make("h3", {}, "Try it"),
    fields.length ? table(["parameter", "value"], fields.map(({ one, input }) => [make("code", {}, one.name), input])) : null,
    text, make("p", {}, button, " ", stop), status, answer);
};

const insides = (path, method, item, operation) => {
  const parameters = parametersOf(item, operation);
  const body = bodyOf(operation);
  const parts = [make("p", { className: "soft" }, `For ${needs(operation)}.`)];
  const description = (operation.description ?? "").trim();
  if (description && description !== operation.summary) parts.push(make("p", {}, description));
  if (parameters.length) {
    parts.push(make("h3", {}, "Parameters"), table(["name", "in", "type", ""], parameters.map((one) => [
      make("code", {}, one.name), one.in, make("code", {}, shape(one.schema ?? {})), (one.required ? "required. " : "") + (one.description ?? ""),
    ])));
  }
  if (body) parts.push(make("h3", {}, `Body: ${body.kind}`), make("pre", { tabIndex: 0 }, shape(body.schema)));
  for (const [status, given] of Object.entries(operation.responses ?? {})) {
    const response = resolve(given);
    parts.push(make("h3", {}, `Answer ${status}: ${response.description ?? ""}`));
    for (const [kind, content] of Object.entries(response.content ?? {})) {
      parts.push(make("p", { className: "soft" }, kind), make("pre", { tabIndex: 0 }, shape(content.schema ?? {})));
    }
  }
  parts.push(trial(path, method, item, operation));
  return parts;
};

const routeOf = (path, method, item, operation) => {
  const inner = make("div", { className: "open" });
  const route = make("details", { id: operation.operationId ?? `${method}-${path}` },
    make("summary", {},
      make("span", { className: "method" }, method.toUpperCase()),
      make("span", { className: "path" }, path),
      make("span", { className: "summary" }, operation.summary ?? "")),
    inner);
  route.addEventListener("toggle", () => {
    if (route.open && !inner.hasChildNodes()) inner.append(...insides(path, method, item, operation));
  });
  return route;
};

const show = () => {
  const wanted = at("search").value.trim().toLowerCase().split(/\s+/);
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      const operation = item[method];
      const tag = operation.tags?.[0] ?? "other";
      const words = `${method} ${path} ${operation.summary ?? ""} ${tag}`.toLowerCase();
      if (!wanted.every((word) => words.includes(word))) continue;
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(routeOf(path, method, item, operation));
    }
  }
  const about = new Map((api.tags ?? []).map((tag) => [tag.name, tag.description]));
  at("tags").replaceChildren(...[...groups.keys()].map((tag) => make("a", { href: `#tag-${tag}` }, tag)));
  at("main").replaceChildren(...[...groups].flatMap(([tag, routes]) => [
    make("h2", { id: `tag-${tag}` }, tag),
    about.get(tag) ? make("p", { className: "soft" }, about.get(tag)) : null,
    ...routes,
  ].filter(Boolean)));
  if (!groups.size) at("main").replaceChildren(make("p", {}, "No route fits."));
};

const begin = async () => {
  try {
    const [described, known] = await Promise.all([fetch("/api/v1/openapi.json"), fetch("/api/v1/session")]);
    api = await described.json();
    session = await known.json();
  } catch (error) {
    at("main").replaceChildren(make("p", { className: "wrong" }, `The description cannot be read: ${error.message}`));
    return;
  }
  at("version").textContent = api.info?.version ?? "";
  at("who").textContent = session["signed-in"] ? `You are ${session.name} (${session.role}).` : "You are not signed in: write a token to try what needs one.";
  at("search").addEventListener("input", show);
  show();
  const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (wanted) {
    wanted.open = true;
    wanted.scrollIntoView();
  }
};

begin();
