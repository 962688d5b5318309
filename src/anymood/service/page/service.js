// What the parts of the page share: elements, bars, requests to the service, and notices.

export const $ = (id) => document.getElementById(id);

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const grouped = (number) => number.toLocaleString("en"); // 1,000
export const percent = (value) => `${Math.round(100 * value)}%`;

/** A list of bars, each with a name, a share from 0 to 1, and words beside it. */
export function bars(entries) {
  return make("dl", { className: "bars" }, ...entries.map(({ name, share, words }) => {
    const fill = make("div", { className: "fill" });
    requestAnimationFrame(() => { fill.style.width = `${100 * share}%`; });
    return make("div", { className: "bar" }, make("dt", { textContent: name }), make("dd", { textContent: words }), make("div", { className: "track", ariaHidden: "true" }, fill));
  }));
}

let key = ""; // in memory alone, so that it is gone with the page

$("key-part")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = $("key").value.trim();
  if (!/^[\x21-\x7e]+$/.test(given)) { // a header cannot carry it
    $("key-words").textContent = "Not a valid key: it contains a blank or another character that keys cannot have. Copy it again.";
    return;
  }
  key = given;
  $("key-part").hidden = true;
  $("key").value = "";
  document.dispatchEvent(new Event("key"));
});

/**
 * The JSON of a response. A problem is thrown as an error with its detail, named by the last part of its type. While
 * the service is at capacity, the request is repeated up to `retries` times, after a call of `waiting`.
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
  if (answer.status === 401 && key !== mine) return request(path, options, retries, waiting); // another key was given meanwhile
  if (answer.status === 401) throw askForKey();
  const name = body?.type?.split("#")[1];
  if (answer.status === 503 && name !== "timed-out" && retries > 0) {
    waiting();
    await pause(Number(answer.headers.get("Retry-After")) || 1, options.signal);
    return request(path, options, retries - 1, waiting);
  }
  const words = body?.detail ?? `The service, or a proxy before it, answered with ${answer.status} and nothing that this page can read.`;
  throw Object.assign(new Error(words), { name });
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

function askForKey() {
  $("key-words").textContent = key ? "The key was rejected. Is it complete?" : "Ask whoever runs the service for one. It is forgotten when you leave this page.";
  if ($("key-part").hidden) {
    $("key-part").hidden = false;
    $("key").focus();
  }
  return Object.assign(new Error("A key is needed."), { name: "KeyNeeded" });
}

/** Show a notice, or hide it without words. */
export function showNotice(id, words) {
  $(id).textContent = words || "";
  $(id).hidden = !words;
}
