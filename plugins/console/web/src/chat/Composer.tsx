import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { bytes } from "../core/format";
import { ask, messageOf } from "../core/http";
import { base } from "../core/session";
import { keep, kept } from "../core/theme";
import { Button } from "../ui/basic";
import { Icon } from "../ui/Icon";
import type { Upload } from "./room";

interface ComposerProps {
  /** Names the unsent text that belongs here. */
  draft: string;
  name: string;
  busy: boolean;
  /** What the reader said before, the newest first. */
  before: string[];
  /** Answers whether it is on its way; what is not stays in the box. */
  send: (text: string, files: Upload[]) => boolean | Promise<boolean>;
  stop: () => void;
  /** Files that were dropped elsewhere on the page. */
  dropped?: File[] | undefined;
}

let uploads = 0;

export function Composer({ draft, name, busy, before, send, stop, dropped }: ComposerProps) {
  const key = `galatea-draft ${draft}`;
  const [text, setText] = useState(() => kept(key));
  const [files, setFiles] = useState<Upload[]>([]);
  const [place, setPlace] = useState(-1);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setText(kept(key));
    setFiles([]);
    setPlace(-1);
    if (matchMedia("(pointer: fine)").matches) area.current?.focus();
  }, [key]);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, innerHeight * 0.4)}px`;
  }, [text]);
  useEffect(() => {
    if (dropped && dropped.length > 0) void add(dropped);
  }, [dropped]);

  const write = (value: string) => {
    setText(value);
    keep(key, value);
  };
  const add = async (chosen: File[]) => {
    const made = chosen.map((file): Upload => ({ key: ++uploads, title: file.name || "picture", type: file.type || "application/octet-stream", size: file.size }));
    setFiles((old) => [...old, ...made]);
    await Promise.all(chosen.map((file, n) => upload(file, made[n]!)));
  };
  const upload = async (file: File, entry: Upload) => {
    const change = (more: Partial<Upload>) => setFiles((old) => old.map((one) => (one.key === entry.key ? { ...one, ...more } : one)));
    try {
      const body = new FormData();
      body.append("file", file, entry.title);
      const response = await ask(`${base.value}/uploads`, { method: "POST", body });
      const answer = (await response.json()) as { url: string; "media-type"?: string };
      change({ url: answer.url, type: answer["media-type"] ?? entry.type });
    } catch (error) {
      change({ error: messageOf(error) });
    }
  };
  const ready = files.every((file) => file.url !== undefined);
  const submit = async () => {
    const trimmed = text.trim();
    if ((trimmed === "" && files.length === 0) || !ready || busy) return;
    if (!(await send(trimmed, files))) return;
    write("");
    setFiles([]);
    setPlace(-1);
    area.current?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      void submit();
    } else if (event.key === "Escape" && busy) {
      event.preventDefault();
      stop();
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && (text === "" || (place >= 0 && text === before[place]))) {
      const next = Math.max(-1, Math.min(before.length - 1, place + (event.key === "ArrowUp" ? 1 : -1)));
      event.preventDefault();
      setPlace(next);
      write(before[next] ?? "");
    }
  };
  const paste = (event: ClipboardEvent) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length === 0) return;
    event.preventDefault();
    void add(pasted);
  };
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), void submit())}>
      {files.length > 0 && (
        <ul class="uploads">
          {files.map((file) => (
            <li key={file.key} class={file.error ? "wrong" : ""}>
              <Icon name="file" />
              <span>{file.title}</span>
              <span class="figure">{file.error ?? (file.url ? bytes(file.size) : "sending")}</span>
              <Button kind="quiet" icon="close" label={`Leave out ${file.title}`} onClick={() => setFiles((old) => old.filter((one) => one.key !== file.key))} />
            </li>
          ))}
        </ul>
      )}
      <div class="composer-row">
        <Button kind="quiet" icon="clip" label="Attach files" onClick={() => picker.current?.click()} />
        <input ref={picker} type="file" multiple hidden onChange={(event) => (void add([...(event.currentTarget.files ?? [])]), (event.currentTarget.value = ""))} />
        <textarea
          ref={area} rows={1} value={text} placeholder={`Write to ${name}`} aria-label={`Message to ${name}`} enterkeyhint="send"
          onInput={(event) => (setPlace(-1), write(event.currentTarget.value))} onKeyDown={keys} onPaste={paste}
        />
        {busy ? (
          <Button kind="plain" icon="stop" label="Stop the answer" onClick={stop} />
        ) : (
          <Button kind="main" icon="send" label="Send" type="submit" disabled={(text.trim() === "" && files.length === 0) || !ready} />
        )}
      </div>
    </form>
  );
}
