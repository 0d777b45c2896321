export type Inline =
  | { is: "text" | "code"; text: string }
  | { is: "strong" | "em" | "del"; of: Inline[] }
  | { is: "link"; to: string; of: Inline[] }
  | { is: "break" };

/** Only what a browser opens without running it. */
export function safeUrl(url: string): string | undefined {
  const trimmed = url.trim();
  return /^(https?:\/\/|mailto:)[^\s]+$/i.test(trimmed) ? trimmed : undefined;
}

const WORD = /[\p{L}\p{N}]/u;
const BARE = /^https?:\/\/[^\s<>"'`]+/;

/** Marks that stand around a piece of text, the longer ones first. */
const AROUND: [mark: string, is: "strong" | "em" | "del"][] = [["**", "strong"], ["__", "strong"], ["~~", "del"], ["*", "em"], ["_", "em"]];

export function parseInline(text: string, depth = 0): Inline[] {
  const found: Inline[] = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") found.push({ is: "text", text: plain });
    plain = "";
  };
  // Marks that nothing closes any more: looking again for each of many would take long.
  const open = new Set<string>();
  let at = 0;
  while (at < text.length) {
    const next = depth < 12 ? special(text, at, depth, open) : undefined;
    if (next) {
      flush();
      found.push(next.inline);
      at = next.end;
    } else if (text[at] === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      at += 2;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return found;
}

interface Found {
  inline: Inline;
  end: number;
}

function special(text: string, at: number, depth: number, open: Set<string>): Found | undefined {
  switch (text[at]) {
    case "`": return code(text, at, open);
    case "[": return link(text, at, depth);
    case "!": return text[at + 1] === "[" ? link(text, at + 1, depth) : undefined;
    case "<": return angled(text, at);
    case "h": return bare(text, at);
    case "\n": return { inline: { is: "break" }, end: at + 1 };
    case "*": case "_": case "~": return around(text, at, depth, open);
    default: return undefined;
  }
}

function code(text: string, at: number, open: Set<string>): Found | undefined {
  let length = 1;
  while (text[at + length] === "`") length += 1;
  const fence = "`".repeat(length);
  if (open.has(fence)) return { inline: { is: "text", text: fence }, end: at + length };
  let end = text.indexOf(fence, at + fence.length);
  while (end >= 0 && (text[end + fence.length] === "`" || text[end - 1] === "`")) end = text.indexOf(fence, end + 1);
  if (end < 0) {
    open.add(fence);
    return { inline: { is: "text", text: fence }, end: at + length };
  }
  const inner = text.slice(at + fence.length, end).replace(/\n/g, " ");
  const trimmed = /^ .*[^ ].* $/.test(inner) ? inner.slice(1, -1) : inner;
  return { inline: { is: "code", text: trimmed }, end: end + fence.length };
}

function link(text: string, at: number, depth: number): Found | undefined {
  const match = /^\[((?:[^\[\]\\]|\\.|\[[^\]]*\])*)\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+"[^"]*")?\s*\)/.exec(text.slice(at));
  if (!match) return undefined;
  const of = parseInline(match[1]!, depth + 1);
  const to = safeUrl(match[2]!);
  const end = at + match[0].length;
  if (to === undefined) return { inline: { is: "text", text: match[1]! }, end };
  return { inline: { is: "link", to, of: of.length > 0 ? of : [{ is: "text", text: to }] }, end };
}

function angled(text: string, at: number): Found | undefined {
  const match = /^<([^\s<>]+)>/.exec(text.slice(at));
  const to = match && safeUrl(match[1]!);
  return to ? { inline: { is: "link", to, of: [{ is: "text", text: to }] }, end: at + match[0].length } : undefined;
}

function bare(text: string, at: number): Found | undefined {
  if (at > 0 && WORD.test(text[at - 1]!)) return undefined;
  const url = BARE.exec(text.slice(at))?.[0].replace(/[.,;:!?)\]*_]+$/, "");
  return url && url.length > 9 ? { inline: { is: "link", to: url, of: [{ is: "text", text: url }] }, end: at + url.length } : undefined;
}

function around(text: string, at: number, depth: number, open: Set<string>): Found | undefined {
  for (const [mark, is] of AROUND) {
    if (!text.startsWith(mark, at) || open.has(mark)) continue;
    const start = at + mark.length;
    if (/^\s|^$/.test(text.slice(start, start + 1))) continue;
    // `snake_case` is no emphasis.
    if (mark[0] === "_" && at > 0 && WORD.test(text[at - 1]!)) continue;
    const end = closing(text, start, mark);
    if (end < 0) open.add(mark);
    if (end > start) return { inline: { is, of: parseInline(text.slice(start, end), depth + 1) }, end: end + mark.length };
  }
  return undefined;
}

function closing(text: string, start: number, mark: string): number {
  for (let end = text.indexOf(mark, start + 1); end >= 0; end = text.indexOf(mark, end + 1)) {
    const isPart = mark.length === 1 && (text[end + 1] === mark || text[end - 1] === mark);
    const inWord = mark[0] === "_" && WORD.test(text[end + mark.length] ?? "");
    if (!isPart && !inWord && !/\s/.test(text[end - 1]!)) return end;
  }
  return -1;
}
