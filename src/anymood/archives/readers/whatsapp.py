"""WhatsApp chats written by "Export chat": a text file, alone or in a zip with the sent files.

iOS writes ``[20/06/17, 20:28:05] Ana: text``, Android ``20/06/17, 20:28 - Ana: text``, both with dates, times and
phrases in the language of the phone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, BinaryIO

from anymood.archives.chat_text import (
    AFTER,
    BETWEEN,
    CLOCK,
    DATE,
    Message,
    Stamps,
    messages,
    order_of,
    stamp,
    text_lines,
)
from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, count_seen, is_image_name, register
from anymood.archives.values import words
from anymood.json_stream import Broken
from anymood.posts import Problem, Reason
from anymood.preparation.placeholders import is_attachment, placeholder, without_invisible

MARK = "\u200e"  # precedes texts that the app wrote
_STAMP = rf"{DATE}{BETWEEN}{CLOCK}{AFTER}"
_M = r"[\u200e\u200f\u061c\ufeff]*"
_STYLES = {
    "iOS": re.compile(rf"{_M}\[{_STAMP}\]\s(.*)", re.DOTALL),
    "Android": re.compile(rf"{_M}{_STAMP}\s[-–]\s(.*)", re.DOTALL),
    "old iOS": re.compile(rf"{_M}{_STAMP}:\s(.*)", re.DOTALL),  # until 2017, without brackets
}
_QUOTED = re.compile('["“”„«»]')  # in "Ana changed the subject to “Trip: day 1”", not in names
_FILE = re.compile(r"<[^<>:：\n]{2,30}\s?[:：]\s?([^<>:\n]{1,200}\.\w{1,5})>")
_BRACKETED = re.compile(r"[^\n]{1,200}\.\w{2,5} [(（][^()（）\n]{2,40}[)）]")
_STICKER = re.compile(r"STK-|\d+-STICKER-", re.IGNORECASE)
_ANGLED = re.compile(r"<[^<>\n]{3,60}>")  # <Media omitted>, in any language
_EDITED = re.compile(
    r"\s*\u200e?<(?:This message was edited|Se editó este mensaje|Esta mensagem foi editada|Mensagem editada|"
    r"Diese Nachricht wurde bearbeitet|Ce message a été modifié|Questo messaggio è stato modificato|"
    r"Dit bericht is bewerkt|Сообщение изменено|Данное сообщение изменено|Pesan ini diedit|Bu mesaj düzenlendi|"
    r"Ta wiadomość została zmieniona|تم تعديل هذه الرسالة|הודעה זו נערכה)\.?>\s*$"
)
_PASTED = timedelta(days=1)  # a line that is older than the previous message by this is pasted
_MAX_PASTED_LINES = 50  # lines in a row


@dataclass(slots=True)
class _Message(Message):
    """A message in the file: the rest of its first line after the header, and the lines that follow."""

    written: str  # the first line with the header
    pasted: int = 0

    def author_and_text(self) -> tuple[str | None, str]:
        """The author, None for a notice, and the text."""
        author, colon, text = self.lines[0].partition(": ")
        if not colon and self.lines[0].rstrip().endswith(":"):
            author, colon, text = self.lines[0].rstrip()[:-1], ":", ""
        if not colon or _QUOTED.search(author):
            return None, "\n".join(self.lines)
        return author, "\n".join([text, *self.lines[1:]])


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a file is written: the header, the order of dates, and whether messages end with CR LF and lines with LF."""

    header: re.Pattern[str]
    order: str
    strict_ends: bool


@register
class WhatsApp(Reader):
    """Messages of a chat. Times are those of the phone, without a zone."""

    name = "whatsapp"
    description = "WhatsApp: an exported chat, as text or zip, of iOS or Android"
    expects = "_chat.txt or another text whose lines begin with a date, a time and a name"
    pattern = r"[^/]+\.txt"

    def recognises(self, head: str) -> bool:
        first = next((line for line in head.splitlines() if line.strip()), "")
        return any(header.match(first) for header in _STYLES.values())

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        with file.source.open(file.name) as first:
            dialect = _dialect(first)
        records = _rejoined(messages(file.stream, _LineReader(dialect)))
        return file.posts(records, partial(_post, file))


@dataclass(frozen=True, slots=True)
class _Content:
    """The content of a message: a text, a file, the reason for having none, or a notice."""

    text: str | None = None
    file: str | None = None
    problem: Problem | None = None
    is_notice: bool = False


def _post(file: ArchiveFile, where: str, message: _Message) -> ArchivedPost:
    author, text = message.author_and_text()
    content = _content(_EDITED.sub("", text))
    if author is None or content.is_notice:
        return ArchivedPost(where=where, created=message.time, text=words(without_invisible(text)), kind="notice")
    problems = [content.problem] if content.problem else []
    image: Any = None
    picture = content.file is not None and is_image_name(content.file)
    if content.file is not None and picture and not _STICKER.match(content.file):
        image, missing = file.image([content.file])
        problems += missing
    elif content.file is not None and content.text is None:
        problems.append(Problem(Reason.FILE_ATTACHED, f"The message is the file {content.file}."))
    if message.pasted:
        pasted = (
            f"{message.pasted} older lines that look like messages of another chat were read as part of this message."
        )
        problems.append(Problem(Reason.PASTED_CHAT_LINES, pasted))
    return ArchivedPost(
        where=where,
        text=content.text,
        image=image,
        created=message.time,
        images=count_seen([content.file]),
        problems=tuple(problems),
    )


def _content(text: str) -> _Content:
    """The author's text, separated from what the app wrote."""
    if content := _with_file(text) or _without_files(text):
        return content
    if (reason := placeholder(text)) is not None:
        return _Content(
            problem=Problem(reason, f"The text is {without_invisible(text)!r}, a placeholder for a missing text.")
        )
    if text.lstrip().startswith(MARK):
        return _Content(is_notice=True)
    return _Content(words(without_invisible(text)))


def _with_file(text: str) -> _Content | None:
    """A message with a file. The caption is before or after it on iOS, and on the next line on Android."""
    if (file := _FILE.search(text)) and _is_written_by_program(text, file):
        around = text[: file.start()].removesuffix(MARK), text[file.end() :]
        return _Content(words("\n".join(without_invisible(part) for part in around).strip()), file[1].strip())
    first, _, rest = text.partition("\n")
    plain = without_invisible(first)
    if is_attachment(first) or (first.lstrip().startswith(MARK) and _BRACKETED.fullmatch(plain)):
        return _Content(words(without_invisible(rest)), re.split(" [(（]", plain)[0])
    return None


def _without_files(text: str) -> _Content | None:
    """A message whose file is not in the archive, with its caption."""
    first, _, rest = text.partition("\n")
    plain = without_invisible(first)
    if _ANGLED.fullmatch(plain) or placeholder(first) == Reason.MEDIA_OMITTED:
        own = words(without_invisible(rest))
    else:
        before, mark, after = text.rpartition(MARK)
        if not mark or placeholder(after) != Reason.MEDIA_OMITTED:
            return None
        own = words(without_invisible(before))
    return _Content(own, problem=None if own else Problem(Reason.MEDIA_OMITTED, f"The export has no files: {plain}"))


def _is_written_by_program(text: str, file: re.Match[str]) -> bool:
    """Whether ``<attached: name>`` was written by iOS: with its mark, or alone on its line."""
    before = text[: file.start()]
    return before.endswith(MARK) or without_invisible(before.rpartition("\n")[2]) == ""


def _rejoined(messages: Iterator[_Message | Broken]) -> Iterator[_Message | Broken]:
    """The messages, with pasted lines of another chat joined to the message that contains them.

    Such lines are more than a day older than the message before, the time continues as before after them, and their
    author's name has not occurred in this chat. Late messages of known authors are not joined.
    """
    authors: set[str] = set()
    held: _Message | None = None  # the last message in order,
    suspects: list[_Message] = []  # and older lines after it

    def released() -> Iterator[_Message]:
        if held is not None:
            yield held
        yield from suspects

    for message in messages:
        if isinstance(message, Broken):
            yield from released()
            held, suspects = None, []
            yield message
            continue
        back = held is not None and held.time is not None and message.time is not None
        if back and held and held.time and message.time and message.time < held.time - _PASTED:
            suspects.append(message)
            if len(suspects) > _MAX_PASTED_LINES:  # more likely two chats, one after the other
                yield from released()
                held, suspects = None, []
            continue
        if held is not None and suspects and not any(_author(suspect) in authors for suspect in suspects):
            held.lines += [line for suspect in suspects for line in [suspect.written, *suspect.lines[1:]]]
            held.pasted, suspects = len(suspects), []
        yield from released()
        held, suspects = message, []
        authors.add(_author(message))
    yield from released()


def _author(message: _Message) -> str:
    return message.author_and_text()[0] or ""


class _LineReader:
    """Reads lines by a dialect."""

    def __init__(self, dialect: _Dialect) -> None:
        self._dialect = dialect
        self._ended = True  # whether the previous line ended a message, according to its line end

    def __call__(self, number: int, line: str) -> _Message | str:
        """As for ``messages``."""
        text = line.rstrip("\r\n")
        match = self._dialect.header.match(text) if self._ended or not self._dialect.strict_ends else None
        self._ended = line.endswith("\r\n")
        if not match:
            return text
        return _Message(number, stamp(match.groups()[:8]).time(self._dialect.order), [match[9]], text)


def _dialect(stream: BinaryIO) -> _Dialect:
    """The dialect of a file, from a first pass over it."""
    seen = {style: Stamps() for style in _STYLES}
    ends = {style: [0, 0] for style in _STYLES}  # headers after LF, and after CR LF
    previous = "\r\n"
    for line in text_lines(stream):
        if isinstance(line, Broken):  # reported by the second reading
            break
        for style, header in _STYLES.items():
            if match := header.match(line):
                seen[style].add(stamp(match.groups()[:8]), line)
                ends[style][previous.endswith("\r\n")] += 1
                break
        previous = line
    style = max(seen, key=lambda s: seen[s].total)
    # In an unconverted file of iOS, nearly every header follows CR LF, and line breaks within a message are LF, so that
    # a header after LF was pasted.
    strict = ends[style][1] > 10 * (ends[style][0] - 1) and ends[style][1] > 1
    return _Dialect(_STYLES[style], order_of(seen[style]), strict)
