"""Messages of Messenger and Instagram: Meta's download in JSON, or Messenger's export of end-to-end encrypted chats."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anymood.archives.post import ArchivedPost
from anymood.archives.reader import ArchiveFile, Reader, is_image_name, register
from anymood.archives.values import dig, items, moment, repaired, words
from anymood.json_stream import ITEM
from anymood.posts import Problem, Reason

_CHAT = re.compile(r'[\s\ufeff]*\{(?=.*"participants"\s*:\s*\[)(?=.*"messages"\s*:\s*\[)', re.DOTALL)
_META = re.compile(r'"(?:thread_path|threadName|is_still_participant|sender_name|senderName)"\s*:')

# Types of the years until 2022; since then there are none. Group changes, calls and payments have no author.
_NOTICE_TYPES = {"Call", "Subscribe", "Unsubscribe", "Payment", "Plan", "Poll"}
# What Meta writes as the content, in the language of the account. A verb stands behind a name or "You".
_YOU = ("You", "Du", "Sie", "Tu", "Vous", "Você", "Anda", "Kamu", "Je")
_WITHOUT_YOU = ("Enviaste ", "Has enviado ", "Hai inviato ")
_ATTACHMENT = re.compile(
    r"(?:sent (?:an attachment|a (?:photo|video|sticker|GIF|link|voice message|live location))|"
    r"ha(?:t|st|ben) ein(?:en?)? (?:Anhang|Foto|Video|Sticker|GIF|Link|Sprachnachricht) (?:gesendet|geschickt)|"
    r"(?:a|as|avez) envoyé une? (?:pièce jointe|photo|vidéo|autocollant|sticker|GIF|lien|message vocal)|"
    r"(?:envió|enviaste|has? enviado) una? (?:archivo adjunto|foto|v[ií]deo|sticker|GIF|enlace|mensaje de voz)|"
    r"hai? inviato una? (?:allegato|foto|video|adesivo|sticker|GIF|link|messaggio vocale)|"
    r"(?:enviou|enviaste) uma? (?:anexo|foto|vídeo|figurinha|autocolante|sticker|GIF|link|mensagem de voz)|"
    r"mengirim(?:kan)? (?:sebuah )?(?:lampiran|foto|video|stiker|GIF|tautan|pesan suara)|"
    r"(?:heeft|hebt) een (?:bijlage|foto|video|sticker|gif|link|spraakbericht) (?:verzonden|verstuurd|gestuurd))\.?",
    re.IGNORECASE,
)
_UNSENT = re.compile(
    r"(?:unsent a message|ha(?:t|st) eine Nachricht (?:zurückgezogen|zurückgerufen|zurückgenommen|gelöscht)|"
    r"(?:a|avez) (?:annulé l.envoi d.un message|retiré un message|supprimé un message)|"
    r"(?:anuló|canceló) el envío de un mensaje|eliminó un mensaje|"
    r"ha (?:annullato l.invio di un messaggio|rimosso un messaggio|eliminato un messaggio)|"
    r"(?:cancelou|anulou) o envio de uma mensagem|(?:removeu|apagou) uma mensagem|"
    r"(?:membatalkan pengiriman|menghapus) (?:sebuah )?pesan)\.?"
)
_VERBS = re.compile(
    r"(?:added|removed) .+ (?:to|from) the group\.?|(?:left|created|joined) the group\.?|named the group .+|"
    r"changed the (?:group photo|group name|chat theme|theme|quick reaction).*|"
    r"set the (?:quick reaction|emoji|theme) to .+|(?:pinned|unpinned) a message\.?|"
    r"(?:set|cleared) (?:the|his|her|your|their own|their) nickname.*|called .+|missed a call from .+|"
    r"(?:joined|started|missed|ended) (?:the|an?|your) (?:(?:video|audio|group) )*(?:call|chat)(?: from .+|\.)?|"
    r"(?:created|voted in) .*poll\b.*|turned (?:on|off) (?:vanish mode|disappearing messages).*|"
    r"(?:made|removed) .+ (?:as )?(?:a|an) (?:group )?admin.*",
    re.DOTALL,
)
_ALONE = re.compile(
    r"Liked a message|Reacted .{1,40} to your message|(?:The )?(?:video|audio) (?:call|chat) ended\.?|"
    r"(?:You are|.{1,80} are|You and .{1,80} are) now connected on Messenger\.?|This poll is no longer available\.?|"
    r"Hat mit .{1,40} auf (?:deine|Ihre) Nachricht reagiert|Hat eine Nachricht mit .?Gefällt mir.? markiert|"
    r"A réagi (?:avec )?.{1,40} à (?:votre|ton) message|A aimé un message|"
    r"(?:Reaccionó|Ha reaccionado) (?:con )?.{1,40} a tu mensaje|"
    r"(?:Indicó que )?le (?:gustó|ha gustado|gusta) un mensaje|"
    r"Ha reagito (?:con )?.{1,40} al tuo messaggio|Ha messo .?Mi piace.? a un messaggio|"
    r"Reagiu (?:com )?.{1,40} à (?:sua|tua) mensagem|Curtiu uma mensagem|Gostou de uma mensagem|"
    r"(?:Menanggapi|Bereaksi) .{1,40} (?:ke|pada|terhadap) pesan (?:Anda|kamu)|Menyukai (?:sebuah )?pesan",
    re.IGNORECASE,
)


@register
class MetaMessages(Reader):
    """Messages of all users in the chats, newest first as in the export.

    Each UTF-8 byte of the texts is escaped as a separate character, except in end-to-end encrypted chats.
    """

    name = "meta-messages"
    description = "Messenger and Instagram: messages of a download in JSON"
    expects = "message_1.json below messages/, or a file with participants, threadName and messages"
    second_to = frozenset({"facebook", "instagram"})
    pattern = r"[^/]+_\d+\.json"

    def recognises(self, head: str) -> bool:
        return bool(_CHAT.match(head) and _META.search(head))

    def read_file(self, file: ArchiveFile) -> Iterator[ArchivedPost]:
        return file.objects([("messages", ITEM)], partial(_message, file), "no message")


def _message(file: ArchiveFile, where: str, message: Mapping[str, Any]) -> ArchivedPost:
    created = moment(message.get("timestamp_ms")) or moment(message.get("timestamp"))
    sender = repaired(words(message.get("sender_name") or message.get("senderName"))) or ""
    content = repaired(words(message.get("content") or message.get("text")))
    said = _after_name(content or "", sender)
    placeholder = message.get("type") == "placeholder"  # of encrypted chats, for what was unsent or has expired
    if message.get("is_unsent") is True or message.get("isUnsent") is True or placeholder or _UNSENT.fullmatch(said):
        problem = Problem(Reason.DELETED_MESSAGE, "The message was unsent.")
        return ArchivedPost(where=where, created=created, problems=(problem,))
    if _is_notice(message, content or "", said):
        return ArchivedPost(where=where, text=content, created=created, kind="notice")
    media = _media(message)
    image, problems = file.image_below([uri for uri in media if is_image_name(uri)])
    attachment = bool(_ATTACHMENT.fullmatch(said))
    text = None if attachment else content
    shared = repaired(words(dig(message, "share", "share_text"))) if text is None else None
    missing = attachment and not media and shared is None
    if missing or any("/" not in uri for uri in media):  # in the place of a path: "Failed to download media"
        problems += (Problem(Reason.MEDIA_OMITTED, "The export has not what was sent with the message."),)
    return ArchivedPost(
        where=where,
        text=text or shared,
        image=image,
        created=created,
        is_repost=shared is not None,
        images=len(media),
        problems=problems,
    )


def _media(message: Mapping[str, Any]) -> list[str]:
    """Paths of images and videos, without stickers, audio and other files."""
    kept = [medium for kind in ("photos", "gifs", "videos") for medium in items(message.get(kind))]
    uris = [words(dig(medium, "uri")) for medium in (*kept, *items(message.get("media")))]
    return [uri for uri in uris if uri and not uri.lower().endswith((".ogg", ".opus", ".aac", ".m4a", ".mp3", ".wav"))]


def _is_notice(message: Mapping[str, Any], content: str, said: str) -> bool:
    if message.get("type") in _NOTICE_TYPES or "call_duration" in message:
        return True
    return bool(_VERBS.fullmatch(said) or _ALONE.fullmatch(content.strip()))


def _after_name(content: str, sender: str) -> str:
    """The text after the name of the sender, or "You"; empty if it begins with neither."""
    content = content.strip()
    if content.startswith(_WITHOUT_YOU):
        return content
    for name in (*_YOU, sender, sender.partition(" ")[0]):
        if name and content.startswith(f"{name} "):
            return content[len(name) + 1 :].strip()
    return ""
