"""Placeholders that a network or an exporter writes in place of missing texts.

Scoring ``[removed]``, ``<Media omitted>`` or "This message was deleted" would measure the software and not the author.
``placeholder`` recognises them, and returns the reason why the text is missing.
"""

import re

from anymood.posts import Reason

# Direction marks and isolates, zero-width characters and byte order marks, which exporters write around such texts.
INVISIBLE = "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_AROUND = re.compile(rf"^[\s{INVISIBLE}]+|[\s{INVISIBLE}]+$")
_BLANKS = re.compile(r"\s+")

_REMOVED = """
[removed] [deleted] [unavailable]
[deleted by user] [removed by reddit] [removed by moderator] [deleted by moderator] [deleted by author]
[removed by reddit in response to a copyright notice.] [ removed by reddit in response to a copyright notice. ]
[ removed by reddit ] [ removed by reddit on account of violating the content policy. ]
"""

# WhatsApp, in the languages of known exports.
_DELETED = """
This message was deleted
You deleted this message
This message was deleted by admin
Message deleted
Diese Nachricht wurde gelöscht
Du hast diese Nachricht gelöscht
Se eliminó este mensaje
Este mensaje fue eliminado
Eliminaste este mensaje
Este mensaje ha sido eliminado
Ce message a été supprimé
Vous avez supprimé ce message
Questo messaggio è stato eliminato
Hai eliminato questo messaggio
Esta mensagem foi apagada
Mensagem apagada
Você apagou esta mensagem
Apagou esta mensagem
Dit bericht is verwijderd
Dit bericht werd verwijderd
U hebt dit bericht verwijderd
Je hebt dit bericht verwijderd
Это сообщение удалено
Данное сообщение удалено
Вы удалили это сообщение
Данное сообщение было удалено
Ta wiadomość została usunięta
Ta wiadomość została skasowana
Usunięto tę wiadomość
Bu mesaj silindi
Bu mesajı sildiniz
Pesan ini telah dihapus
Anda menghapus pesan ini
Pesan ini dihapus
تم حذف هذه الرسالة
لقد حذفت هذه الرسالة
הודעה זו נמחקה
محتوای این پیام حذف شد
यह संदेश हटा दिया गया था
यह मैसेज मिटाया गया
此消息已删除
此訊息已刪除
您删除了此消息
このメッセージは削除されました
メッセージを削除しました
삭제된 메시지입니다
이 메시지는 삭제되었습니다
Tämä viesti poistettiin
Viesti poistettiin
Detta meddelande raderades
Du raderade detta meddelande
Denne beskjeden ble slettet
Denne besked blev slettet
Tato zpráva byla odstraněna
Это сообщение было удалено
Це повідомлення було видалено
Acest mesaj a fost șters
Ez az üzenet törölve lett
Αυτό το μήνυμα διαγράφηκε
"""

# Android writes one phrase in angle brackets for any file, iOS a different one for each kind.
_OMITTED = """
<Media omitted>
<Medien ausgeschlossen>
<Medien weggelassen>
<Medien ausgelassen>
<Multimedia omitido>
<Archivo omitido>
<Médias omis>
<Fichier omis>
<Media omessi>
<Media omesso>
<Media eliminati>
<Mídia oculta>
<Arquivo de mídia oculto>
<Ficheiro não revelado>
<Media weggelaten>
<Без медиафайлов>
<Медиа пропущены>
<Файл пропущен>
<pominięto multimedia>
<Media pominięte>
<Medya dahil edilmedi>
<Media tidak disertakan>
<תוכן המדיה לא נכלל>
<המדיה לא נכללה>
<تم استبعاد الوسائط>
<मीडिया के बिना>
<省略多媒体文件>
<媒体省略>
<忽略多媒體檔>
<メディアなし>
<メディアは含まれていません>
<미디어 파일을 제외한 내용>
<미디어 생략>
<Media jätettiin pois>
<Media har utelämnats>
<Média vynechána>
image omitted
video omitted
video note omitted
audio omitted
sticker omitted
GIF omitted
document omitted
Contact card omitted
Bild weggelassen
Video weggelassen
Audio weggelassen
Sticker weggelassen
GIF weggelassen
Dokument weggelassen
imagen omitida
Video omitido
audio omitido
sticker omitido
GIF omitido
documento omitido
image absente
vidéo absente
audio omis
sticker omis
GIF retiré
document manquant
immagine omessa
video omesso
audio omesso
sticker non incluso
GIF esclusa
documento omesso
imagem ocultada
imagem omitida
vídeo omitido
áudio ocultado
áudio omitido
figurinha omitida
afbeelding weggelaten
video weggelaten
audio weggelaten
sticker weggelaten
GIF weggelaten
document weggelaten
изображение отсутствует
изображение опущено
видео отсутствует
видео опущено
аудиофайл отсутствует
аудиофайл опущен
стикер отсутствует
документ отсутствует
görüntü dahil edilmedi
video dahil edilmedi
kuva jätettiin pois
"""

_UNSUPPORTED = """
Waiting for this message. This may take a while
Waiting for this message
Message not supported
This message can't be displayed here. Please open WhatsApp on your phone to view the message
You received a view once message. For added privacy, you can only open it on your phone
You sent a view once message. For added privacy, you can only open it on your phone
View once message
"""


def _key(text: str) -> str:
    """A text for comparison: in lower case, with single spaces, without surrounding marks and a final full stop."""
    inner = _BLANKS.sub(" ", _AROUND.sub("", text)).casefold()
    return inner if inner.endswith(".]") else inner.rstrip(".")


def _lines(phrases: str) -> list[str]:
    return [line for line in phrases.splitlines() if line.strip()]


_PHRASES: dict[str, Reason] = {
    **{_key(phrase): Reason.UNSUPPORTED_MESSAGE for phrase in _lines(_UNSUPPORTED)},
    **{_key(phrase): Reason.MEDIA_OMITTED for phrase in _lines(_OMITTED)},
    **{_key(phrase): Reason.DELETED_MESSAGE for phrase in _lines(_DELETED)},
    **{_key(phrase): Reason.REMOVED_TEXT for phrase in re.findall(r"\[[^\]]*\]", _REMOVED)},
}
_FIRST_WORDS = frozenset(phrase.partition(" ")[0].rstrip(".") for phrase in _PHRASES)
_LAST = frozenset(")）>")  # characters of the patterns below
_MAX_LENGTH = 200  # characters of a placeholder without the name of a file

# Telegram, in place of a path, after the name of the file if it has one:
# "(File not included. Change data exporting settings to download.)".
_TELEGRAM = re.compile(
    r"(?:.{0,255} )?\((?:file|photo|video|sticker) (?:not included|exceeds maximum size|unavailable)[^()]*\)",
    re.IGNORECASE | re.DOTALL,
)
# iOS in any language: <attached: 00000012-PHOTO-2023-01-02-10-11-12.jpg>, <Anhang: ...>, <附件：...>.
_IOS_FILE = re.compile(r"<[^<>:：\n]{2,30}\s?[:：]\s?[^<>:\n]{1,200}\.\w{1,5}>")
# Android in any language: IMG-20230102-WA0003.jpg (file attached), ... (Datei angehängt), ... （附件）.
_ANDROID_FILE = re.compile(r"[^<>:\n/\\]{1,200}\.\w{2,5} [(（][^()（）\n]{2,40}[)）]")
_CAMERA_NAME = re.compile(r"(?:IMG|VID|AUD|PTT|STK|DOC|PHOTO|VIDEO)-\d{8}-WA\d+\.\w{2,5}", re.IGNORECASE)
_ATTACHED = re.compile(
    r"\((?:file attached|datei angehängt|archivo adjunto|fichier joint|file allegato|arquivo anexado|ficheiro anexado|"
    r"bestand bijgevoegd|файл добавлен|файл прикреплен|plik dołączony|załączono plik|dosya ekli|file terlampir|"
    r"الملف مرفق|קובץ מצורף|फ़ाइल संलग्न|文件附件|附件|ファイル添付|파일 첨부됨|soubor byl přiložen|liitetty tiedosto|"
    r"tiedosto liitetty|bifogad fil|vedlagt fil|vedhæftet fil)\)",
    re.IGNORECASE,
)


def placeholder(text: str) -> Reason | None:
    """The reason why a text is missing, if the whole text is a placeholder.

    Args:
        text: the text of a network or an exporter.

    Returns:
        ``REMOVED_TEXT``, ``DELETED_MESSAGE``, ``MEDIA_OMITTED``, ``FILE_ATTACHED`` or ``UNSUPPORTED_MESSAGE``; None for
        other texts.
    """
    if len(text) > 2 * _MAX_LENGTH + 100:
        return None
    inner = without_invisible(text)
    # Fast path: nearly all texts fail these two tests, so that phrases and patterns are not compared.
    first = inner.split(None, 1)[:1]
    if first and first[0].casefold().rstrip(".") in _FIRST_WORDS and (reason := _PHRASES.get(_key(inner))):
        return reason
    if inner[-1:] not in _LAST:
        return None
    if _TELEGRAM.fullmatch(inner):
        return Reason.MEDIA_OMITTED
    if is_attachment(inner):
        return Reason.FILE_ATTACHED
    return None


def is_attachment(line: str) -> bool:
    """Whether a line is only the name of an attached file, as WhatsApp writes it.

    A file name with brackets is not enough, because a person may write ``report.pdf (final)``: the name must have the
    form of WhatsApp's names, or the brackets must contain "file attached" in a known language.
    """
    inner = _AROUND.sub("", line)
    if _IOS_FILE.fullmatch(inner):
        return True
    if not _ANDROID_FILE.fullmatch(inner):
        return False
    return _CAMERA_NAME.match(inner) is not None or _ATTACHED.search(inner) is not None


def without_invisible(text: str) -> str:
    """The text without surrounding whitespace and invisible characters."""
    ends = text[:1] + text[-1:]
    # Nearly always; other whitespace and invisible characters are not printable.
    if " " not in ends and ends.isprintable():
        return text
    return _AROUND.sub("", text)
