import { count, micros, money } from "../core/format";
import { href } from "../core/route";
import { here } from "../core/session";
import type { Attachment, Memory, RunRecord } from "../core/types";
import { Markdown } from "../markdown/Markdown";
import { Button, CopyButton, Time } from "../ui/basic";
import { Icon } from "../ui/Icon";
import { ApprovalCard } from "./ApprovalCard";
import type { RoomState } from "./room";
import { StepRow } from "./Steps";
import type { Turn } from "./turn";

/** An address that the page's policy lets a picture come from. */
function isOwn(url: string): boolean {
  return url.startsWith("/") || url.startsWith("data:image/") || url.startsWith(location.origin) || url.startsWith("blob:");
}

export function Files({ files }: { files: { title?: string | undefined; url?: string | undefined; type?: string | undefined }[] }) {
  if (files.length === 0) return null;
  return (
    <ul class="files">
      {files.map((file, n) => (
        <li key={n}>
          {file.type?.startsWith("image/") && file.url && isOwn(file.url) ? (
            <a href={file.url} target="_blank" rel="noreferrer"><img src={file.url} alt={file.title ?? "Attached picture"} loading="lazy" /></a>
          ) : file.url ? (
            <a class="file" href={file.url} target="_blank" rel="noreferrer"><Icon name="file" />{file.title ?? file.url}</a>
          ) : (
            <span class="file"><Icon name="file" />{file.title}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

const shown = (all: Attachment[] | undefined) => (all ?? []).map((file) => ({ title: file.title, url: file.url, type: file["media-type"] }));

export function Said({ text, at, files = [], name }: { text: string; at: string; files?: { title?: string | undefined; url?: string | undefined; type?: string | undefined }[]; name?: string | undefined }) {
  return (
    <article class="said" aria-label={name ?? "You"}>
      <p class="by">{name && <b>{name}</b>}<Time at={at} /></p>
      <div class="bubble">
        <p class="words">{text}</p>
        <Files files={files} />
      </div>
    </article>
  );
}

export function Reply({ memory, name, record }: { memory: Memory; name: string; record?: RunRecord | undefined }) {
  return (
    <article class="reply" aria-label={name}>
      <p class="by"><b>{name}</b><Time at={memory.at} /></p>
      <Markdown text={memory.content.text} />
      <Files files={shown(memory.content.attachments)} />
      <footer>
        <CopyButton text={memory.content.text} label="Copy reply" />
        {record && <Figures record={record} />}
      </footer>
    </article>
  );
}

/** What the turn took, with the way to all of it. */
function Figures({ record }: { record: RunRecord }) {
  const calls = record["model-calls"];
  const tokens = calls.reduce((sum, call) => sum + call.usage.prompt + call.usage.completion, 0);
  const cost = calls.reduce((sum, call) => sum + (call.cost ?? 0), 0);
  return (
    <a class="figures" href={href(here.value, "runs", record.run)} title="The run behind this answer">
      {micros(record.micros)}
      {tokens > 0 && ` · ${count(tokens)} tokens`}
      {cost > 0 && ` · ${money(cost)}`}
    </a>
  );
}

export function SaidBefore({ memory, mine, name }: { memory: Memory; mine: boolean; name: string | undefined }) {
  return <Said text={memory.content.text} at={memory.at} files={shown(memory.content.attachments)} name={mine ? undefined : name} />;
}

/** A turn that this console follows. */
export function TurnView({ turn, name, room }: { turn: Turn; name: string; room: RoomState }) {
  const last = turn.replies.length - 1;
  const quiet = turn.state === "ended" && turn.replies.length === 0 && turn.record && !turn.record.responded;
  return (
    <>
      {turn.said && <Said text={turn.said.text} at={turn.said.at} files={turn.said.files} />}
      {turn.progress.length > 0 && (
        <div class="steps">{turn.progress.map((step, n) => <StepRow key={n} action={step.action} arguments={step.arguments} result={step.result} micros={step.micros} />)}</div>
      )}
      {turn.approvals.map((approval) => <ApprovalCard key={approval.id} approval={approval} answer={(what) => room.answer(approval, what)} />)}
      {turn.replies
        .filter((reply) => !turn.approvals.some((approval) => approval.id === reply.id))
        .map((reply, n) => <Reply key={reply.id} memory={reply} name={name} record={n === last ? turn.record : undefined} />)}
      {turn.text !== "" && (
        <article class="reply writing" aria-label={name}>
          <p class="by"><b>{name}</b></p>
          <Markdown text={turn.text} />
        </article>
      )}
      {(turn.state === "sending" || turn.state === "running") && turn.text === "" && <p class="thinking"><span class="caret" aria-hidden="true" />{name} is thinking</p>}
      {turn.state === "lost" && <p class="thinking"><span class="spin" aria-hidden="true" />The connection was lost; taking it up again</p>}
      {quiet && <p class="thinking">{name} did not answer: {turn.record?.reason || "there was no reason to"}.</p>}
      {turn.state === "failed" && (
        <div class="turn-failed" role="alert">
          <Icon name="warning" />
          <p>{turn.error}</p>
          {turn.run && <a href={href(here.value, "runs", turn.run)}>The run</a>}
          {turn.said && <Button icon="retry" onClick={() => room.retry(turn.key)}>Try again</Button>}
        </div>
      )}
    </>
  );
}
