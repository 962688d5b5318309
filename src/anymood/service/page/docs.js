// Shows the OpenAPI document as a page.

import { $, make } from "/page/service.js";

const FIELD_OPTION = { "multipart/form-data": "-F", "application/x-www-form-urlencoded": "--data-urlencode" }; // of curl
const api = await (await fetch("/openapi.json")).json();
const resolve = (schema) => (schema?.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema);

$("version").textContent = api.info.version;
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, route] of Object.entries(methods)) $("routes").append(draw(path, method, route));
}
for (const { name, status, title } of api["x-problems"]) {
  $("problems").append(make("tr", { id: name }, make("td", { textContent: status }), make("td", { textContent: `/docs#${name}` }), make("td", { textContent: title })));
}
$("call-key").addEventListener("submit", (event) => event.preventDefault());
if (location.hash) $(location.hash.slice(1))?.scrollIntoView();

function draw(path, method, route) {
  const call = `curl ${location.origin}${path}${route.security ? ' -H "Authorization: Bearer KEY"' : ""}`;
  if (route.security) $("call-key").hidden = false;
  const card = make("section", { className: "card route" }, make("h2", { textContent: `${method.toUpperCase()} ${path}` }), make("p", { className: "hint", textContent: route.summary }));
  if (method === "get") card.append(code(call), tryForm({ path, method }));
  for (const [media, { schema, example, examples }] of Object.entries(route.requestBody?.content ?? {})) {
    card.append(...fields(`Request: ${media}`, path, schema, schema.required));
    const values = examples ? Object.values(examples).map((each) => each.value) : [example];
    for (const value of values) {
      const field = FIELD_OPTION[media];
      const body = field ? Object.entries(value).map(([name, cell]) => `${field} ${name}=${quoted(cell)}`).join(" ") : `--json ${quoted(JSON.stringify(value, null, 2))}`;
      card.append(code(`${call} ${body}`));
    }
    card.append(tryForm({ path, method, media, schema, value: values.at(-1) }));
  }
  const gives = resolve(route.responses["200"].content?.["application/json"]?.schema);
  if (gives) card.append(...fields("Response: application/json", path, gives));
  const others = Object.entries(route.responses).filter(([status]) => status !== "200");
  if (others.length) card.append(make("p", { className: "hint", textContent: `Or a problem: ${others.map(([status, { description }]) => `${status} ${description}`).join(", ")}.` }));
  return card;
}

/** A form that sends a call and shows the response: an editor for JSON, or one input for each field. */
function tryForm({ path, method, media, schema, value }) {
  const name = `${method.toUpperCase()} ${path}${media ? ` as ${media}` : ""}`;
  const form = make("form", { className: "try", ariaLabel: `Try ${name}` });
  if (media === "application/json") form.append(make("textarea", { rows: 8, spellcheck: false, ariaLabel: `Body of ${name}`, value: JSON.stringify(value, null, 2) }));
  else for (const [field, { format }] of Object.entries(schema?.properties ?? {})) form.append(make("label", {}, field, make("input", { name: field, type: format === "binary" ? "file" : "text", value: value[field] ?? "" })));
  const status = make("span", { className: "hint", role: "status" });
  form.append(make("div", {}, make("button", { textContent: "Send" }), " ", status));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("pre")?.remove();
    status.textContent = "…";
    const began = performance.now();
    try {
      const answer = await fetch(path, { method, ...requestOf(form, media) });
      const words = await answer.text();
      status.textContent = `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - began)} ms`;
      form.append(code(answer.headers.get("content-type")?.includes("json") ? JSON.stringify(JSON.parse(words), null, 2) : words));
    } catch {
      status.textContent = "The service does not respond. Is it still running?";
    }
  });
  return make("details", {}, make("summary", { textContent: "Try it" }), form);
}

/** The headers and the body that a form sends. Empty fields are not sent. */
function requestOf(form, media) {
  const headers = $("key").value ? { Authorization: `Bearer ${$("key").value.trim()}` } : {};
  if (!media) return { headers };
  if (media === "application/json") return { headers: { ...headers, "Content-Type": media }, body: form.querySelector("textarea").value };
  const filled = new FormData();
  for (const [name, value] of new FormData(form)) if (value.name || value.length) filled.append(name, value);
  return { headers, body: media === "multipart/form-data" ? filled : new URLSearchParams(filled) };
}

function code(words) {
  return make("pre", { tabIndex: 0, textContent: words });
}

/** A text as one argument of a shell command. */
function quoted(words) {
  return `'${words.replaceAll("'", String.raw`'\''`)}'`;
}

function fields(title, path, schema, required = []) {
  const rows = [...listed(schema, required)].map(({ name, type, words }) =>
    make("tr", {}, make("td", {}, make("b", { textContent: name })), make("td", { textContent: type }), make("td", { textContent: words })));
  const table = make("table", {}, make("tbody", {}, ...rows));
  return [make("h3", { className: "hint", textContent: title }), make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: `${path}: ${title}` }, table)];
}

/** The fields of an object; those of nested objects are named by their path. */
function* listed(schema, required, before = "") {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const [inner, inside] = field.items ? [resolve(field.items), `${before}${name}[].`] : [resolve(field), `${before}${name}.`];
    yield { name: before + name, type: typeOf(field) + (required.includes(name) ? ", required" : ""), words: field.description ?? "" };
    if (inner.properties) yield* listed(inner, [], inside);
  }
}

/** The type of a field in words. */
function typeOf(field) {
  const { type, format, items, anyOf, additionalProperties, properties } = resolve(field);
  if (field.enum) return field.enum.map((value) => `"${value}"`).join(", ");
  if (anyOf) return anyOf.map(typeOf).join(" or ");
  if (items) return `list of ${typeOf(items)}s`;
  if (properties) return "object";
  if (additionalProperties) return `${typeOf(additionalProperties)} by label`;
  return { binary: "file", byte: "base64" }[format] ?? type;
}
