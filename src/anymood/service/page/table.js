// A table of posts: predicted in batches, and given back with the predictions beside.

import { parse, write } from "/page/csv.js";
import { known, picked } from "/page/models.js";
import { bytesOf, columnsOf, postOf, withProblems } from "/page/rows.js";
import { $, ask, make, tell } from "/page/service.js";

const SHOWN = 8; // rows
let stopping = null;
let unkeyed = null; // files that wait for a key

async function start(files) {
  stopping?.abort();
  const stop = (stopping = new AbortController());
  tell("table-notice", "");
  for (const id of ["table-result", "download", "table-progress"]) $(id).hidden = true;
  try {
    const table = files.find(({ name }) => /\.[ct]sv$/i.test(name));
    if (!table) throw new Error("There is no table among these. Pick a file that ends in .csv or .tsv.");
    const { head, rows } = parse(await table.arrayBuffer(), table.name);
    const columns = columnsOf(head, table.name);
    if (!rows.length) throw new Error(`${table.name} has no rows below its first line.`);
    const images = new Map(files.filter((file) => file !== table).map((file) => [file.name, file]));
    await run(head, rows, columns, images, stop.signal);
  } catch (error) {
    if (error.name === "KeyNeeded") unkeyed = files;
    else if (error.name !== "AbortError") tell("table-notice", error.message);
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
    predictions.push(...answer.predictions.map((each, index) => withProblems(each, rows[at + index])));
    at += posts.length;
    report(at, rows.length, predictions.filter(({ problem }) => problem).length);
  }
  const missing = predictions.filter(({ reason }) => reason === "missing image").length;
  if (missing) tell("table-notice", `${missing} of the images that the table names ${missing === 1 ? "was" : "were"} not picked along with it. Pick them together with the table.`);
  finish(head, rows, predictions);
}

function report(done, all, troubled = 0) {
  const trouble = troubled ? ` ${troubled} of them had a problem, which stands in the table.` : "";
  $("bar").value = done / all;
  $("table-status").textContent = done < all ? `${done} of ${all} posts` : `All ${all} posts are predicted.${trouble}`;
  $("stop").hidden = done === all;
}

function finish(head, rows, predictions) {
  const labels = Object.keys(predictions.find(({ label }) => label)?.probabilities ?? {});
  const taken = new Set(head);
  const free = (name) => (taken.has(name) ? free(`predicted_${name}`) : (taken.add(name), name)); // as anymood predict
  const added = ["label", ...labels.map((label) => `p_${label}`), "used", "disagreement", "problem", "reason"].map(free);
  const values = (each) => [each.label, ...labels.map((label) => each.probabilities[label]?.toFixed(6)), each.used, each.disagreement?.toFixed(6), each.problem, each.reason];
  const whole = [[...head, ...added], ...rows.map(({ cells }, at) => [...cells, ...values(predictions[at])])];
  URL.revokeObjectURL($("download").href);
  $("download").href = URL.createObjectURL(new Blob([write(whole)], { type: "text/csv" }));
  const first = (text) => (text && text.length > 90 ? `${text.slice(0, 90)} …` : (text ?? ""));
  const said = ({ label, probabilities }) => (label ? `${label} ${Math.round(100 * probabilities[label])}%` : "-");
  const line = (tag, cells) => make("tr", {}, ...cells.map((cell) => make(tag, { textContent: first(cell) })));
  const shown = rows.slice(0, SHOWN).map(({ cells }, at) => line("td", [said(predictions[at]), predictions[at].used, ...cells, predictions[at].problem]));
  $("table-result").replaceChildren(make("table", {}, make("thead", {}, line("th", ["prediction", "decided by", ...head, "problem"])), make("tbody", {}, ...shown)));
  $("table-result").hidden = $("download").hidden = false;
}

$("table").addEventListener("change", () => { const files = [...$("table").files]; $("table").value = ""; if (files.length) start(files); });
$("stop").addEventListener("click", () => stopping?.abort());
for (const kind of ["dragover", "dragleave", "drop"]) $("table-drop").addEventListener(kind, (event) => {
  event.preventDefault();
  $("table-drop").classList.toggle("over", kind === "dragover");
  if (kind === "drop" && event.dataTransfer.files.length) start([...event.dataTransfer.files]);
});
document.addEventListener("key", () => { if (unkeyed) start(unkeyed); unkeyed = null; });
