// What both parts of the page share: asking the service, and telling of trouble.

export const $ = (id) => document.getElementById(id);

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

let key = ""; // in memory alone, so that it is gone with the page

$("key-part")?.addEventListener("submit", (event) => {
  event.preventDefault();
  key = $("key").value.trim();
  $("key-part").hidden = true;
  $("key").value = "";
  document.dispatchEvent(new Event("key"));
});

/** The JSON of an answer; what is a problem is thrown with its words. Comes again when the service is full. */
export async function ask(path, options = {}, patience = 5) {
  const mine = key;
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...options.headers, ...(mine && { Authorization: `Bearer ${mine}` }) } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service does not answer. Is it still running?");
  }
  if (answer.status === 503 && patience > 0) {
    await new Promise((resume) => setTimeout(resume, 1000 * (Number(answer.headers.get("Retry-After")) || 1)));
    options.signal?.throwIfAborted();
    return ask(path, options, patience - 1);
  }
  const body = await answer.json();
  if (answer.ok) return body;
  if (answer.status === 401 && key !== mine) return ask(path, options, patience); // another was given meanwhile
  if (answer.status === 401) throw askForKey();
  throw new Error(body.detail);
}

function askForKey() {
  $("key-words").textContent = key ? "That key was not accepted. Is it whole?" : "Whoever runs the service gives you one. It is forgotten when you leave this page.";
  if ($("key-part").hidden) {
    $("key-part").hidden = false;
    $("key").focus();
  }
  return Object.assign(new Error("A key is needed."), { name: "KeyNeeded" });
}

/** Words in a notice, or none. */
export function tell(id, words) {
  $(id).textContent = words || "";
  $(id).hidden = !words;
}
