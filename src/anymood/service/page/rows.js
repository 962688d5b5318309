// What the service is sent of a row of a table, and what is wrong with the row.

import { problem } from "/page/csv.js";

// What other programs write for a missing value, and for a formula that failed.
const NO_TEXT = ["", "nan", "n/a", "<na>", "#n/a", "#name?", "#ref!", "#value!", "#div/0!", "#num!", "#null!"];
const NO_IMAGE = ["none", "null", "na", ...NO_TEXT];

/** Where the columns of a table are that make a post; -1 for one that it lacks. Case counts only between two alike. */
export function columnsOf(head, name) {
  const find = (role) => {
    const alike = head.filter((cell) => cell.toLowerCase() === role);
    return head.indexOf(head.includes(role) || alike.length !== 1 ? role : alike[0]);
  };
  const columns = { text: find("text"), image: find("image") };
  if (columns.text < 0 && columns.image < 0) throw new Error(`${name} has neither a column text nor a column image. Its columns are: ${head.join(", ")}. Rename one in its first line.`);
  return columns;
}

/** Picked files by name, each with the paths by which the rows name it: a page is not told where a file lay. */
export function byName(files, rows, columns) {
  const images = new Map(files.map(({ name }) => [name, { files: [], paths: new Set() }]));
  for (const file of files) images.get(file.name).files.push(file);
  for (const { cells, mixed } of rows) {
    const image = imageIn(cells, columns);
    if (!mixed && !isUrl(image)) images.get(nameOf(image))?.paths.add(pathOf(image));
  }
  return images;
}

const imageIn = (cells, columns) => (cells[columns.image] ?? "").trim();
const pathOf = (image) => image.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
const isUrl = (image) => /^(data:|[a-z][a-z0-9+.-]+:\/\/)/i.test(image);
const nameOf = (image) => pathOf(image).split("/").pop();

/**
 * The post of a row. Its problems, those of reading the row first, are added to; an image that was not picked with
 * the table or might be another, that cannot be read, or that is larger than `most` bytes is left out, and so is such
 * a text.
 */
export async function postOf(row, columns, images, most) {
  const post = {};
  if (row.mixed) return post;
  const text = row.cells[columns.text] ?? "";
  const image = imageIn(row.cells, columns);
  if (!NO_TEXT.includes(text.trim().toLowerCase())) post.text = text;
  if (!NO_IMAGE.includes(image.toLowerCase())) {
    const { files: [file, another], paths } = images.get(nameOf(image)) ?? { files: [] };
    if (isUrl(image)) row.problems.push(problem("image is a URL", `Its image ${image.slice(0, 200)} is a URL; nothing is fetched. Save the image.`));
    else if (!file) row.problems.push(problem("missing image", `Its image ${image.slice(0, 200)} was not picked along with the table.`));
    else if (another || paths.size > 1) row.problems.push(problem("ambiguous image", `Several images are called ${file.name}, and a page is not told their folders. Give each a name of its own, or use anymood predict.`));
    else await base64(file, most).then((content) => (post.image = content), () => row.problems.push(problem("unreadable", `${file.name} cannot be read.`)));
  }
  const left = ["image", "text"].filter((part) => post[part] && bytesOf(post) > most && delete post[part]);
  if (left.length) row.problems.push(problem("too large", `What the service takes is smaller than this post's ${left.join(" and ")}. Make it smaller.`));
  return post;
}

/** Bytes of a post on its way, as UTF-8. */
export const bytesOf = (post) => new Blob([JSON.stringify(post)]).size;

/** A prediction with the problems of its row before its own; that nothing was left to see is then no news. */
export function withProblems(each, { problems }) {
  if (!problems.length) return each;
  const words = problems.map(({ words }) => words);
  if (each.problem && each.reason !== "nothing to see") words.push(each.problem);
  return { ...each, problem: words.join(" "), reason: problems[0].reason };
}

/** A file in base64: of one that is too large no more than shows that it is. */
function base64(file, most) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = reject;
    reader.readAsDataURL(file.slice(0, most));
  });
}
