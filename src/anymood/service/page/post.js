// One post: predicted while the user types. Its text or image can be hidden from the model.

import { isTable } from "/page/csv.js";
import { offerExplanation, withdrawExplanation } from "/page/explain.js";
import { loadLimits, selectModel, selectedModel } from "/page/models.js";
import { $, bars, make, percent, request, showNotice } from "/page/service.js";

const EXAMPLES = { joy: "First coffee of a slow Sunday morning. Life is good!", anger: "Third cancelled flight this week. Worst airline ever.", "plain news": "The council meets on Tuesday at ten." };
const NAMES = { fused: "Both together", text: "Text alone", image: "Image alone" };
const LACKS = { fused: "Needs a text and an image.", text: "Needs a text.", image: "Needs an image." };
const DECIDES = { both: "fused", text: "text", image: "image" };
const PAUSE = 300; // milliseconds from the last key press to a prediction
const MAX_HISTORY = 6; // number of posts in the history

let image = null;
let pending = null;
let timer = 0;
let history = [];

function loadModels() {
  loadLimits().catch(showError);
}

function showError(error) {
  showNotice("notice", error.name === "KeyNeeded" ? "" : error.message); // the form for the key is shown instead
}

function seen() {
  return { text: $("see-text").checked ? $("text").value.trim() : "", image: $("see-image").checked ? image : null };
}

function predictSoon(pause = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(predict, pause);
}

async function predict() {
  pending?.abort();
  const mine = pending = new AbortController();
  const post = seen();
  if (!post.text && !post.image) {
    showNotice("notice", "");
    const isHidden = image || $("text").value.trim();
    return show(null, "No prediction yet", isHidden ? "All parts of the post are hidden from the model." : "The prediction updates as you type.");
  }
  const form = new FormData();
  if (post.text) form.append("text", post.text);
  if (post.image) form.append("image", post.image);
  try {
    const limits = await loadLimits();
    await post.image?.slice(0, 1).arrayBuffer().catch(() => { throw new Error("The image can no longer be read. Was it moved or changed? Choose it again."); });
    form.append("model", selectedModel());
    if (post.image && post.image.size > limits.body_bytes - 100000) {
      throw new Error(`The image has ${(post.image.size / 2 ** 20).toFixed(0)} MB, more than the service accepts. Use a smaller image.`);
    }
    const prediction = await request("/v1/predict", { method: "POST", body: form, signal: mine.signal }, 5, () => showNotice("notice", "The service is at capacity; trying again …"));
    showNotice("notice", prediction.problem);
    show(prediction, prediction.label, why(prediction, post));
    offerExplanation(post, prediction.model);
    remember(post, prediction);
  } catch (error) {
    if (error.name === "AbortError") return;
    show(null, "No prediction", "");
    showError(error);
  }
}

function why(prediction, post) {
  const hidden = { text: !$("see-image").checked && image, image: !$("see-text").checked && $("text").value.trim() };
  return {
    both: "The fused classifier decided, because the post has a text and an image.",
    text: `The text classifier decided, because ${post.image ? "the image cannot be used" : hidden.text ? "the image is hidden from the model" : "the post has no image"}.`,
    image: `The image classifier decided, because ${post.text ? "the text cannot be read" : hidden.image ? "the text is hidden from the model" : "the post has no text"}.`,
  }[prediction.used];
}

/** The labels of text and image, and their disagreement. */
function agreement({ text, image, disagreement }) {
  if (disagreement === null) return "";
  const [one, other] = [text, image].map((each) => Object.keys(each).reduce((most, label) => (each[label] > each[most] ? label : most)));
  if (one === other) return `Text and image: both ${one} (disagreement ${percent(disagreement)}).`;
  return `Text: ${one}, image: ${other} (disagreement ${percent(disagreement)}).`;
}

/** Show a prediction or, without one, a heading and a message. */
function show(prediction, verdict, reason) {
  withdrawExplanation();
  $("classifiers").replaceChildren();
  $("verdict").textContent = verdict;
  $("why").textContent = reason;
  $("agreement").textContent = prediction ? agreement(prediction) : "";
  if (!prediction) return;
  $("verdict").append(" ", make("span", { className: "sure", textContent: percent(prediction.probabilities[prediction.label]) }));
  for (const name of Object.keys(NAMES)) $("classifiers").append(classifier(name, prediction));
}

function classifier(name, prediction) {
  const decided = DECIDES[prediction.used] === name;
  const head = make("h3", {}, NAMES[name]);
  if (decided) head.append(make("span", { className: "chip", textContent: "decided" }));
  const block = make("div", { className: decided ? "classifier decided" : "classifier" }, head);
  if (!prediction[name]) {
    block.append(make("p", { className: "none", textContent: LACKS[name] }));
    return block;
  }
  block.append(bars(Object.entries(prediction[name]).map(([label, value]) => ({ name: label, share: value, words: percent(value) }))));
  return block;
}

function remember(post, prediction) {
  const last = history[0];
  // A text that is still being typed is one entry of the history
  const grown = last && last.prediction.model === prediction.model && last.post.image === post.image && last.post.text && post.text && (post.text.startsWith(last.post.text) || last.post.text.startsWith(post.text));
  if (grown) history.shift();
  const others = history.filter((each) => each.post.image !== post.image || each.post.text !== post.text || each.prediction.model !== prediction.model);
  history = [{ post, prediction }, ...others].slice(0, MAX_HISTORY);
  drawHistory();
}

function drawHistory() {
  $("history-part").hidden = history.length === 0;
  for (const old of $("history").querySelectorAll("img")) URL.revokeObjectURL(old.src);
  $("history").replaceChildren(...history.map(({ post, prediction }) => {
    const blank = make("span", { className: "blank" });
    const picture = post.image ? make("img", { alt: "", src: URL.createObjectURL(post.image) }) : blank;
    picture.addEventListener("error", () => picture.replaceWith(blank));
    const words = make("span", { className: "words", dir: "auto", textContent: post.text || "An image without a text" });
    const said = make("span", { className: "said", textContent: `${prediction.label} ${percent(prediction.probabilities[prediction.label])}` });
    const again = make("button", { type: "button" }, picture, words, said);
    again.addEventListener("click", () => {
      $("text").value = post.text;
      setImage(post.image);
      selectModel(prediction.model);
      for (const half of ["text", "image"]) setSeen(half, true);
      predictSoon(0);
    });
    return make("li", {}, again);
  }));
}

function setImage(file, of = 1) {
  if (image) URL.revokeObjectURL($("preview").src);
  image = file;
  if (file) $("preview").src = URL.createObjectURL(file);
  else $("preview").removeAttribute("src");
  $("preview").hidden = $("remove").hidden = !file;
  $("drop").classList.toggle("filled", Boolean(file));
  $("image-name").textContent = file ? `${file.name}${of > 1 ? `, one of ${of} files` : ""}` : "Sent to this server, and not stored.";
  $("image").value = "";
  predictSoon(0);
}

function setSeen(half, on) {
  $(`see-${half}`).checked = on;
  $(`${half}-card`).classList.toggle("hidden-from-model", !on);
}

$("preview").addEventListener("error", () => { $("preview").hidden = true; $("drop").classList.remove("filled"); });
$("text").addEventListener("input", () => predictSoon());
$("image").addEventListener("change", () => { if ($("image").files[0]) setImage($("image").files[0]); });
$("remove").addEventListener("click", () => { setImage(null); $("image").focus(); });
$("forget").addEventListener("click", () => { history = []; drawHistory(); $("text").focus(); });
for (const half of ["text", "image"]) $(`see-${half}`).addEventListener("change", (event) => { setSeen(half, event.target.checked); predictSoon(0); });
// Without this, the browser would leave the page to open a file that is dropped next to the field
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
for (const kind of ["dragover", "dragleave", "drop"]) $("drop").addEventListener(kind, (event) => {
  event.preventDefault();
  $("drop").classList.toggle("over", kind === "dragover");
  const files = [...event.dataTransfer.files];
  if (kind !== "drop" || !files.length || files.some(isTable)) return; // table.js handles tables
  setImage(files.find(({ type }) => type.startsWith("image/")) ?? files[0], files.length);
});
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
  const isText = event.target === $("text") && event.clipboardData.types.includes("text/plain"); // office programs also copy an image of the text
  if (file && !isText) { event.preventDefault(); setImage(file); }
});
document.addEventListener("key", () => { loadModels(); predictSoon(0); });
$("models").addEventListener("change", () => predictSoon(0));
addEventListener("pageshow", () => { // after navigating back, the browser restores the fields
  for (const half of ["text", "image"]) setSeen(half, $(`see-${half}`).checked);
  if ($("text").value && !pending) predictSoon(0);
});
loadModels();
for (const [name, words] of Object.entries(EXAMPLES)) {
  const button = make("button", { type: "button", className: "quiet", textContent: name });
  button.addEventListener("click", () => { $("text").value = words; predictSoon(0); });
  $("examples").append(button, " ");
}
