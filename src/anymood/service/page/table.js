// A table of posts: predicted in batches, and given back with the predictions beside.

import { isTable, parse, write } from "/page/csv.js";
import { known, picked } from "/page/models.js";
import { bytesOf, byName, columnsOf, postOf, withProblems } from "/page/rows.js";
import { $, ask, make, tell } from "/page/service.js";

const SHOWN = 8; // rows
const PATIENCE = 60; // times that a full service is asked again
let job = null; // a table, what is predicted of it, and what stops it; another takes its place

async function start(files) {
  job?.stop.abort();
  const mine = job = { predictions: [], ready: [], stop: new AbortController() };
  tell("table-notice", "");
  for (const id of ["table-result", "table-shown", "download", "table-progress"]) $(id).hidden = true;
  try {
    const tables = files.filter(isTable);
    const [table] = tables;
    if (!table) throw new Error("There is no table among these. Pick a file that ends in .csv or .tsv.");
    if (tables.length > 1) throw new Error(`There are ${tables.length} tables among these. Pick one at a time.`);
    Object.assign(mine, parse(await table.arrayBuffer(), table.name));
    mine.columns = columnsOf(mine.head, table.name);
    if (!mine.rows.length) throw new Error(`${table.name} has no rows below its first line.`);
    mine.images = byName(files.filter((file) => file !== table), mine.rows, mine.columns);
  } catch (error) {
    if (mine === job) tell("table-notice", error.message);
    return;
  }
  if (mine === job) await goOn();
}

/** Predict what is left of the table; what ends it, a person or a fault, leaves what is done, and can be gone on from. */
async function goOn() {
  const mine = job;
  mine.stop = new AbortController();
  mine.needsKey = false;
  tell("table-notice", "");
  $("table-progress").hidden = false;
  try {
    report(mine);
    const limits = await known();
    mine.model ??= picked();
    mine.most ??= limits.batch_posts;
    while (mine.predictions.length < mine.rows.length) {
      await predictSome(mine, limits);
      if (mine === job) report(mine);
    }
    const missing = mine.predictions.filter(({ reason }) => reason === "missing image").length;
    if (missing) tell("table-notice", `${missing} of the images that the table names ${missing === 1 ? "was" : "were"} not picked along with it. Pick them together with the table.`);
  } catch (error) {
    if (mine !== job) return;
    const stopped = error.name === "AbortError";
    mine.needsKey = error.name === "KeyNeeded"; // for which there is a form
    if (!stopped && !mine.needsKey) tell("table-notice", error.message);
    $("table-status").textContent = `${stopped ? "Stopped" : "Ended"} after ${sofar(mine)}.`;
    $("stop").hidden = true;
    $("go-on").hidden = false;
  }
  if (mine === job && mine.predictions.length) show(mine);
}

/** Send as many posts as one request may bring, and half as many the next time where they take too long. */
async function predictSome(mine, limits) {
  const { rows, columns, images, predictions, ready, model, stop: { signal } } = mine;
  let [count, size] = [0, 0];
  for (; count < mine.most && predictions.length + count < rows.length; count++) {
    // What is left of the body is for what stands around a post.
    if (count === ready.length) ready.push(await postOf(rows[predictions.length + count], columns, images, limits.body_bytes - 1000));
    size += bytesOf(ready[count]);
    if (count && size > limits.body_bytes / 2) break;
  }
  signal.throwIfAborted();
  const body = JSON.stringify({ posts: ready.slice(0, count), model });
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body, signal };
  try {
    const answer = await ask("/v1/predict/batch", options, PATIENCE, () => { $("table-status").textContent = `${sofar(mine)}. The service has all it can do, and is asked again …`; });
    const before = predictions.length;
    predictions.push(...answer.predictions.map((each, at) => withProblems(each, rows[before + at])));
    ready.splice(0, count);
  } catch (error) {
    if (error.name !== "timed-out" || count === 1) throw error;
    mine.most = Math.ceil(count / 2);
  }
}

const sofar = ({ predictions, rows }) => `${predictions.length} of ${rows.length} posts`;

function report(mine) {
  const { predictions, rows, model } = mine;
  const [done, all, troubled] = [predictions.length, rows.length, predictions.filter(({ problem }) => problem).length];
  const trouble = troubled ? ` ${troubled} of them had a problem, which stands with it.` : "";
  $("bar").value = done / all;
  $("table-status").textContent = done < all ? sofar(mine) : `${all === 1 ? "The post is" : `All ${all} posts are`} predicted by ${model}.${trouble}`;
  $("stop").hidden = done === all;
  $("go-on").hidden = true;
}

/** The rows that are done: the first of them, and all as a file. */
function show({ head, rows, predictions, model }) {
  const done = rows.slice(0, predictions.length);
  const labels = Object.keys(predictions.find(({ label }) => label)?.probabilities ?? {});
  const taken = new Set(head);
  const free = (name) => (taken.has(name) ? free(`predicted_${name}`) : (taken.add(name), name)); // as anymood predict
  const added = ["label", ...labels.map((label) => `p_${label}`), "used", "disagreement", "problem", "reason"].map(free);
  const values = (each) => [each.label, ...labels.map((label) => each.probabilities[label]?.toFixed(6)), each.used, each.disagreement?.toFixed(6), each.problem, each.reason];
  const whole = [[...head, ...added], ...done.map(({ cells }, at) => [...cells, ...values(predictions[at])])];
  URL.revokeObjectURL($("download").href);
  $("download").download = `scored-${model}.csv`;
  $("download").href = URL.createObjectURL(new Blob([write(whole)], { type: "text/csv" }));
  const first = (text) => (text && text.length > 90 ? `${text.slice(0, 90)} …` : (text ?? ""));
  const said = ({ label, probabilities }) => (label ? `${label} ${Math.round(100 * probabilities[label])}%` : "-");
  const line = (tag, cells) => make("tr", {}, ...cells.map((cell) => make(tag, { dir: "auto" }, ...[cell].flat())));
  const trouble = ({ problem }) => (problem ? [make("p", { className: "hint", textContent: problem })] : []);
  const order = done.map((_, at) => at).sort((one, other) => Boolean(predictions[other].problem) - Boolean(predictions[one].problem) || one - other);
  const shown = order.slice(0, SHOWN).sort((one, other) => one - other).map((at) => line("td", [[said(predictions[at]), ...trouble(predictions[at])], ...done[at].cells.map(first), predictions[at].used]));
  $("table-result").replaceChildren(make("table", {}, make("thead", {}, line("th", ["prediction", ...head, "decided by"])), make("tbody", {}, ...shown)));
  $("table-shown").textContent = done.length > SHOWN ? `${SHOWN} of ${done.length} rows, those with a problem before others. The download has all.` : "";
  $("table-result").hidden = $("table-shown").hidden = $("download").hidden = false;
}

$("table").addEventListener("change", () => { const files = [...$("table").files]; $("table").value = ""; if (files.length) start(files); });
$("stop").addEventListener("click", () => job.stop.abort());
$("go-on").addEventListener("click", goOn);
for (const kind of ["dragover", "dragleave", "drop"]) $("table-drop").addEventListener(kind, (event) => {
  event.preventDefault();
  $("table-drop").classList.toggle("over", kind === "dragover");
});
// A table is meant for here wherever it is dropped; other files are, with it or on this field.
document.addEventListener("drop", (event) => {
  const files = [...event.dataTransfer.files];
  if (!files.some(isTable) && !(files.length && $("table-drop").contains(event.target))) return;
  start(files);
  $("table-part").scrollIntoView();
});
document.addEventListener("key", () => { if (job?.needsKey) goOn(); });
