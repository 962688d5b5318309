// The choice of the model, if the service has several, and the limits of a request.

import { $, make, request } from "/page/service.js";

let answer = null;
let loading = null;

/** Load the models and the limits of a request, and offer the choice of a model. */
export function loadLimits() {
  loading ??= load().catch((error) => { loading = null; throw error; });
  return loading;
}

async function load() {
  answer = await request("/v1/models");
  $("models").replaceChildren(...answer.models.map(({ name }, at) =>
    make("label", {}, make("input", { type: "radio", name: "model", value: name, checked: at === 0 }), make("span", { textContent: name }))));
  $("models-part").hidden = answer.models.length < 2;
  describe();
  return answer.limits;
}

/** Name of the selected model; undefined until they are loaded. */
export function selectedModel() {
  return $("models").querySelector(":checked")?.value;
}

/** Select a model by name. */
export function selectModel(name) {
  for (const radio of $("models").querySelectorAll("input")) radio.checked = radio.value === name;
  describe();
}

function describe() {
  $("model-words").textContent = answer.models.find(({ name }) => name === selectedModel()).description;
}

$("models").addEventListener("change", describe);
