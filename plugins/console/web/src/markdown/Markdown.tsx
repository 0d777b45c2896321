import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { CopyButton } from "../ui/basic";
import { parseBlocks, type Block } from "./blocks";
import type { Inline } from "./inline";

function inline(all: Inline[]): ComponentChildren {
  return all.map((one, n) => {
    switch (one.is) {
      case "text": return one.text;
      case "break": return <br key={n} />;
      case "code": return <code key={n}>{one.text}</code>;
      case "strong": return <strong key={n}>{inline(one.of)}</strong>;
      case "em": return <em key={n}>{inline(one.of)}</em>;
      case "del": return <del key={n}>{inline(one.of)}</del>;
      case "link": return <a key={n} href={one.to} target="_blank" rel="noreferrer noopener nofollow">{inline(one.of)}</a>;
    }
  });
}

/** An item of one paragraph is a line. */
function item(blocks: Block[], tight: boolean): ComponentChildren {
  return blocks.map((block, n) => (tight && block.is === "paragraph" ? <span key={n}>{inline(block.of)}</span> : <BlockView key={n} block={block} />));
}

function BlockView({ block }: { block: Block }) {
  switch (block.is) {
    case "paragraph": return <p>{inline(block.of)}</p>;
    case "rule": return <hr />;
    case "quote": return <blockquote>{block.of.map((one, n) => <BlockView key={n} block={one} />)}</blockquote>;
    case "heading": {
      // The page has the first headings.
      const Level = `h${Math.min(block.level + 2, 6)}` as "h3";
      return <Level>{inline(block.of)}</Level>;
    }
    case "code":
      return (
        <div class="code">
          {block.language && <span class="language">{block.language}</span>}
          <pre tabIndex={0} aria-label={`Code${block.language ? ` in ${block.language}` : ""}`}><code>{block.text}</code></pre>
          <CopyButton text={block.text} label="Copy code" />
        </div>
      );
    case "list": {
      const items = block.items.map((one, n) => <li key={n}>{item(one, block.tight)}</li>);
      return block.start === undefined ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
    }
    case "table":
      return (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Table">
          <table>
            <thead><tr>{block.head.map((cell, n) => <th key={n} class={block.align[n]}>{inline(cell)}</th>)}</tr></thead>
            <tbody>{block.rows.map((row, r) => <tr key={r}>{row.map((cell, n) => <td key={n} class={block.align[n]}>{inline(cell)}</td>)}</tr>)}</tbody>
          </table>
        </div>
      );
  }
}

/** Text of a model as nodes: no HTML of its ever reaches the page. */
export function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => parseBlocks(text), [text]);
  return <div class="prose">{blocks.map((block, n) => <BlockView key={n} block={block} />)}</div>;
}
