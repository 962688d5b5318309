// Reads and writes CSV tables (RFC 4180) by the rules of `anymood predict`.

import { request } from "/page/service.js";

/** A problem of a row: the reason, by which problems are counted, and a message. */
export const problem = (reason, words) => ({ reason, words });

/** Whether a file's name is that of a table. */
export const isTable = ({ name }) => /\.[ct]sv$/i.test(name);

/**
 * A file's column names and its rows, each with its cells and its problems. The delimiter is the most frequent of comma,
 * semicolon and tab in the first line, else a bar. Lines before column names that `hasPosts` accepts are skipped, also
 * one of merged cells, above names that `mayHavePosts` accepts. A quote that is never closed affects only its own line.
 * A row is marked as `mixed` if it has too many cells, because these cannot be assigned to columns (the last cell holds
 * the excess), or if it repeats the column names.
 */
export async function parse(bytes, name, hasPosts = () => true, mayHavePosts = () => false) {
  let source = (await decode(bytes)).replace(/^\uFEFF/, "").replace(BLANK, "");
  const excel = /^sep=([,;\t|])[ \t]*(?=[\r\n])/.exec(source); // how Excel states the delimiter
  if (excel) source = source.slice(excel[0].length).replace(BLANK, "");
  const first = firstLine(source, 0);
  if (first.includes("\0")) throw new Error(`${name} is not text: its first line contains NUL bytes. Save it as CSV in UTF-8.`);
  if (!first.trim()) throw new Error(`${name} is empty. A table begins with a line that names its columns.`);
  const given = excel ? excel[1] : /\.tsv$/i.test(name) ? "\t" : null;
  const top = headerAt(source, 0, given);
  if (!top) throw new Error(`${name} begins with a line of column names with unbalanced quotes.`);
  const found = hasPosts(top.head) ? top : belowPreamble(source, top, given, hasPosts) ?? top;
  const { head, next, delimiter, spaced } = belowMerged(source, found, mayHavePosts) ?? found;
  const twice = head.find((cell, at) => head.indexOf(cell) < at);
  if (twice !== undefined) throw new Error(`${name} names the column ${twice} twice. Rename or remove one of them.`);
  const rows = [];
  for (let at = next; at < source.length;) {
    let row = take(source, at, delimiter, spaced);
    const problems = [];
    if (!row || (delimiter === "\t" && enclosesRows(source.slice(at, row.next), head.length))) {
      const plain = firstLine(source, at);
      row = { cells: plain.split(delimiter), next: after(source, at + plain.length) };
      problems.push(problem("unbalanced quote", "The row's quotes are unbalanced; its line is read without quoting."));
    }
    const isBlank = !firstLine(source, at);
    at = row.next;
    if (!isBlank) rows.push(named(row.cells, head, delimiter, problems));
  }
  return { head, rows };
}

/** The column names in the line at a place, and where the next one begins; null where its quotes are unbalanced. */
function headerAt(source, at, given) {
  const delimiter = given ?? delimiterOf(firstLine(source, at));
  let line = take(source, at, delimiter);
  const spaced = line?.cells.length > 1 && line.cells.slice(1).every((cell) => cell.startsWith(" ")); // after each delimiter
  if (spaced) line = take(source, at, delimiter, spaced);
  return line && { head: names(line.cells), next: line.next, delimiter, spaced };
}

/** The first column names below a preamble that `hasPosts` accepts, if any; they are more than the cells above them. */
function belowPreamble(source, top, given, hasPosts) {
  let widest = filled(top.head);
  for (let at = top.next, lines = 0; at < source.length && lines < PREAMBLE_LINES; lines++) {
    const line = firstLine(source, at);
    const found = line.trim() ? headerAt(source, at, given) : { head: [], next: after(source, at + line.length) };
    if (!found) return null;
    if (filled(found.head) > widest && hasPosts(found.head)) return found;
    widest = Math.max(widest, filled(found.head));
    at = found.next;
  }
  return null;
}

/** The column names below a header of merged cells, such as "Post" and "Metrics"; null if the header is not one. */
function belowMerged(source, header, mayHavePosts) {
  const below = header.next < source.length ? headerAt(source, header.next, header.delimiter) : null;
  if (!below || below.head.length - filled(header.head) < MIN_MERGED || header.head.length > below.head.length) return null;
  const areNames = filled(below.head) === below.head.length && new Set(below.head).size === below.head.length;
  return areNames && !below.head.some((name) => /^\p{Nd}/u.test(name)) && mayHavePosts(below.head) ? below : null;
}

const filled = (head) => head.filter((name, at) => name !== `column ${at + 1}`).length;
const names = (cells) => cells.map((cell, at) => cell.trim() || `column ${at + 1}`);

/** Rows as CSV text, with quotes around the cells that need them. */
export function write(rows) {
  const shown = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => row.map((cell) => shown(String(cell ?? ""))).join(",")).join("\r\n") + "\r\n";
}

/** Decode UTF-16 with a byte order mark, or UTF-8. Lines that are not UTF-8 are read in the older encoding that the service recognises, unless damaged. */
async function decode(bytes) {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (first + second === 0xff + 0xfe) return new TextDecoder(first === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  const text = utf8.decode(bytes);
  if (!text.includes("\uFFFD")) return text;
  const source = new Uint8Array(bytes);
  const lines = [];
  for (let at = 0, end; at < source.length; at = end) {
    end = source.indexOf(10, at) + 1 || source.length;
    lines.push(source.subarray(at, end));
  }
  const sample = new Blob(lines.filter(isBroken)).slice(0, SAMPLE);
  const headers = { "Content-Type": "application/octet-stream" };
  const found = await request("/v1/encoding", { method: "POST", headers, body: sample });
  const legacy = new TextDecoder(found.encoding);
  const isLegacy = (line) => isBroken(line) && charactersPerByte(line) <= found.most_characters_per_byte;
  return lines.map((line) => (isLegacy(line) ? legacy : utf8).decode(line)).join("");
}

function delimiterOf(head) {
  const bare = head.replace(/"[^"]*"/g, ""); // quoted names may contain commas
  const count = (mark) => bare.split(mark).length;
  const best = [...",;\t"].reduce((one, other) => (count(other) > count(one) ? other : one));
  return !bare.includes(best) && bare.includes("|") ? "|" : best;
}

function isBroken(line) {
  try {
    strict.decode(line);
    return false;
  } catch {
    return true;
  }
}

/** UTF-8 characters beyond ASCII of a broken line for each byte that belongs to none. */
function charactersPerByte(line) {
  const characters = utf8.decode(line).match(/[^\0-\x7F\uFFFD]/gu) ?? [];
  const beyond = line.reduce((count, byte) => count + (byte > 127), 0);
  return characters.length / (beyond - new TextEncoder().encode(characters.join("")).length);
}

const MIN_MERGED = 2; // blank cells in a header of merged cells; one may be that of an unnamed index
const PREAMBLE_LINES = 50; // maximum number of lines before the column names
const SAMPLE = 2 ** 16; // bytes that the service takes
const strict = new TextDecoder("utf-8", { fatal: true });
const BLANK = /^(?:[ \t]*(?:\r\n|\r|\n))+/; // empty lines at the beginning
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const plainCells = { ",": /[^,\r\n]*/y, ";": /[^;\r\n]*/y, "\t": /[^\t\r\n]*/y, "|": /[^|\r\n]*/y };

/** The cells of the row that begins at a place, and where the next row begins; null where its quotes are unbalanced. */
function take(source, at, delimiter, spaced = false) {
  const cells = [];
  for (;; at++) {
    let cell = "";
    while (spaced && source[at] === " ") at++;
    if (source[at] === '"') {
      for (;;) {
        const end = source.indexOf('"', at + 1);
        if (end < 0) return null;
        cell += source.slice(at + 1, end);
        at = end + 1;
        if (source[at] !== '"') break;
        cell += '"'; // a doubled quote is one quote
      }
    } else {
      plainCells[delimiter].lastIndex = at;
      [cell] = plainCells[delimiter].exec(source);
      at += cell.length;
    }
    cells.push(cell);
    if (at === source.length || source[at] === "\r" || source[at] === "\n") return { cells, next: after(source, at) };
    if (source[at] !== delimiter) return null;
  }
}

function firstLine(source, at) {
  const ends = /[\r\n]|$/g;
  ends.lastIndex = at;
  return source.slice(at, ends.exec(source).index);
}

const after = (source, end) => end + (source.startsWith("\r\n", end) ? 2 : 1);

/** Whether each line has the tabs of a full row: many tab-separated files are written without quoting. */
function enclosesRows(row, columns) {
  const lines = row.trimEnd().split(/\r\n|\r|\n/);
  return lines.length > 1 && columns > 1 && lines.every((line) => line.split("\t").length === columns);
}

function named(cells, head, delimiter, problems) {
  if (head.length === 1) cells = [cells.join(delimiter)]; // in a table with one column, a delimiter is part of the cell
  const count = `The row has ${cells.length} cells for ${head.length} columns`;
  const excess = cells.slice(head.length).some((cell) => cell.trim());
  const written = names([cells[0].replace(/^\uFEFF"?|(?<=^\uFEFF.*)"$/g, ""), ...cells.slice(1)]);
  const repeats = cells.length === head.length && head.every((name, at) => name === written[at]);
  if (repeats) problems.push(problem("repeated header", "The row repeats the names of the columns."));
  if (excess) problems.push(problem("ragged row", `${count}, so they cannot be assigned. Quote cells that contain the delimiter.`));
  else if (cells.length < head.length) problems.push(problem("ragged row", `${count}; the last ones are missing.`));
  if (excess) cells = [...cells.slice(0, head.length - 1), cells.slice(head.length - 1).join(delimiter)];
  cells = head.map((_, at) => cells[at] ?? "");
  for (const at of head.keys()) if (cells[at].includes("\0")) problems.push(problem("NUL byte", `Its ${head[at]} contains NUL bytes, which are removed.`));
  return { cells: cells.map((cell) => cell.replaceAll("\0", "")), problems, mixed: excess || repeats };
}
