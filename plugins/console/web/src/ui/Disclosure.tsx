import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "./Icon";

/** A row that unfolds; what is in it is made when it is first opened. */
export function Disclosure({ summary, children, class: more, open: initially = false }: { summary: ComponentChildren; children: () => ComponentChildren; class?: string; open?: boolean }) {
  const [open, setOpen] = useState(initially);
  return (
    <details class={`disclosure ${more ?? ""}`} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary><Icon name="chevron" size={12} /><span class="summary">{summary}</span></summary>
      {open && <div class="disclosed">{children()}</div>}
    </details>
  );
}
