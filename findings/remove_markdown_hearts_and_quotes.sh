#!/usr/bin/env bash
# remove-markdown 0.7.0 leaves out all that stands between a heart ("<3") and the next quotation (">") of a post.
#
# Posts of Reddit and Discord are in Markdown, where "> text" is a quotation. "<3" is no HTML tag in Markdown, since no tag begins
# with a digit.
# One would guess: the heart stays, or at most goes itself, as all other words stay.
# Seen: all from "<" to the next ">" is taken for a tag, over any number of lines, before quotations are looked for: "I <3 the music\n\n
# but the ending is sad\n\n> it is not\n\nit is" keeps "I" and what follows the mark of quotation.
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
