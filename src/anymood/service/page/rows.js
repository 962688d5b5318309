// Turns a row of a table into a post for the service, with the problems of the row.

/** A problem of a row: the reason, by which problems are counted, and a message. */
const problem = (reason, words) => ({ reason, words });

// Values that other programs write for a missing value or for a formula that failed.
const NO_TEXT = ["", "nan", "n/a", "<na>", "#n/a", "#name?", "#ref!", "#value!", "#div/0!", "#num!", "#null!"];
const NO_IMAGE = ["none", "null", "na", ...NO_TEXT];

/** Chosen files by name, each with the paths that rows give for it: browsers do not reveal the folder of a file. */
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
const isInline = (image) => /^data:[^,]*;base64,/i.test(image); // the cell holds the image itself
const nameOf = (image) => pathOf(image).split("/").pop();

/** The file that a row names as its image, if it was chosen and no other file has the same name. */
export function imageOf(row, columns, images) {
  const { files: [file, another], paths } = images.get(nameOf(imageIn(row.cells, columns))) ?? { files: [] };
  return another || paths?.size > 1 ? undefined : file;
}

/**
 * The post of a row. An image is left out if it was not chosen, is ambiguous, cannot be read, or is larger than `most`
 * bytes; a text is left out if it is larger than that. Each of these adds a problem to the row.
 */
export async function postOf(row, columns, images, most) {
  const post = {};
  if (row.mixed) return post;
  const text = row.cells[columns.text] ?? "";
  const image = imageIn(row.cells, columns);
  if (!NO_TEXT.includes(text.trim().toLowerCase())) post.text = text;
  if (isInline(image)) post.image = image;
  else if (!NO_IMAGE.includes(image.toLowerCase())) {
    const file = imageOf(row, columns, images);
    if (isUrl(image)) row.problems.push(problem("image is a URL", `Its image ${image.slice(0, 200)} is a URL, and URLs are not fetched. Download the image.`));
    else if (file) await base64(file, most).then((content) => (post.image = content), () => row.problems.push(problem("unreadable", `${file.name} cannot be read.`)));
    else if (images.has(nameOf(image))) row.problems.push(problem("ambiguous image", `Several images are called ${nameOf(image)}, and a web page cannot read their folders. Rename them, or use anymood predict.`));
    else row.problems.push(problem("missing image", `Its image ${image.slice(0, 200)} was not chosen together with the table.`));
  }
  const left = ["image", "text"].filter((part) => post[part] && bytesOf(post) > most && delete post[part]);
  if (left.length) row.problems.push(problem("too large", `The post's ${left.join(" and ")} ${left.length > 1 ? "are" : "is"} larger than the service accepts. Make the post smaller.`));
  return post;
}

/** The size of a post in a request, in bytes of UTF-8. */
export const bytesOf = (post) => new Blob([JSON.stringify(post)]).size;

/** A prediction with the problems of its row first. "nothing to see" is dropped if a problem of the row explains it. */
export function withProblems(each, { problems }) {
  if (!problems.length) return each;
  const words = problems.map(({ words }) => words);
  if (each.problem && each.reason !== "nothing to see") words.push(each.problem);
  return { ...each, problem: words.join(" "), reason: problems[0].reason };
}

/** A file in base64; a file that is too large is cut, but stays above the limit. */
function base64(file, most) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = reject;
    reader.readAsDataURL(file.slice(0, most));
  });
}
