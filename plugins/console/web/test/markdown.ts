import assert from "node:assert/strict";
import test from "node:test";
import { parseBlocks, type Block } from "../src/markdown/blocks";
import { parseInline, safeUrl, type Inline } from "../src/markdown/inline";

/** Inline content in a short form: `*em*` is `em(...)`. */
function told(all: Inline[]): string {
  return all
    .map((one) => {
      switch (one.is) {
        case "text": return one.text;
        case "break": return "/";
        case "code": return `code(${one.text})`;
        case "link": return `link(${one.to}: ${told(one.of)})`;
        default: return `${one.is}(${told(one.of)})`;
      }
    })
    .join("");
}

function outline(blocks: Block[]): string {
  return blocks
    .map((block) => {
      switch (block.is) {
        case "heading": return `h${block.level}[${told(block.of)}]`;
        case "paragraph": return `p[${told(block.of)}]`;
        case "code": return `code:${block.language}[${block.text}]`;
        case "list": return `${block.start === undefined ? "ul" : `ol${block.start}`}[${block.items.map(outline).join("|")}]`;
        case "quote": return `quote[${outline(block.of)}]`;
        case "table": return `table[${block.head.map(told).join(",")};${block.rows.map((row) => row.map(told).join(",")).join(";")};${block.align.join(",")}]`;
        case "rule": return "rule";
      }
    })
    .join(" ");
}

test("inline marks are read as people write them", () => {
  for (const [text, wanted] of [
    ["a **b** and *c*", "a strong(b) and em(c)"],
    ["**bold with *both* in it**", "strong(bold with em(both) in it)"],
    ["snake_case_name and _em_", "snake_case_name and em(em)"],
    ["2 * 3 * 4", "2 * 3 * 4"],
    ["`a *b*` and ``c ` d``", "code(a *b*) and code(c ` d)"],
    ["an open ` tick", "an open ` tick"],
    ["[there](https://example.org/a_(b))", "link(https://example.org/a_(b): there)"],
    ["see https://example.org/x.", "see link(https://example.org/x: https://example.org/x)."],
    ["<https://example.org>", "link(https://example.org: https://example.org)"],
    ["\\*not\\*", "*not*"],
    ["one\ntwo", "one/two"],
    ["~~gone~~", "del(gone)"],
    ["**", "**"],
    ["<b>no html</b>", "<b>no html</b>"],
  ] as const) {
    assert.equal(told(parseInline(text)), wanted, text);
  }
});

test("only addresses that run nothing become links", () => {
  for (const [url, safe] of [
    ["https://example.org", true],
    ["mailto:a@example.org", true],
    ["javascript:alert(1)", false],
    ["JAVASCRIPT:alert(1)", false],
    ["data:text/html,x", false],
    ["//example.org", false],
    [" java\nscript:alert(1)", false],
  ] as const) {
    assert.equal(safeUrl(url) !== undefined, safe, url);
  }
  assert.equal(told(parseInline("[x](javascript:alert(1))")), "x");
});

test("blocks are told apart, also where they are not finished yet", () => {
  for (const [text, wanted] of [
    ["# Title\ntext", "h1[Title] p[text]"],
    ["a\n\nb", "p[a] p[b]"],
    ["```js\nlet x;\n```\nafter", "code:js[let x;] p[after]"],
    ["```py\nprint(", "code:py[print(]"],
    ["- a\n- b\n  - c\n- d", "ul[p[a]|p[b] ul[p[c]]|p[d]]"],
    ["3. a\n4. b", "ol3[p[a]|p[b]]"],
    ["- a\n\n  more\n- b", "ul[p[a] p[more]|p[b]]"],
    ["text\n- a", "p[text] ul[p[a]]"],
    ["> a\n> b", "quote[p[a/b]]"],
    ["| a | b |\n| --- | ---: |\n| 1 | 2 |\n\nend", "table[a,b;1,2;,right] p[end]"],
    ["| a | b", "p[| a | b]"],
    ["---", "rule"],
    ["", ""],
  ] as const) {
    assert.equal(outline(parseBlocks(text)), wanted, text);
  }
});

test("no text takes long", () => {
  for (const text of ["[".repeat(4000), "*a ".repeat(4000), "> ".repeat(2000), "`".repeat(3001), "- ".repeat(2000), "_".repeat(4000)]) {
    const begun = performance.now();
    parseBlocks(text);
    assert.ok(performance.now() - begun < 1000, text.slice(0, 5));
  }
});
