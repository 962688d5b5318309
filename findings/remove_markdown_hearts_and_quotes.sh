#!/usr/bin/env bash
# remove-markdown 0.7.0 removes all text between a heart ("<3") and the next quotation (">") of a post.
#
# Posts of Reddit and Discord are Markdown, where "> text" is a quotation. "<3" is no HTML tag in Markdown, because tags do not begin
# with a digit.
# Expected: The heart stays, or at most the heart is removed; all words stay.
# Observed: Everything from "<" to the next ">" is removed as a tag, over any number of lines, before quotations are processed: of "I
# <3 the music\n\nbut the ending is sad\n\n> it is not\n\nit is", only "I" and the text after ">" remain.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit remove-markdown@0.7.0 commonmark@0.31.2 >/dev/null

cat > strip.cjs <<'SCRIPT'
const assert = require('assert');
const commonmark = require('commonmark');
const removeMarkdown = require('remove-markdown');
console.log('remove-markdown', require('remove-markdown/package.json').version);
const texts = [
  'I love the music\n\nbut the ending is sad\n\n> it is not\n\nit is',
  'I <3 the music\n\nbut the ending is sad\n\n> it is not\n\nit is',
  'I <3 it, 10 > 9',
];
const tags = texts.map(text => /html_(inline|block)/.test(new commonmark.XmlRenderer().render(new commonmark.Parser().parse(text))));
const seen = texts.map(text => removeMarkdown(text));
texts.forEach((text, number) => console.log(JSON.stringify(text), '->', JSON.stringify(seen[number])));
assert.deepStrictEqual(tags, [false, false, false]);
assert.deepStrictEqual(seen, ['I love the music\n\nbut the ending is sad\n\nit is not\n\nit is', 'I  it is not\n\nit is', 'I  9']);
SCRIPT
node strip.cjs
