// A table of posts: predicted in batches, and given back with the predictions beside.

import { parse, write } from "/page/csv.js";
import { known, picked } from "/page/models.js";
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
    const table = files.find(({ name }) => /\.csv$/i.test(name));
    if (!table) throw new Error("There is no CSV file among these. Pick one that ends in .csv.");
    const [head, ...rows] = parse(await table.text());
    const columns = { text: head?.indexOf("text") ?? -1, image: head?.indexOf("image") ?? -1 };
    if (columns.text < 0 && columns.image < 0) throw new Error(`${table.name} has neither a column text nor a column image. Name one of them so in its first line.`);
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
  const missing = new Set();
  const refused = new Map(); // why nothing or not all of a row was sent, by its place
  $("table-progress").hidden = false;
  report(0, rows.length);
  for (let at = 0; at < rows.length;) {
    const posts = [];
    let size = 0;
    while (at + posts.length < rows.length && posts.length < limits.batch_posts) {
      const row = at + posts.length;
      const most = limits.body_bytes - 1000; // the rest is for what stands around a post
      const post = await read(rows[row], columns, images, missing, most);
      const why = fit(post, most);
      if (why) refused.set(row, why);
      const bytes = sent(post);
      if (posts.length && size + bytes > limits.body_bytes / 2) break;
      size += bytes;
      posts.push(post);
    }
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ posts, model }), signal };
    const answer = await ask("/v1/predict/batch", options, 60);
    predictions.push(...answer.predictions.map((each, index) => withWhy(each, refused.get(at + index))));
    at += posts.length;
    report(at, rows.length, predictions.filter(({ problem }) => problem).length);
  }
  if (missing.size) tell("table-notice", `${missing.size} of the images that the table names were not picked along with it, as ${[...missing][0]}. Their texts decided.`);
  finish(head, rows, predictions);
}

const sent = (post) => new Blob([JSON.stringify(post)]).size; // bytes, as UTF-8

/** Take from a post what the service would refuse, and with it all posts of a request; returns why, or nothing. */
function fit(post, most) {
  const left = ["image", "text"].filter((part) => post[part] && sent(post) > most && delete post[part]);
  return left.length && `What the service takes is smaller than this post's ${left.join(" and ")}. Make it smaller.`;
}

/** A prediction that also tells of what was not sent; that nothing was left to see is then no news. */
function withWhy(each, why) {
  if (!why) return each;
  return { ...each, problem: each.problem && each.used !== "none" ? `${why} ${each.problem}` : why, reason: "too large" };
}

async function read(row, columns, images, missing, most) {
  const post = {};
  const cell = (name) => (columns[name] < 0 ? "" : (row[columns[name]] ?? "").trim());
  if (cell("text")) post.text = cell("text");
  const name = cell("image").split(/[\\/]/).pop();
  if (name && images.has(name)) post.image = await base64(images.get(name), most);
  else if (name) missing.add(name);
  return post;
}

/** A file in base64: of one that is too large no more than shows that it is. */
function base64(file, most) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file.slice(0, most));
  });
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
  const whole = [[...head, ...added], ...rows.map((row, at) => [...head.map((_, column) => row[column]), ...values(predictions[at])])];
  URL.revokeObjectURL($("download").href);
  $("download").href = URL.createObjectURL(new Blob([write(whole)], { type: "text/csv" }));
  const first = (text) => (text && text.length > 90 ? `${text.slice(0, 90)} …` : (text ?? ""));
  const said = ({ label, probabilities }) => (label ? `${label} ${Math.round(100 * probabilities[label])}%` : "-");
  const line = (tag, cells) => make("tr", {}, ...cells.map((cell) => make(tag, { textContent: first(cell) })));
  const shown = rows.slice(0, SHOWN).map((row, at) => line("td", [said(predictions[at]), predictions[at].used, ...head.map((_, column) => row[column]), predictions[at].problem]));
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
