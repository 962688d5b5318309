// Turns a row of a table into a post for the service, with the problems of the row.

import { problem } from "/page/csv.js";

// Values that other programs write for a missing value or for a formula that failed.
const NO_TEXT = ["", "nan", "n/a", "<na>", "#n/a", "#name?", "#ref!", "#value!", "#div/0!", "#num!", "#null!"];
const NO_IMAGE = ["none", "null", "na", ...NO_TEXT];

// Common names of columns, as `letters` gives them: the same as in `anymood predict`.
const USUAL_NAMES = {
  text: /^(?:(?:full|self|tweet|post|message|comment|caption|status|review|body)?text|text(?:display|original)|(?:post|message|comment|review|raw)?(?:body|content)|(?:post)?(?:message|caption)|comment|tweet|post|review|feedback|(?:hit)?sentence|beitragstext|kommentartext|nachrichtentext|avis|textedelapublication|contenudelapublication|messagedelapublication|texteducommentaire|opinion|resena|textodelapublicacion|textodeltuit|contenidodelapublicacion|mensajedelapublicacion|textodelcomentario|textodelmensaje|textodapublicacao|conteudodapublicacao|textodamensagem|textodocomentario|recensione|gonderi|gonderimetni|gonderiicerigi|icerik|paylasim|paylasimmetni|tweetmetni|yorummetni|mesajmetni|gorus|投稿内容|投稿本文|投稿文|投稿テキスト|ツイート内容|ツイート本文|コメント内容|コメント本文|レヒュー|レヒュー内容|レヒュー本文|口コミ内容|口コミ本文|メッセーシ|メッセーシ本文|自由記述|自由回答|感想|kommentar|nachricht|beitrag|texte|commentaire|texto|comentario|comentario|mensaje|mensagem|testo|commento|messaggio|tekst|opmerking|meddelande|inlagg|besked|indlæg|teksti|viesti|kommentti|tresc|komentarz|wpis|komentar|zprava|szoveg|hozzaszolas|comentariu|mesaj|metin|yorum|teks|komentar|noidung|binhluan|текст|сообщение|комментарии|пост|отзыв|повідомлення|коментар|допис|відгук|κειμενο|σχολιο|μηνυμα|טקסט|תגובה|הודעה|النص|نص|تعليق|التعليق|تغريدة|منشور|متن|نظر|ขอความ|ความคดเหน|เนอหา|内容|文本|正文|评论|评论内容|微博正文|內容|留言|貼文|本文|テキスト|投稿|コメント|ツイート|口コミ|내용|본문|텍스트|댓글|리뷰)$/,
  image: /^(?:(?:image|img|photo|picture)(?:url|path|file)?s?|displayurl|mediaurl(?:s|https)?|bild|foto|imagen|imagem|immagine|afbeelding|zdjecie|resim|изображение|фото|картинка|зображення|图片|圖片|画像|写真|이미지|사진|صورة|الصورة)$/,
};

// Names of texts in tables without a column above.
const OTHER_TEXTS = /^(?:headline|contentsnippet|(?:post|video)title|description|beschreibung|descripcion|descricao|descrizione|beschrijving|beskrivning|beskrivelse|kuvaus|opis|popis|leiras|descriere|aciklama|описание|опис|περιγραφη|תיאור|الوصف|وصف|mota|deskripsi|描述|説明|설명|title|titel|titre|titulo|titolo|tittel|otsikko|tytuł|nazov|nazev|cim|titlu|baslik|заголовок|τιτλοσ|כותרת|العنوان|عنوان|tieuđe|judul|标题|標題|タイトル|제목)$/;

/** The name of a column in lower case, without accents, dots on an i, blanks and punctuation. */
function letters(name) {
  const unmarked = name.toLowerCase().normalize("NFKD").replace(/\p{Mn}/gu, "").normalize("NFC");
  return unmarked.replaceAll("\u0131", "i").replace(/[^\p{L}\p{N}]+/gu, "");
}

const isUsual = (role) => (name) => USUAL_NAMES[role].test(letters(name));

/** Whether column names include one of a text or an image. */
export const hasPosts = (head) => ["text", "image"].some((role) => head.some((name) => name.toLowerCase() === role || isUsual(role)(name)));

/** Whether column names include one of a text, of an image, or of titles or descriptions. */
export const mayHavePosts = (head) => hasPosts(head) || head.some((name) => OTHER_TEXTS.test(letters(name)));

/**
 * The indices of the columns of text and image (-1: missing), and the roles for which several columns fit. The exact
 * name has priority, then the name in any case, then a common name.
 */
export function findColumns(head) {
  const found = { text: -1, image: -1, unclear: [] };
  for (const role of ["text", "image"]) {
    const alike = head.filter((name) => name.toLowerCase() === role);
    const usual = head.filter(hasPosts(head) ? isUsual(role) : (name) => role === "text" && OTHER_TEXTS.test(letters(name)));
    const [name, another] = head.includes(role) ? [role] : alike.length ? alike : usual;
    if (another === undefined) found[role] = head.indexOf(name);
    else found.unclear.push(role);
  }
  return found;
}

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
