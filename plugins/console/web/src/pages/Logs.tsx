import { useState } from "preact/hooks";
import { clock } from "../core/format";
import { get, query } from "../core/http";
import { useResource, useSettled } from "../core/resource";
import { route, setQuery } from "../core/route";
import { base, current } from "../core/session";
import type { LogRecord, Page } from "../core/types";
import { brief } from "../schema/value";
import { Code, Header, Search, Select } from "../ui/basic";
import { Disclosure } from "../ui/Disclosure";
import { Empty, Failed, Skeleton } from "../ui/Load";
import { StreamList, StreamTools } from "./Stream";
import { useStream } from "./useStream";

const LEVELS: [value: string, text: string][] = [["", "Every level"], ["error", "Errors"], ["warn", "Warnings and worse"], ["info", "Info and worse"], ["debug", "Debug and worse"]];

/** The last lines, then what comes. */
export function Logs() {
  const level = route.value.query.get("level") ?? "";
  const [text, setText] = useState("");
  const q = useSettled(text).trim();
  const search = query({ level, q });
  const path = `${base.value}/logs`;
  const past = useResource(`${path}${search}`, async (signal) => {
    const page = await get<Page<LogRecord>>(`${path}${query({ level, q, limit: 200 })}`, signal);
    return [...page.items].sort((a, b) => a.at.localeCompare(b.at));
  });
  const stream = useStream<LogRecord>(`${path}${search}`, past.reload);
  const last = past.data?.at(-1)?.at ?? "";
  const [cleared, setCleared] = useState("");
  const all = [...(past.data ?? []), ...stream.items.filter((line) => line.at > last)].filter((line) => line.at > cleared);
  const clear = () => {
    setCleared(all.at(-1)?.at ?? "");
    stream.clear();
  };
  return (
    <div class="tall">
      <Header title="Logs" about={`What ${current.value!.name} and the program note down`}>
        <Select label="Level" value={level} options={LEVELS} onChange={(value) => setQuery({ level: value })} />
        <Search label="Filter logs" value={text} onInput={setText} />
        <StreamTools state={stream.state} paused={stream.paused} held={stream.held} setPaused={stream.setPaused} clear={clear} />
      </Header>
      {past.error && <Failed error={past.error} retry={past.reload} />}
      {!past.data && past.loading && <Skeleton />}
      {past.data && all.length === 0 && <Empty icon="logs" title="No lines"><p>{q || level ? "None of the lines kept fits the filter." : "Nothing was noted down since the program began."}</p></Empty>}
      {all.length > 0 && (
        <StreamList label="Logs" size={all.length} paused={stream.paused} setPaused={stream.setPaused}>
          {all.map((line, n) => <LogLine key={`${line.at} ${n}`} line={line} />)}
        </StreamList>
      )}
    </div>
  );
}

function LogLine({ line }: { line: LogRecord }) {
  const level = line.level.toLowerCase();
  const fields = Object.entries(line.fields ?? {});
  const summary = (
    <>
      <time dateTime={line.at}>{clock(line.at)}</time>
      <b class={`level ${level}`}>{level}</b>
      <span class="log-text">
        {line.message}
        {fields.map(([name, value]) => <span key={name} class="log-field"> <i>{name}</i>={brief(value)}</span>)}
      </span>
      <span class="log-target">{line.target}</span>
    </>
  );
  return <Disclosure class={`log-line ${level}`} summary={summary}>{() => <Code value={line} label="Log line" />}</Disclosure>;
}
