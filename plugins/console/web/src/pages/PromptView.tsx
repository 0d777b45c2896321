import type { Json, JsonObject, Prompt } from "../core/types";
import { isObject } from "../schema/shape";
import { Code } from "../ui/basic";
import { Disclosure } from "../ui/Disclosure";

/** The texts of a request in the order in which a model reads them; all of it as JSON beside. */
export function PromptView({ prompt }: { prompt: Prompt }) {
  const request = isObject(prompt.request) ? prompt.request : undefined;
  const parts = request ? partsOf(request) : [];
  const answer = isObject(prompt.answer) && typeof prompt.answer["text"] === "string" ? prompt.answer["text"] : undefined;
  const calls = isObject(prompt.answer) && Array.isArray(prompt.answer["calls"]) ? prompt.answer["calls"] : [];
  return (
    <div class="prompt">
      <h4>Prompt</h4>
      {parts.length === 0 && <Code value={prompt.request} label="Prompt" />}
      {parts.map((part, n) => (
        <section key={n} class={`prompt-part ${part.who}`}>
          <h5>{part.who}</h5>
          <Code value={part.text} label={part.who} />
        </section>
      ))}
      <h4>Answer</h4>
      {answer ? <Code value={answer} label="Answer" /> : calls.length === 0 && <Code value={prompt.answer} label="Answer" />}
      {calls.length > 0 && <Code value={calls} label="Actions asked for" />}
      {parts.length > 0 && <Disclosure summary="Request and answer as JSON">{() => <><Code value={prompt.request} label="Request as JSON" /><Code value={prompt.answer} label="Answer as JSON" /></>}</Disclosure>}
    </div>
  );
}

function partsOf(request: JsonObject): { who: string; text: string }[] {
  const parts: { who: string; text: string }[] = [];
  const add = (who: string, value: Json | undefined) => {
    if (typeof value === "string" && value.trim() !== "") parts.push({ who, text: value });
  };
  add("system", request["system"]);
  add("context", request["context"]);
  for (const key of ["conversation", "messages", "lines"]) {
    const lines = request[key];
    if (!Array.isArray(lines)) continue;
    for (const line of lines) {
      if (!isObject(line)) continue;
      const who = String(line["speaker"] ?? line["role"] ?? "line");
      const name = typeof line["name"] === "string" && line["name"] !== "" ? `${who} · ${line["name"]}` : who;
      const text = line["text"] ?? line["content"];
      add(name, typeof text === "string" ? text : text === undefined ? undefined : JSON.stringify(text, null, 2));
      if (Array.isArray(line["calls"]) && line["calls"].length > 0) add(`${who} · calls`, JSON.stringify(line["calls"], null, 2));
    }
  }
  add("prompt", request["prompt"]);
  return parts;
}
