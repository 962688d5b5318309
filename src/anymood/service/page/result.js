// The result of a table: the counts of the labels, some of the rows, and all rows as a file.

import { write } from "/page/csv.js";
import { imageOf } from "/page/rows.js";
import { $, bars, grouped, make, percent, request, showNotice } from "/page/service.js";

const SHOWN = 8; // rows shown at first
const MORE = 20; // rows that a click adds
const MAX_CHARACTERS = 140; // in a cell
const MAX_GROUPS = 40; // values of a column that groups a report
const USED = { both: "text and image", text: "text alone", image: "image alone", none: "neither" };
let result = null; // the job shown, the orders of its rows, and the number of rows shown

/** Hide the result of the last table. */
export function hideResult() {
  result = null;
  clearRows();
  for (const id of ["table-summary", "table-rows"]) $(id).hidden = true;
}

/** Show the counts of the labels and of the classifiers that decided. */
export function showShares({ predictions, rows }) {
  const count = (field, value) => predictions.filter((each) => each[field] === value).length;
  const bar = (name, number, all) => ({ name, share: number / (all || 1), words: `${grouped(number)} · ${percent(number / (all || 1))}` });
  const labelled = predictions.filter(({ label }) => label);
  $("shares").replaceChildren(bars(labelsOf(predictions).map((label) => bar(label, count("label", label), labelled.length))));
  const used = Object.keys(USED).filter((name) => count("used", name));
  $("used").replaceChildren(bars(used.map((name) => bar(USED[name], count("used", name), predictions.length))));
  const pairs = labelled.filter(({ used }) => used === "both");
  const apart = pairs.filter(({ text, image }) => topOf(text) !== topOf(image)).length;
  const disagree = pairs.length ? ` Text and image have different labels in ${grouped(apart)} of the ${grouped(pairs.length)} posts with both.` : "";
  const sofar = predictions.length < rows.length ? " so far" : "";
  $("shares-hint").textContent = `Counts of the predicted labels${sofar}: some predictions are wrong, so the true shares differ.${disagree}`;
  $("table-summary").hidden = false;
}

/** Show the predicted rows and offer them as a file. */
export function showResult(job) {
  result = { ...job, orders: ordersOf(job) };
  $("order").replaceChildren(...result.orders.map(({ name }, at) => make("option", { value: at, textContent: name })));
  offerDownload(job);
  offerGroups(job);
  showRows(SHOWN);
  $("table-rows").hidden = false;
}

const labelsOf = (predictions) => Object.keys(predictions.find(({ label }) => label)?.probabilities ?? {});
const topOf = (probabilities) => Object.keys(probabilities).reduce((one, other) => (probabilities[other] > probabilities[one] ? other : one));

/**
 * The orders in which the rows can be shown, and the groups of rows in each. The first one is the default. A short table
 * is shown in its own order. For a longer one, the default shows the best and worst rows (or, if the labels are not a
 * scale, the most certain rows of each label) and rows with a problem, copies of a post after all others.
 */
function ordersOf({ columns, predictions, rows }) {
  const places = [...predictions.keys()];
  const group = (heading, wanted, value) => ({ heading, rows: places.filter((at) => wanted(predictions[at])).sort((one, other) => value(predictions[other]) - value(predictions[one]) || one - other) });
  const labels = labelsOf(predictions);
  const isScale = labels.includes("positive") && labels.includes("negative");
  const most = (label) => group(isScale ? `Most ${label}` : `Most certain: ${label}`, (each) => each.label === label, (each) => each.probabilities[label]);
  const seen = ({ cells }, { used }) => JSON.stringify([cells[columns.text]?.trim(), used === "text" || cells[columns.image]?.trim()]);
  const copiesLast = ({ heading, rows: ranked }) => {
    const first = new Map([...ranked].reverse().map((at) => [seen(rows[at], predictions[at]), at]));
    const isCopy = (at) => first.get(seen(rows[at], predictions[at])) !== at;
    return { heading, rows: [...ranked.filter((at) => !isCopy(at)), ...ranked.filter(isCopy)] };
  };
  const apart = group("Text and image furthest apart", ({ disagreement }) => disagreement !== null, ({ disagreement }) => disagreement);
  const problems = group("With a problem", ({ problem }) => problem, ({ label }) => !label);
  const highlights = { name: isScale ? "Best, worst and problems" : "Most certain and problems", groups: [...(isScale ? ["positive", "negative"] : labels).map((label) => copiesLast(most(label))), problems] };
  const table = { name: "As in the table", groups: [{ heading: "", rows: places }] };
  const others = [...labels.map(most), apart, problems].filter(({ rows }) => rows.length).map(({ heading, rows }) => ({ name: heading, groups: [{ heading: "", rows }] }));
  return places.length > SHOWN ? [highlights, ...others, table] : [table, ...others];
}

/** Rows from all groups in turn, up to a number, without repetition. */
function firstOf(groups, count) {
  const taken = new Set();
  const chosen = groups.map(({ heading }) => ({ heading, rows: [] }));
  for (let rank = 0; taken.size < count && groups.some(({ rows }) => rank < rows.length); rank++) {
    for (const [at, { rows }] of groups.entries()) {
      if (rank >= rows.length || taken.has(rows[rank]) || taken.size === count) continue;
      taken.add(rows[rank]);
      chosen[at].rows.push(rows[rank]);
    }
  }
  return chosen.filter(({ rows }) => rows.length);
}

function showRows(count) {
  const { head, columns, predictions, orders } = result;
  const { groups } = orders[$("order").value];
  const shown = firstOf(groups, count);
  const others = [...head.keys()].filter((at) => at !== columns.text && at !== columns.image);
  const cells = [columns.text, columns.image].filter((at) => at >= 0).concat(others);
  const title = (words, kind) => make("th", { textContent: words, className: kind, scope: "col", role: "columnheader" });
  const kindOf = (at) => ({ [columns.text]: "words", [columns.image]: "picture" })[at] ?? "other";
  // Explicit roles: on a narrow screen the style sheet stacks the cells, and browsers then drop the roles of a table.
  const names = make("tr", { role: "row" }, title("prediction", "said"), title("decided by", "used"), ...cells.map((at) => title(head[at], kindOf(at))));
  const bodies = shown.map(({ heading, rows }) => {
    const line = make("tr", { className: "group", role: "row" }, make("th", { role: "rowheader", colSpan: cells.length + 2, scope: "rowgroup", textContent: heading }));
    return make("tbody", { role: "rowgroup" }, ...(heading ? [line] : []), ...rows.map((at) => rowOf(at, cells, kindOf)));
  });
  clearRows();
  $("table-result").replaceChildren(make("table", { role: "table" }, make("thead", { role: "rowgroup" }, names), ...bodies));
  result.shown = shown.reduce((sum, { rows }) => sum + rows.length, 0);
  const all = new Set(groups.flatMap(({ rows }) => rows)).size;
  $("table-shown").textContent = result.shown < predictions.length ? `${grouped(result.shown)} of ${grouped(predictions.length)} rows. The download has all.` : "";
  $("more").hidden = result.shown === all;
}

function rowOf(at, cells, kindOf) {
  const { columns, images, predictions, rows } = result;
  const { label, probabilities, problem, used } = predictions[at];
  const said = make("td", { className: "said", role: "cell", dir: "auto", textContent: label ? `${label} ${percent(probabilities[label])}` : "-" });
  const decided = make("td", { className: `used ${used}`, role: "cell", textContent: used });
  return make("tr", { role: "row" }, said, decided, ...cells.map((column) => {
    const words = rows[at].cells[column];
    const cell = make("td", { className: kindOf(column), role: "cell", dir: "auto", textContent: words.length > MAX_CHARACTERS ? `${words.slice(0, MAX_CHARACTERS)} …` : words });
    const file = column === columns.image && words && imageOf(rows[at], columns, images);
    if (file) cell.prepend(thumbnail(file));
    if (problem && column === cells[0]) cell.append(make("p", { className: "hint", textContent: problem }));
    return cell;
  }));
}

function thumbnail(file) {
  const picture = make("img", { alt: "", src: URL.createObjectURL(file) });
  picture.addEventListener("error", () => picture.remove());
  return picture;
}

function clearRows() {
  for (const { src } of $("table-result").querySelectorAll("img")) URL.revokeObjectURL(src);
  $("table-result").replaceChildren();
}

/** The rows with their predictions, as `anymood predict` writes them: the names of the columns, and the values. */
function scoredTable({ head, rows, predictions }) {
  const labels = labelsOf(predictions);
  const taken = new Set(head);
  const free = (name) => (taken.has(name) ? free(`predicted_${name}`) : (taken.add(name), name));
  const added = ["label", ...labels.map((label) => `p_${label}`), "used", "disagreement", "problem", "reason"].map(free);
  const values = (each) => [each.label, ...labels.map((label) => each.probabilities[label]?.toFixed(6)), each.used, each.disagreement?.toFixed(6), each.problem, each.reason];
  return { names: [...head, ...added], lines: predictions.map((each, at) => [...rows[at].cells, ...values(each)]) };
}

function offerDownload(job) {
  const { names, lines } = scoredTable(job);
  URL.revokeObjectURL($("download").href);
  $("download").download = `scored-${job.model}.csv`;
  $("download").href = URL.createObjectURL(new Blob([write([names, ...lines])], { type: "text/csv" }));
}

/** Columns that can group the rows: they have few values, each in several rows. */
function offerGroups({ head, rows, columns, predictions }) {
  const isGroup = (at) => {
    const values = new Set(rows.slice(0, predictions.length).map(({ cells }) => cells[at]));
    return at !== columns.text && at !== columns.image && values.size > 1 && values.size <= MAX_GROUPS && values.size <= predictions.length / 2;
  };
  const options = [["no groups", ""], ...[...head.keys()].filter(isGroup).map((at) => [`by ${head[at]}`, head[at]])];
  $("report-by").replaceChildren(...options.map(([textContent, value]) => make("option", { textContent, value })));
}

/** Download a report on the rows as an HTML page. */
async function saveReport() {
  const { model, name, head, columns, predictions } = result;
  const { names, lines } = scoredTable(result);
  const scores = (at) => ({ text_scores: predictions[at].text, image_scores: predictions[at].image });
  const rows = lines.map((line, at) => ({ ...Object.fromEntries(names.map((key, place) => [key, line[place] ?? null])), ...scores(at) }));
  const by = $("report-by").value ? [$("report-by").value] : [];
  const body = JSON.stringify({ model, rows, by, source: name.slice(0, 200), text_column: head[columns.text] ?? "text" });
  $("report").disabled = true;
  try {
    const { html } = await request("/v1/report", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const link = make("a", { download: "report.html", href: URL.createObjectURL(new Blob([html], { type: "text/html" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    showNotice("table-notice", error.message);
  }
  $("report").disabled = false;
}

$("order").addEventListener("change", () => showRows(SHOWN));
$("more").addEventListener("click", () => showRows(result.shown + MORE));
$("report").addEventListener("click", saveReport);
