import { parseInline, type Inline } from "./inline";

export type Block =
  | { is: "heading"; level: number; of: Inline[] }
  | { is: "paragraph"; of: Inline[] }
  | { is: "code"; language: string; text: string }
  | { is: "list"; start: number | undefined; items: Block[][]; tight: boolean }
  | { is: "quote"; of: Block[] }
  | { is: "table"; head: Inline[][]; rows: Inline[][][]; align: string[] }
  | { is: "rule" };

const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const HEADING = /^ {0,3}(#{1,6})(?: +(.*?))?(?: +#+)? *$/;
const FENCE = /^ {0,3}(`{3,}|~{3,}) *([^\s`]*)/;
const DIVIDER = /^ *\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/;

/** What a model writes, as blocks; text that is still being written reads as far as it goes. */
export function parseBlocks(text: string, depth = 0): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    if (line.trim() === "") {
      at += 1;
      continue;
    }
    const [block, end] = depth < 8 ? one(lines, at, depth) : paragraph(lines, at);
    blocks.push(block);
    at = end;
  }
  return blocks;
}

type Read = [block: Block, end: number];

function one(lines: string[], at: number, depth: number): Read {
  const line = lines[at]!;
  const heading = HEADING.exec(line);
  if (heading) return [{ is: "heading", level: heading[1]!.length, of: parseInline(heading[2] ?? "") }, at + 1];
  if (FENCE.test(line)) return fenced(lines, at);
  if (RULE.test(line)) return [{ is: "rule" }, at + 1];
  if (/^ {0,3}>/.test(line)) return quote(lines, at, depth);
  if (ITEM.test(line)) return list(lines, at, depth);
  if (line.includes("|") && DIVIDER.test(lines[at + 1] ?? "") && (lines[at + 1] ?? "").includes("-")) return table(lines, at);
  return paragraph(lines, at);
}

function fenced(lines: string[], at: number): Read {
  const [, fence = "", language = ""] = FENCE.exec(lines[at]!)!;
  const close = new RegExp(`^ {0,3}${fence[0] === "`" ? "`" : "~"}{${fence.length},} *$`);
  let end = at + 1;
  while (end < lines.length && !close.test(lines[end]!)) end += 1;
  return [{ is: "code", language, text: lines.slice(at + 1, end).join("\n") }, end + 1];
}

function quote(lines: string[], at: number, depth: number): Read {
  let end = at;
  const inner: string[] = [];
  while (end < lines.length && /^ {0,3}>/.test(lines[end]!)) {
    inner.push(lines[end]!.replace(/^ {0,3}> ?/, ""));
    end += 1;
  }
  return [{ is: "quote", of: parseBlocks(inner.join("\n"), depth + 1) }, end];
}

function list(lines: string[], at: number, depth: number): Read {
  const ordered = /\d/.test(ITEM.exec(lines[at]!)![2]!);
  const start = ordered ? Number.parseInt(ITEM.exec(lines[at]!)![2]!, 10) : undefined;
  const items: string[][] = [];
  let indent = 0;
  let end = at;
  let loose = false;
  for (; end < lines.length; end += 1) {
    const line = lines[end]!;
    const item = ITEM.exec(line);
    const inside = line.search(/\S/) >= indent;
    if (item && (items.length === 0 || !inside) && /\d/.test(item[2]!) === ordered) {
      if (items.length > 0 && lines[end - 1]!.trim() === "") loose = true;
      indent = item[0].trimEnd().length + 1;
      items.push([line.slice(item[0].length)]);
    } else if (line.trim() === "") {
      const next = lines[end + 1] ?? "";
      if (next.trim() === "" || (next.search(/\S/) < indent && !ITEM.test(next))) break;
      items.at(-1)!.push("");
    } else if (inside) {
      items.at(-1)!.push(line.slice(indent));
    } else if (item || lines[end - 1]!.trim() === "" || startsBlock(line)) {
      break;
    } else {
      items.at(-1)!.push(line);
    }
  }
  const parsed = items.map((item) => parseBlocks(item.join("\n"), depth + 1));
  return [{ is: "list", start, items: parsed, tight: !loose }, end];
}

function table(lines: string[], at: number): Read {
  const cells = (line: string) =>
    line.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/).map((cell) => parseInline(cell.trim().replace(/\\\|/g, "|")));
  const align = lines[at + 1]!.trim().replace(/^\||\|$/g, "").split("|").map((cell) => {
    const trimmed = cell.trim();
    if (!trimmed.endsWith(":")) return "";
    return trimmed.startsWith(":") ? "center" : "right";
  });
  const rows: Inline[][][] = [];
  let end = at + 2;
  while (end < lines.length && lines[end]!.includes("|")) rows.push(cells(lines[end++]!));
  return [{ is: "table", head: cells(lines[at]!), rows, align }, end];
}

function startsBlock(line: string): boolean {
  return HEADING.test(line) || FENCE.test(line) || RULE.test(line) || /^ {0,3}>/.test(line);
}

function paragraph(lines: string[], at: number): Read {
  let end = at + 1;
  while (end < lines.length && lines[end]!.trim() !== "" && !startsBlock(lines[end]!) && !ITEM.test(lines[end]!)) end += 1;
  const text = lines.slice(at, end).map((line) => line.trim()).join("\n");
  return [{ is: "paragraph", of: parseInline(text) }, end];
}
