// The description of the interface, drawn for people.

import { $, make } from "/page/service.js";

const whole = await (await fetch("/openapi.json")).json();
const resolve = (schema) => (schema?.$ref ? whole.components.schemas[schema.$ref.split("/").pop()] : schema);

$("version").textContent = whole.info.version;
for (const [path, methods] of Object.entries(whole.paths)) {
  for (const [method, route] of Object.entries(methods)) $("routes").append(draw(path, method, route));
}
for (const { name, status, title } of whole["x-problems"]) {
  $("problems").append(make("tr", { id: name }, make("td", { textContent: status }), make("td", { textContent: `/docs#${name}` }), make("td", { textContent: title })));
}
if (location.hash) $(location.hash.slice(1))?.scrollIntoView();

function draw(path, method, route) {
  const card = make("section", { className: "card route" }, make("h2", { textContent: `${method.toUpperCase()} ${path}` }), make("p", { className: "hint", textContent: route.summary }));
  for (const [media, { schema, example, examples }] of Object.entries(route.requestBody?.content ?? {})) {
    card.append(make("h3", { className: "hint", textContent: `What goes in: ${media}` }), fields(schema));
    for (const value of examples ? Object.values(examples).map((each) => each.value) : [example]) {
      card.append(make("pre", { tabIndex: 0, textContent: JSON.stringify(value, null, 2) }));
    }
  }
  const gives = resolve(route.responses["200"].content?.["application/json"]?.schema);
  if (gives) card.append(make("h3", { className: "hint", textContent: "What comes back: application/json" }), fields(gives));
  const others = Object.entries(route.responses).filter(([status]) => status !== "200");
  if (others.length) card.append(make("p", { className: "hint", textContent: `Or a problem: ${others.map(([status, { description }]) => `${status} ${description}`).join(", ")}.` }));
  return card;
}

function fields(schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    make("tr", {}, make("td", {}, make("b", { textContent: name })), make("td", { textContent: field.description ?? "" })));
  return make("table", {}, make("tbody", {}, ...rows));
}
