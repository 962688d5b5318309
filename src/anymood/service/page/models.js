// Which model is asked, where the service has several, and what a request may bring.

import { $, ask, make } from "/page/service.js";

let answer = null;
let asking = null;

/** The limits of the service; once it has told them, the models can be picked. */
export function known() {
  asking ??= learn().catch((error) => { asking = null; throw error; });
  return asking;
}

async function learn() {
  answer = await ask("/v1/models");
  $("models").replaceChildren(...answer.models.map(({ name }, at) =>
    make("label", {}, make("input", { type: "radio", name: "model", value: name, checked: at === 0 }), make("span", { textContent: name }))));
  $("models-part").hidden = answer.models.length < 2;
  describe();
  return answer.limits;
}

/** Name of the picked model; undefined until the service has told. */
export function picked() {
  return $("models").querySelector(":checked")?.value;
}

/** Pick a model by name. */
export function pick(name) {
  for (const radio of $("models").querySelectorAll("input")) radio.checked = radio.value === name;
  describe();
}

function describe() {
  $("model-words").textContent = answer.models.find(({ name }) => name === picked()).description;
}

$("models").addEventListener("change", describe);
