import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./basic";
import { Icon } from "./Icon";

interface DialogProps {
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
  close: () => void;
  class?: string;
}

/** A modal dialog; the browser keeps the focus in it and gives it back. */
export function Dialog({ title, children, actions, close, class: more }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={more}
      aria-labelledby="dialog-title"
      onCancel={(event) => (event.preventDefault(), close())}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="dialog-body">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <Button kind="quiet" icon="close" label="Close" onClick={close} />
        </header>
        <div class="dialog-content">{children}</div>
        {actions && <footer>{actions}</footer>}
      </div>
    </dialog>
  );
}

interface Question {
  title: string;
  text?: ComponentChildren;
  yes: string;
  bad?: boolean;
  answer: (yes: boolean) => void;
}

const question = signal<Question | undefined>(undefined);

/** Asks before something that cannot be taken back. */
export function confirm(asked: Omit<Question, "answer">): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      answer: (yes) => {
        question.value = undefined;
        resolve(yes);
      },
    };
  });
}

export function Questions() {
  const asked = question.value;
  if (!asked) return null;
  const actions = (
    <>
      <Button onClick={() => asked.answer(false)}>Cancel</Button>
      <Button kind={asked.bad ? "bad" : "main"} onClick={() => asked.answer(true)}>{asked.yes}</Button>
    </>
  );
  return (
    <Dialog title={asked.title} actions={actions} close={() => asked.answer(false)} class="small">
      {typeof asked.text === "string" ? <p>{asked.text}</p> : asked.text}
    </Dialog>
  );
}

const notes = signal<{ id: number; text: string; bad: boolean }[]>([]);
let last = 0;

/** Says for a moment what came of something. */
export function note(text: string, bad = false): void {
  const id = ++last;
  notes.value = [...notes.value.slice(-2), { id, text, bad }];
  setTimeout(() => void (notes.value = notes.value.filter((other) => other.id !== id)), bad ? 9000 : 4000);
}

export function Notes() {
  return (
    <div class="notes" role="status" aria-live="polite">
      {notes.value.map(({ id, text, bad }) => (
        <div key={id} class={`note ${bad ? "bad" : ""}`}>
          <Icon name={bad ? "warning" : "check"} />
          <span>{text}</span>
        </div>
      ))}
    </div>
  );
}
