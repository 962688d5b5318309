// A table of posts: finds its columns or lets the user choose them, and predicts its posts in batches.

import { isTable, read } from "/page/csv.js";
import { loadLimits, selectedModel } from "/page/models.js";
import { hideResult, showResult, showShares } from "/page/result.js";
import { bytesOf, byName, postOf, withProblems } from "/page/rows.js";
import { $, grouped, make, request, showNotice } from "/page/service.js";

const RETRIES = 60; // while the service is at capacity
let table = null; // its name, column names and rows, and the files picked together with it
let job = null; // the predictions of a table, and how to stop them; a new one replaces it

async function open(files) {
  const mine = table = { chosen: files, files: files.filter((file) => !isTable(file)) };
  reset();
  $("columns").hidden = true;
  try {
    const tables = files.filter(isTable);
    const [file] = tables;
    if (!file) throw new Error("There is no table among these files. Choose a file that ends in .csv or .tsv; Excel can save a sheet as CSV.");
    if (tables.length > 1) throw new Error(`There are ${tables.length} tables among these files. Choose one at a time.`);
    Object.assign(mine, { name: file.name }, await read(file));
    if (!mine.rows.length) throw new Error(`${file.name} has no rows below its first line.`);
  } catch (error) {
    mine.needsKey = error.name === "KeyNeeded"; // the form for the key is shown instead
    if (mine === table && !mine.needsKey) showNotice("table-notice", error.message);
    return;
  }
  if (mine !== table) return;
  const unclear = Object.keys(mine.posts).filter((role) => mine.posts[role].length > 1);
  for (const [role, [name, another]] of Object.entries(mine.posts)) {
    const found = another === undefined ? mine.head.indexOf(name) : -1;
    const options = [["none", -1], ...mine.head.map((name, at) => [name, at])];
    $(`${role}-column`).replaceChildren(...options.map(([textContent, value]) => make("option", { textContent, value, selected: value === found })));
  }
  $("columns").hidden = false;
  if (unclear.length) showNotice("table-notice", `Several columns of ${mine.name} may be the ${unclear.join(" or the ")}. Choose the right one above.`);
  else await start();
}

/** Predict the open table with the chosen columns. */
async function start() {
  reset();
  const [text, image] = ["text", "image"].map((role) => Number($(`${role}-column`).value));
  if (text < 0 && image < 0) return showNotice("table-notice", `${table.name} has no column text or image. Choose the column of the text or of the image above.`);
  if (text === image) return showNotice("table-notice", "The text and the image cannot be the same column. Choose another one above.");
  const columns = { text, image };
  const rows = table.rows.map((row) => ({ ...row, problems: [...row.problems] }));
  job = { name: table.name, head: table.head, rows, columns, images: byName(table.files, rows, columns), predictions: [], ready: [] };
  await resume();
}

function reset() {
  job?.stop.abort();
  job = null;
  showNotice("table-notice", "");
  $("table-progress").hidden = true;
  hideResult();
}

/** Predict the remaining rows. An error or a stop keeps the predicted rows, and the rest can be resumed. */
async function resume() {
  const mine = job;
  mine.stop = new AbortController();
  mine.needsKey = false;
  showNotice("table-notice", "");
  $("table-progress").hidden = false;
  try {
    report(mine);
    const limits = await loadLimits();
    mine.model ??= selectedModel();
    mine.most ??= limits.batch_posts;
    while (mine.predictions.length < mine.rows.length) {
      await predictSome(mine, limits);
      if (mine === job) report(mine);
    }
    showNotice("table-notice", missingImages(mine));
  } catch (error) {
    if (mine !== job) return;
    const stopped = error.name === "AbortError";
    mine.needsKey = error.name === "KeyNeeded"; // the form for the key is shown instead
    if (!stopped && !mine.needsKey) showNotice("table-notice", error.message);
    $("table-status").textContent = `${stopped ? "Stopped" : "Failed"} after ${progressOf(mine)}.`;
    $("stop").hidden = true;
    $("resume").hidden = false;
  }
  if (mine === job && mine.predictions.length) showResult(mine);
}

/** Send as many posts as a request allows; half as many after a request that took too long. */
async function predictSome(mine, limits) {
  const { rows, columns, images, predictions, ready, model, stop: { signal } } = mine;
  let [count, size] = [0, 0];
  for (; count < mine.most && predictions.length + count < rows.length; count++) {
    // The rest of the body is for the JSON around the posts.
    if (count === ready.length) ready.push(await postOf(rows[predictions.length + count], columns, images, limits.body_bytes - 1000));
    size += bytesOf(ready[count]);
    if (count && size > limits.body_bytes / 2) break;
  }
  signal.throwIfAborted();
  const body = JSON.stringify({ posts: ready.slice(0, count), model });
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body, signal };
  try {
    const answer = await request("/v1/predict/batch", options, RETRIES, () => { $("table-status").textContent = `${progressOf(mine)}. The service is at capacity; trying again …`; });
    const before = predictions.length;
    predictions.push(...answer.predictions.map((each, at) => withProblems(each, rows[before + at])));
    ready.splice(0, count);
  } catch (error) {
    if (error.name !== "timed-out" || count === 1) throw error;
    mine.most = Math.ceil(count / 2);
  }
}

const progressOf = ({ predictions, rows }) => `${grouped(predictions.length)} of ${grouped(rows.length)} posts`;

function report(mine) {
  const { predictions, rows, model } = mine;
  const [done, all, problems] = [predictions.length, rows.length, predictions.filter(({ problem }) => problem).length];
  const note = problems ? ` ${grouped(problems)} of them had a problem, which is shown with the row.` : "";
  $("bar").value = done / all;
  $("table-status").textContent = done < all ? progressOf(mine) : `${all === 1 ? "The post is" : `All ${grouped(all)} posts are`} predicted by ${model}.${note}`;
  $("stop").hidden = done === all;
  $("resume").hidden = true;
  if (done) showShares(mine);
}

/** A message about images in the table that were not used. */
function missingImages({ predictions }) {
  const count = (wanted) => predictions.filter(({ reason }) => reason === wanted).length;
  const [missing, urls] = [count("missing image"), count("image is a URL")];
  const words = [];
  if (missing) words.push(`${grouped(missing)} of the images in the table ${missing === 1 ? "was" : "were"} not chosen. Choose them together with the table.`);
  if (urls) words.push(`${grouped(urls)} of the images ${urls === 1 ? "is a URL" : "are URLs"}. URLs are not fetched: download them, write the file names into the table, and choose both together.`);
  return words.join(" ");
}

$("table").addEventListener("change", () => { const files = [...$("table").files]; $("table").value = ""; if (files.length) open(files); });
$("columns").addEventListener("change", start);
$("stop").addEventListener("click", () => job.stop.abort());
$("resume").addEventListener("click", resume);
for (const kind of ["dragover", "dragleave", "drop"]) $("table-drop").addEventListener(kind, (event) => {
  event.preventDefault();
  $("table-drop").classList.toggle("over", kind === "dragover");
});
// A table dropped anywhere is for this part; so are files dropped together with it or on this field.
document.addEventListener("drop", (event) => {
  const files = [...event.dataTransfer.files];
  if (!files.some(isTable) && !(files.length && $("table-drop").contains(event.target))) return;
  open(files);
  $("table-part").scrollIntoView();
});
document.addEventListener("key", () => {
  if (job?.needsKey) resume();
  else if (table?.needsKey) open(table.chosen);
});
