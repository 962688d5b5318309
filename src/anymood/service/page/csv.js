// Reads CSV tables, by the service as `anymood predict` reads them, and writes them.

import { request } from "/page/service.js";

/** Whether a file's name is that of a table. */
export const isTable = ({ name }) => /\.[ct]sv$/i.test(name);

/**
 * A table's column names (`head`), those that may be the text and the image (`posts`), and its rows, each with its cells
 * and its problems. Of a `mixed` row, whose cells may not be those of their columns, no post is made.
 */
export const read = (file) => request("/v1/table", { method: "POST", headers: { "Content-Type": `text/csv; name="${encodeURIComponent(file.name)}"` }, body: file });

/** Rows as CSV text, with quotes around the cells that need them. */
export function write(rows) {
  const shown = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => row.map((cell) => shown(String(cell ?? ""))).join(",")).join("\r\n") + "\r\n";
}
