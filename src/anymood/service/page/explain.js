// Explains a prediction: the effects of text and image, of the words, and of the regions of the image.

import { $, make, request, showNotice } from "/page/service.js";

const SVG = "http://www.w3.org/2000/svg";
const MIN_SHARE = 0.05; // share of the strongest effect from which a word is shaded

let explained = null; // the post that the button explains, and the model
let pending = null;

/** Offer to explain a post that has a prediction. */
export function offerExplanation(post, model) {
  withdrawExplanation();
  explained = { post, model };
  $("explain-part").hidden = false;
}

/** Hide the explanation and its button. */
export function withdrawExplanation() {
  pending?.abort();
  pending = explained = null;
  clear();
  $("explain-part").hidden = true;
}

function clear() {
  for (const old of $("explanation").querySelectorAll("img")) URL.revokeObjectURL(old.src);
  $("explanation").replaceChildren();
  $("explanation").hidden = true;
  $("explain").setAttribute("aria-expanded", "false");
  $("explain-status").textContent = "";
  showNotice("explain-notice", "");
}

async function explain() {
  if (!$("explanation").hidden) return clear();
  const { post, model } = explained;
  const mine = pending = new AbortController();
  const form = new FormData();
  form.append("model", model);
  if (post.text) form.append("text", post.text);
  if (post.image) form.append("image", post.image);
  clear();
  $("explain-status").textContent = "Computing the explanation …";
  try {
    const answer = await request("/v1/explain", { method: "POST", body: form, signal: mine.signal });
    $("explanation").replaceChildren(...parts(answer, post));
    $("explanation").hidden = false;
    $("explain").setAttribute("aria-expanded", "true");
  } catch (error) {
    if (error.name !== "AbortError") showNotice("explain-notice", error.name === "KeyNeeded" ? "" : error.message);
  }
  if (pending === mine) $("explain-status").textContent = "";
}

const points = (effect) => (100 * effect).toFixed(1).replace(/^(?!-)/, "+").replace("-0.0", "+0.0");

function parts(answer, post) {
  const effects = [["text", answer.text_effect], ["image", answer.image_effect]].filter(([, effect]) => effect !== null);
  const found = [
    make("p", {}, answer.summary),
    effectsTable(effects, "Effects of text and image, in percentage points"),
  ];
  const details = [];
  if (answer.words.length) details.push(make("div", {}, make("h4", {}, "Words"), shaded(answer), ...wordTables(answer)));
  if (answer.regions && post.image) details.push(make("div", {}, make("h4", {}, "Regions of the image"), ...regions(answer, post.image)));
  const key = make("p", { className: "hint" }, make("span", { className: "key-for" }, "Blue"), ` supports ${answer.label}, `, make("span", { className: "key-against" }, "orange, dotted"), " opposes it. Effects are percentage points of its probability.");
  if (answer.words.length) key.append(" Bars are scaled to the strongest word; effects of words do not add up to that of the text.");
  return [...found, make("div", { className: "details" }, ...details), key];
}

/** A table with one row for each effect: its name, a bar to the left or right of zero, and the number. */
function effectsTable(effects, caption) {
  const strongest = Math.max(...effects.map(([, effect]) => Math.abs(effect))) || 1;
  const rows = effects.map(([name, effect]) => {
    const fill = make("i", { className: effect < 0 ? "against" : "" });
    const share = (50 * Math.abs(effect)) / strongest;
    fill.style.width = `${share}%`;
    fill.style.marginLeft = `${effect < 0 ? 50 - share : 50}%`;
    const bar = make("span", { className: "signed", ariaHidden: "true" }, fill);
    return make("tr", {}, make("th", { scope: "row", dir: "auto", textContent: name }), make("td", {}, bar), make("td", { className: "figure", textContent: points(effect) }));
  });
  return make("table", { className: "effects" }, make("caption", { className: "unseen", textContent: caption }), ...rows);
}

/** The text with its words shaded: the stronger their effect, the stronger the shade. */
function shaded({ text, words }) {
  const signs = [...text]; // positions count code points
  const strongest = Math.max(...words.map(({ effect }) => Math.abs(effect))) || 1;
  const found = [];
  let end = 0;
  for (const word of words) {
    found.push(signs.slice(end, word.start).join(""));
    const share = Math.abs(word.effect) / strongest;
    if (share < MIN_SHARE) found.push(word.word);
    else {
      const mark = make("mark", { className: word.effect < 0 ? "against" : "", title: points(word.effect), textContent: word.word });
      mark.style.setProperty("--share", (0.55 * share).toFixed(2));
      found.push(mark);
    }
    end = word.end;
  }
  return make("p", { className: "shaded", dir: "auto" }, ...found, signs.slice(end).join(""));
}

/** A table of the strongest words, and a collapsed table of all words. */
function wordTables({ label, words, strongest_words: strongest }) {
  const table = (entries, which) => effectsTable(entries.map(({ word, effect }) => [word, effect]), `${which} words on ${label}, in percentage points`);
  const tables = strongest.length ? [table(strongest, "Strongest effects of")] : [];
  if (words.length > strongest.length) tables.push(make("details", {}, make("summary", {}, `All ${words.length} words`), table(words, "Effects of all")));
  return tables;
}

/** The image with a switch that shows the regions on it, and a sentence about the strongest ones. */
function regions({ regions: { box, effects, summary } }, file) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 1 1", preserveAspectRatio: "none", role: "img", "aria-label": summary })) drawing.setAttribute(name, value);
  const [left, top, right, bottom] = box;
  const strongest = Math.max(...effects.flat().map(Math.abs)) || 1;
  effects.forEach((row, at) => row.forEach((effect, across) => {
    const region = document.createElementNS(SVG, "rect");
    const place = { x: left + ((right - left) * across) / row.length, y: top + ((bottom - top) * at) / effects.length, width: (right - left) / row.length, height: (bottom - top) / effects.length };
    for (const [name, value] of Object.entries(place)) region.setAttribute(name, value);
    region.setAttribute("opacity", (0.65 * Math.abs(effect)) / strongest);
    if (effect < 0) region.setAttribute("class", "against");
    drawing.append(region);
  }));
  drawing.setAttribute("hidden", "");
  const toggle = make("input", { type: "checkbox", id: "show-regions" });
  toggle.setAttribute("role", "switch");
  toggle.addEventListener("change", () => drawing.toggleAttribute("hidden", !toggle.checked));
  const picture = make("img", { alt: "The explained image", src: URL.createObjectURL(file) });
  return [
    make("label", { className: "switch" }, toggle, make("span", {}, "Show the regions on the image")),
    make("div", { className: "explained-image" }, picture, drawing),
    make("p", { className: "hint" }, summary),
  ];
}

$("explain").addEventListener("click", explain);
