#!/usr/bin/env bash
# exceljs 4.4.0 and xlsx 0.18.5 (SheetJS): a text that SheetJS writes is decoded twice by exceljs.
#
# Posts of X have "&lt;", "&gt;" and "&amp;" in their texts. SheetJS writes texts into the cells themselves, with type "str", and line
# breaks of Windows as "_x000d_" and a line feed. With bookSST: true it writes them into the table of texts of the workbook instead.
# Expected: exceljs returns the texts that were written, as SheetJS does.
# Observed: "&lt;b&gt;" in the text is "<b>" in exceljs, so that the name of a tag becomes a tag; with bookSST: true it is correct. In both
# cases, "first\r\nsecond" is "first_x000d_\nsecond", with a word that nobody has written.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit exceljs@4.4.0 xlsx@0.18.5 >/dev/null

cat > texts.cjs <<'SCRIPT'
const assert = require('assert');
const ExcelJS = require('exceljs');
const XLSX = require('xlsx');

const texts = ['Use &lt;b&gt; for bold', 'fish &amp;amp; chips', 'first\r\nsecond'];

async function main() {
  console.log('exceljs', require('exceljs/package.json').version, 'xlsx', XLSX.version);
  const seen = {};
  for (const bookSST of [false, true]) {
    const written = XLSX.utils.book_new();
    XLSX.utils.book_append_sheet(written, XLSX.utils.aoa_to_sheet(texts.map(text => [text])), 'posts');
    const file = XLSX.write(written, { type: 'buffer', bookType: 'xlsx', bookSST });
    const again = XLSX.utils.sheet_to_json(XLSX.read(file).Sheets.posts, { header: 1 }).flat();
    assert.deepStrictEqual(again, texts);
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(file);
    seen[bookSST] = texts.map((text, row) => book.worksheets[0].getCell(row + 1, 1).value);
    console.log('bookSST:', bookSST, 'written', texts, 'exceljs', seen[bookSST]);
  }
  assert.deepStrictEqual(seen[false], ['Use <b> for bold', 'fish &amp; chips', 'first_x000d_\nsecond']);
  assert.deepStrictEqual(seen[true], [...texts.slice(0, 2), 'first_x000d_\nsecond']);
}
main();
SCRIPT
node texts.cjs
