#!/usr/bin/env bash
# whatsapp-chat-parser 4.0.2 finds no message in a chat that was exported by a phone in Arabic.
#
# Such phones write dates with Arabic digits and direction marks: "٢٠/٦/٢٠١٧، ٨:٢٨ م - Ali: text".
# Expected: Two messages at 20:28 and 20:29, or an error.
# Observed: An empty list, without an error. Only the digits 0 to 9 are recognised, and lines before the first recognised date are
# dropped.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit whatsapp-chat-parser@4.0.2 >/dev/null

cat > read.mjs <<'SCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { parseString } from 'whatsapp-chat-parser';

const digits = text => text.replace(/[٠-٩]/g, d => '٠١٢٣٤٥٦٧٨٩'.indexOf(d));
const chat = '\u200f٢٠\u200f/٦\u200f/٢٠١٧، ٨:٢٨ م - Ali: one\n\u200f٢٠\u200f/٦\u200f/٢٠١٧، ٨:٢٩ م - Ali: two\n';
const plain = digits(chat).replaceAll('\u200f', '').replaceAll('،', ',').replaceAll(' م ', ' pm ');
console.log('whatsapp-chat-parser', JSON.parse(readFileSync('node_modules/whatsapp-chat-parser/package.json')).version);
const asEnglish = parseString(plain);
const asWritten = parseString(chat);
console.log('as an English phone writes it:', asEnglish.map(m => [m.date.getHours(), m.date.getMinutes(), m.message.trim()]));
console.log('as an Arabic phone writes it: ', asWritten);
assert.deepEqual(asEnglish.map(m => m.date.getHours()), [20, 20]);
assert.deepEqual(asWritten, []);
SCRIPT
node read.mjs
