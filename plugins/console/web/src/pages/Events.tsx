import { useState } from "preact/hooks";
import { clock, micros } from "../core/format";
import { href, route, setQuery } from "../core/route";
import { base, current, here } from "../core/session";
import type { EngineEvent, Json } from "../core/types";
import { isObject } from "../schema/shape";
import { Code, Header, Search, Select } from "../ui/basic";
import { Disclosure } from "../ui/Disclosure";
import { Empty, Failed } from "../ui/Load";
import { StreamList, StreamTools } from "./Stream";
import { useStream } from "./useStream";

const GROUPS: [value: string, text: string][] = [
  ["", "Every event"], ["MESSAGE", "Messages"], ["RUN", "Runs"], ["ACTION", "Actions"], ["APPROVAL", "Approvals"], ["EVALUATOR", "Evaluators"],
  ["MODEL", "Models"], ["EMBEDDING", "Embeddings"], ["TASK", "Tasks"], ["PLUGIN", "Plugins"], ["SERVICE", "Services"], ["CHARACTER", "Character"],
];

/** The words of an event that say most, in one line. */
function gist(data: Json): string {
  if (!isObject(data)) return data === null ? "" : JSON.stringify(data);
  const parts: string[] = [];
  const text = (value: Json | undefined): string | undefined => (isObject(value) && isObject(value["content"]) ? String(value["content"]["text"] ?? "") : undefined);
  const message = text(data["message"]) ?? text(data["reaction"]) ?? text(data["post"]);
  if (message) parts.push(message);
  for (const key of ["action", "evaluator", "provider", "model", "purpose", "service", "plugin", "name", "status", "why", "error"]) {
    const value = data[key];
    if (typeof value === "string" && value !== "") parts.push(value);
  }
  if (isObject(data["approval"])) parts.push(String(data["approval"]["action"] ?? ""));
  if (isObject(data["result"]) && typeof data["result"]["text"] === "string") parts.push(data["result"]["text"]);
  if (typeof data["micros"] === "number") parts.push(micros(data["micros"]));
  return parts.join(" · ");
}

export function Events() {
  const group = route.value.query.get("kind") ?? "";
  const [text, setText] = useState("");
  const stream = useStream<EngineEvent>(`${base.value}/events`);
  const wanted = text.trim().toLowerCase();
  const shown = stream.items.filter((event) => event.name.startsWith(group) && (wanted === "" || `${event.name} ${JSON.stringify(event.data)}`.toLowerCase().includes(wanted)));
  return (
    <div class="tall">
      <Header title="Events" about={`What happens in ${current.value!.name}, as it happens`}>
        <Select label="Kind" value={group} options={GROUPS} onChange={(value) => setQuery({ kind: value })} />
        <Search label="Filter events" value={text} onInput={setText} />
        <StreamTools state={stream.state} paused={stream.paused} held={stream.held} setPaused={stream.setPaused} clear={stream.clear} />
      </Header>
      {stream.error && stream.state === "lost" && stream.items.length === 0 && <Failed error={stream.error} />}
      {shown.length === 0 && !stream.error && <Empty icon="events" title="Listening"><p>{stream.items.length > 0 ? "Nothing that came fits the filter." : "Events stand here as they happen. Say something in the chat to see some."}</p></Empty>}
      {shown.length > 0 && (
        <StreamList label="Events" size={shown.length} paused={stream.paused} setPaused={stream.setPaused}>
          {shown.map((event, n) => (
            <Disclosure key={`${event.at} ${event.name} ${n}`} class="log-line" summary={<><time dateTime={event.at}>{clock(event.at)}</time><b>{event.name}</b><span class="log-text">{gist(event.data)}</span></>}>
              {() => (
                <>
                  {event.run && <p class="help"><a href={href(here.value, "runs", event.run)}>The run</a></p>}
                  <Code value={event.data} label={event.name} />
                </>
              )}
            </Disclosure>
          ))}
        </StreamList>
      )}
    </div>
  );
}
