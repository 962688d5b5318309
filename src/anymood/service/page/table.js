// A table of posts: predicted in batches, and given back with the predictions beside.

import { isTable, parse, write } from "/page/csv.js";
import { known, picked } from "/page/models.js";
import { bytesOf, columnsOf, postOf, withProblems } from "/page/rows.js";
import { $, ask, make, tell } from "/page/service.js";

const SHOWN = 8; // rows
let stopping = null;
let unkeyed = null; // files that wait for a key

async function start(files) {
  const before = stopping;
  const stop = (stopping = new AbortController());
  before?.abort();
  tell("table-notice", "");
  for (const id of ["table-result", "table-shown", "download", "table-progress"]) $(id).hidden = true;
  try {
    const tables = files.filter(isTable);
    const [table] = tables;
    if (!table) throw new Error("There is no table among these. Pick a file that ends in .csv or .tsv.");
    if (tables.length > 1) throw new Error(`There are ${tables.length} tables among these. Pick one at a time.`);
    const { head, rows } = parse(await table.arrayBuffer(), table.name);
    const columns = columnsOf(head, table.name);
    if (!rows.length) throw new Error(`${table.name} has no rows below its first line.`);
    const images = new Map(files.filter((file) => file !== table).map((file) => [file.name, file]));
    await run(head, rows, columns, images, stop.signal);
  } catch (error) {
    if (error.name === "AbortError") return; // what is done stands there
    if (error.name === "KeyNeeded") unkeyed = files;
    else tell("table-notice", error.message);
    $("table-progress").hidden = true;
  }
}

async function run(head, rows, columns, images, signal) {
  const limits = await known();
  const model = picked();
  const predictions = [];
  let held = null; // a post that the request before had no room for
  $("table-progress").hidden = false;
  report(0, rows.length);
  signal.addEventListener("abort", () => {
    if (stopping.signal !== signal) return; // another table has taken its place
    $("table-status").textContent = `Stopped after ${predictions.length} of ${rows.length} posts.`;
    $("stop").hidden = true;
    if (predictions.length) finish(head, rows.slice(0, predictions.length), predictions, model);
  });
  for (let at = 0; at < rows.length;) {
    const posts = [];
    let size = 0;
    while (at + posts.length < rows.length && posts.length < limits.batch_posts) {
      // What is left of the body is for what stands around a post.
      const post = held ?? (await postOf(rows[at + posts.length], columns, images, limits.body_bytes - 1000));
      held = null;
      const bytes = bytesOf(post);
      if (posts.length && size + bytes > limits.body_bytes / 2) {
        held = post;
        break;
      }
      size += bytes;
      posts.push(post);
    }
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ posts, model }), signal };
    const answer = await ask("/v1/predict/batch", options, 60);
    signal.throwIfAborted();
    predictions.push(...answer.predictions.map((each, index) => withProblems(each, rows[at + index])));
    at += posts.length;
    report(at, rows.length, predictions.filter(({ problem }) => problem).length, model);
  }
  const missing = predictions.filter(({ reason }) => reason === "missing image").length;
  if (missing) tell("table-notice", `${missing} of the images that the table names ${missing === 1 ? "was" : "were"} not picked along with it. Pick them together with the table.`);
  finish(head, rows, predictions, model);
}

function report(done, all, troubled = 0, model = "") {
  const trouble = troubled ? ` ${troubled} of them had a problem, which stands with it.` : "";
  $("bar").value = done / all;
  $("table-status").textContent = done < all ? `${done} of ${all} posts` : `${all === 1 ? "The post is" : `All ${all} posts are`} predicted by ${model}.${trouble}`;
  $("stop").hidden = done === all;
}

function finish(head, rows, predictions, model) {
  const labels = Object.keys(predictions.find(({ label }) => label)?.probabilities ?? {});
  const taken = new Set(head);
  const free = (name) => (taken.has(name) ? free(`predicted_${name}`) : (taken.add(name), name)); // as anymood predict
  const added = ["label", ...labels.map((label) => `p_${label}`), "used", "disagreement", "problem", "reason"].map(free);
  const values = (each) => [each.label, ...labels.map((label) => each.probabilities[label]?.toFixed(6)), each.used, each.disagreement?.toFixed(6), each.problem, each.reason];
  const whole = [[...head, ...added], ...rows.map(({ cells }, at) => [...cells, ...values(predictions[at])])];
  URL.revokeObjectURL($("download").href);
  $("download").download = `scored-${model}.csv`;
  $("download").href = URL.createObjectURL(new Blob([write(whole)], { type: "text/csv" }));
  const first = (text) => (text && text.length > 90 ? `${text.slice(0, 90)} …` : (text ?? ""));
  const said = ({ label, probabilities }) => (label ? `${label} ${Math.round(100 * probabilities[label])}%` : "-");
  const line = (tag, cells) => make("tr", {}, ...cells.map((cell) => make(tag, {}, ...[cell].flat())));
  const trouble = ({ problem }) => (problem ? [make("p", { className: "hint", textContent: problem })] : []);
  const order = rows.map((_, at) => at).sort((one, other) => Boolean(predictions[other].problem) - Boolean(predictions[one].problem) || one - other);
  const shown = order.slice(0, SHOWN).sort((one, other) => one - other).map((at) => line("td", [[said(predictions[at]), ...trouble(predictions[at])], ...rows[at].cells.map(first), predictions[at].used]));
  $("table-result").replaceChildren(make("table", {}, make("thead", {}, line("th", ["prediction", ...head, "decided by"])), make("tbody", {}, ...shown)));
  $("table-shown").textContent = rows.length > SHOWN ? `${SHOWN} of ${rows.length} rows, those with a problem before others. The download has all.` : "";
  $("table-result").hidden = $("table-shown").hidden = $("download").hidden = false;
}

$("table").addEventListener("change", () => { const files = [...$("table").files]; $("table").value = ""; if (files.length) start(files); });
$("stop").addEventListener("click", () => stopping?.abort());
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
document.addEventListener("key", () => { if (unkeyed) start(unkeyed); unkeyed = null; });
