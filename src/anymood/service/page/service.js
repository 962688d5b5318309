// Shared functions: elements, bars, requests to the service, and notices.

export const $ = (id) => document.getElementById(id);

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const grouped = (number) => number.toLocaleString("en"); // 1,000
export const percent = (value) => `${Math.round(100 * value)}%`;

/** A list of bars, each with a name, a share from 0 to 1, and a text beside it. */
export function bars(entries) {
  return make("dl", { className: "bars" }, ...entries.map(({ name, share, words }) => {
    const fill = make("div", { className: "fill" });
    requestAnimationFrame(() => { fill.style.width = `${100 * share}%`; });
    return make("div", { className: "bar" }, make("dt", { textContent: name }), make("dd", { textContent: words }), make("div", { className: "track", ariaHidden: "true" }, fill));
  }));
}

let key = ""; // only in memory, never stored

$("key-part")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = $("key").value.trim();
  if (!/^[\x21-\x7e]+$/.test(given)) { // not allowed in a header
    $("key-words").textContent = "Not a valid key: it contains a space or another character that is not allowed. Copy it again.";
    return;
  }
  key = given;
  $("key-part").hidden = true;
  $("key").value = "";
  document.dispatchEvent(new Event("key"));
});

/**
 * The JSON of a response. A problem is thrown as an error with its detail; the error's name is the last part of the
 * problem's type. While the service is at capacity, the request is repeated up to `retries` times; `waiting` is called
 * before each repetition.
 */
export async function request(path, options = {}, retries = 5, waiting = () => {}) {
  const mine = key;
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...options.headers, ...(mine && { Authorization: `Bearer ${mine}` }) } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service does not respond. Is it still running?");
  }
  const body = await answer.json().catch((error) => { if (error.name === "AbortError") throw error; return null; });
  if (answer.ok && body) return body;
  if (answer.status === 401 && key !== mine) return request(path, options, retries, waiting); // another key was entered in the meantime
  if (answer.status === 401) throw askForKey();
  const name = body?.type?.split("#")[1];
  if (answer.status === 503 && name !== "timed-out" && retries > 0) {
    waiting();
    await pause(Number(answer.headers.get("Retry-After")) || 1, options.signal);
    return request(path, options, retries - 1, waiting);
  }
  const words = body?.detail ?? `The service, or a proxy in front of it, answered with status ${answer.status} and no message.`;
  throw Object.assign(new Error(words), { name });
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

function askForKey() {
  $("key-words").textContent = key ? "The key was rejected. Check that it is complete." : "Ask the operator of the service for a key. It is not stored.";
  if ($("key-part").hidden) {
    $("key-part").hidden = false;
    $("key").focus();
  }
  return Object.assign(new Error("A key is required."), { name: "KeyNeeded" });
}

/** Show a notice; an empty text hides it. */
export function showNotice(id, words) {
  $(id).textContent = words || "";
  $(id).hidden = !words;
}
