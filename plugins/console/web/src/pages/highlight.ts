export interface Piece {
  text: string;
  marked: boolean;
}

/** A text cut at its marks, which count bytes of UTF-8. */
export function cut(text: string, marks: readonly { start: number; end: number }[]): Piece[] {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end } of marks) {
    if (start < at || end > bytes.length) continue;
    if (start > at) pieces.push({ text: decoder.decode(bytes.subarray(at, start)), marked: false });
    pieces.push({ text: decoder.decode(bytes.subarray(start, end)), marked: true });
    at = end;
  }
  if (at < bytes.length) pieces.push({ text: decoder.decode(bytes.subarray(at)), marked: false });
  return pieces;
}

/** A text cut where it has words of a query. */
export function cutWords(text: string, query: string): Piece[] {
  const words = query.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1);
  if (words.length === 0) return [{ text, marked: false }];
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "giu");
  return text.split(pattern).map((part, n) => ({ text: part, marked: n % 2 === 1 })).filter((part) => part.text !== "");
}
