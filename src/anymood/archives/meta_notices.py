"""Texts that Meta writes in place of a message, in the language of the account: after a name or "You", or alone."""

import re

_YOU = ("You", "Du", "Sie", "Tu", "Vous", "Você", "Anda", "Kamu", "Je")
_WITHOUT_YOU = re.compile("(?:Enviaste|Has enviado|Hai inviato) ")
_WITHOUT_YOU_IN_GROUPS = re.compile(
    "(?:Has|Te uniste|Nombraste|Agregaste|Añadiste|Eliminaste|Saliste|Abandonaste|Creaste|Cambiaste|Hai|Ti sei) "
)
ATTACHMENT = re.compile(
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
UNSENT = re.compile(
    r"(?:unsent a message|ha(?:t|st) eine Nachricht (?:zurückgezogen|zurückgerufen|zurückgenommen|gelöscht)|"
    r"(?:a|avez) (?:annulé l.envoi d.un message|retiré un message|supprimé un message)|"
    r"(?:anuló|canceló) el envío de un mensaje|eliminó un mensaje|"
    r"ha (?:annullato l.invio di un messaggio|rimosso un messaggio|eliminato un messaggio)|"
    r"(?:cancelou|anulou) o envio de uma mensagem|(?:removeu|apagou) uma mensagem|"
    r"(?:membatalkan pengiriman|menghapus) (?:sebuah )?pesan)\.?"
)
# Changes of groups, their calls and polls, after a name or "You".
VERBS = re.compile(
    r"(?:added|removed) .+ (?:to|from) the group\.?|(?:left|created|joined) the group\.?|named the group .+|"
    r"changed the (?:group photo|group name|chat theme|theme|quick reaction).*|"
    r"set the (?:quick reaction|emoji|theme) to .+|(?:pinned|unpinned) a message\.?|"
    r"(?:set|cleared) (?:the|his|her|your|their own|their) nickname.*|called .+|missed a call from .+|"
    r"(?:joined|started|missed|ended) (?:the|an?|your) (?:(?:video|audio|group) )*(?:call|chat)(?: from .+|\.)?|"
    r"(?:created|voted in) .*poll\b.*|turned (?:on|off) (?:vanish mode|disappearing messages).*|"
    r"(?:made|removed) .+ (?:as )?(?:a|an) (?:group )?admin.*|"
    # German
    r"ha(?:t|st|ben) (?:.+ (?:zur Gruppe hinzugefügt|aus der Gruppe entfernt)|die Gruppe (?:verlassen|erstellt)|"
    r"die Gruppe .+ genannt|die Gruppe in .+ umbenannt|(?:das Gruppen(?:foto|bild)|den Gruppennamen) .*geändert|"
    r"(?:das (?:Chat-?)?(?:Design|Thema|Emoji)|die Chatfarben?|das Chat-Design) .*(?:geändert|festgelegt|gesetzt)|"
    r"(?:den|deinen|seinen|ihren|Ihren|(?:s|d)einen eigenen) Spitznamen .*(?:festgelegt|geändert|gelöscht|entfernt)|"
    r"eine Nachricht (?:angepinnt|fixiert)|eine Umfrage erstellt.*|(?:für|in der Umfrage) .+ (?:ab)?gestimmt|"
    r"(?:einen|den) (?:Video|Audio|Gruppen)?-?(?:anruf|chat) (?:gestartet|beendet|verpasst)|"
    r"einen Anruf von .+ verpasst|dich angerufen|.+ zum (?:Gruppen-?)?[Aa]dmin.* gemacht)\.?|"
    r"(?:ist|bist|sind) (?:der Gruppe|dem (?:Video|Audio|Gruppen)?-?(?:anruf|chat)) beigetreten\.?|"
    # French
    r"(?:a|as|avez) (?:nommé le groupe .+|ajouté .+ au groupe|(?:retiré|supprimé|exclu) .+ du groupe|"
    r"(?:quitté|créé|rejoint) le groupe|(?:modifié|changé) (?:la photo|le nom) du groupe.*|"
    r"(?:modifié|changé|choisi|défini) (?:le thème|l.emoji|l.émoji|la couleur|les couleurs|la réaction rapide)\b.*|"
    r"(?:modifié|changé|choisi|défini|effacé|supprimé) (?:le|votre|ton|son|leur) (?:propre )?(?:pseudo|surnom)\b.*|"
    r"épinglé un message|créé (?:un|le) sondage.*|voté (?:pour|dans) .+|(?:vous a|t.a) appelée?|"
    r"(?:rejoint|démarré|lancé|commencé|manqué) (?:l.|un |une )(?:appel|discussion)(?: (?:audio|vidéo|de groupe))?"
    r"(?: de .+)?|nommé .+ admin.*)\.?|(?:vous|t.)\s?(?:a|avez) appelée?\.?|"
    # Spanish
    r"(?:ha |has )?(?:nombr(?:ó|aste|ado) (?:al|el) grupo .+|(?:agreg|añad)(?:ó|aste|iste|ado|ió|ido) a .+ al grupo|"
    r"elimin(?:ó|aste|ado) a .+ del grupo|"
    r"(?:sal(?:ió|iste|ido) del|abandon(?:ó|aste|ado) el|cre(?:ó|aste|ado) el) grupo|"
    r"(?:se unió|te uniste|se ha unido) (?:al grupo|a la (?:video)?llamada)|"
    r"cambi(?:ó|aste|ado) (?:la foto|el nombre) del grupo.*|"
    r"(?:cambi|estableci?|defin|configur|asign|borr|elimin)(?:ó|aste|ado|iste|ido|ió) (?:el|tu|su) (?:propio )?"
    r"(?:tema|emoji|apodo)\b.*|(?:fij|ancl)(?:ó|aste|ado) un mensaje|cre(?:ó|aste|ado) una encuesta.*|"
    r"(?:inici|perd)(?:ó|aste|ado|ió|iste|ido) una (?:video)?llamada(?: de .+)?|te (?:llamó|ha llamado))\.?|"
    # Italian
    r"(?:ha|hai) (?:chiamato il gruppo .+|dato al gruppo il nome .+|aggiunto .+ al gruppo|rimosso .+ dal gruppo|"
    r"(?:lasciato|abbandonato|creato) il gruppo|(?:cambiato|modificato) (?:la foto|l.immagine|il nome) del gruppo.*|"
    r"(?:cambiato|modificato|impostato|scelto|cancellato|rimosso) (?:il|l.|il tuo|il suo) ?"
    r"(?:tema|emoji|soprannome)\b.*|"
    r"(?:fissato|messo in evidenza) un messaggio|creato un sondaggio.*|"
    r"(?:avviato|iniziato|perso) una (?:video)?chiamata(?: (?:da|di) .+)?)\.?|ti ha chiamato\.?|"
    r"(?:si è unit[oa]|ti sei unit[oa]) (?:al gruppo|alla (?:video)?chiamata)\.?|è uscit[oa] dal gruppo\.?|"
    # Portuguese
    r"(?:(?:nome(?:ou|aste)|chamou) o grupo .+|deu o nome .+ ao grupo|adicion(?:ou|aste) .+ ao grupo|"
    r"remov(?:eu|este) .+ do grupo|(?:sa(?:iu|íste) do|cri(?:ou|aste) o|entr(?:ou|aste) no) grupo|"
    r"(?:juntou-se|juntaste-te) ao grupo|(?:mud|alter)(?:ou|aste) (?:a foto|o nome) do grupo.*|"
    r"(?:mud|alter|defin|remov|apag)(?:ou|aste|iu|iste|eu) (?:o|seu|o seu|o teu) (?:próprio )?(?:tema|emoji|apelido|"
    r"nome de utilizador|alcunha)\b.*|(?:fix|afix)(?:ou|aste) uma mensagem|cri(?:ou|aste) uma (?:enquete|sondagem).*|"
    r"(?:entrou|participou) (?:na|da) (?:vídeo)?chamada.*|juntou-se à (?:video)?chamada.*|"
    r"(?:inici|perd)(?:ou|aste|eu|este) uma (?:vídeo|video)?chamada.*|ligou para você|telefonou-te)\.?|"
    # Indonesian
    r"(?:(?:menamai|memberi nama) grup .+|menambahkan .+ ke (?:dalam )?grup|(?:mengeluarkan|menghapus) .+ dari grup|"
    r"(?:keluar dari|meninggalkan|membuat|bergabung (?:ke|dengan|dalam)) grup|"
    r"(?:mengubah|mengganti) (?:foto|nama) grup.*|bergabung (?:ke|dengan|dalam) (?:panggilan|obrolan)(?: video)?|"
    r"(?:mengatur|menetapkan|mengubah|mengganti|menghapus) (?:tema|emoji|nama panggilan)\b.*|"
    r"menyematkan pesan|membuat (?:polling|jajak pendapat).*|memulai (?:panggilan|obrolan)(?: video)?|"
    r"melewatkan panggilan(?: video)?(?: dari .+)?|menelepon (?:Anda|kamu))\.?|"
    # Dutch
    r"(?:heeft|hebt) (?:de groep .+ genoemd|.+ (?:toegevoegd aan de groep|aan de groep toegevoegd)|"
    r".+ (?:uit de groep verwijderd|verwijderd uit de groep)|de groep (?:verlaten|gemaakt|aangemaakt)|"
    r"(?:de groepsfoto|de groepsnaam|de naam van de groep) (?:gewijzigd|veranderd).*|"
    r"(?:het (?:chat)?thema|de emoji|(?:de|je|zijn|haar) (?:eigen )?bijnaam) .*"
    r"(?:gewijzigd|veranderd|ingesteld|gewist).*|"
    r"een bericht vast(?:gezet|gemaakt)|een (?:poll|peiling) gemaakt.*|"
    r"een (?:video|audio|groeps)?(?:gesprek|chat|oproep) (?:gestart|gemist)|een oproep van .+ gemist|je gebeld)\.?|"
    r"(?:is lid geworden van de groep|neemt deel aan (?:de groep|het (?:video|audio)?gesprek))\.?",
    re.DOTALL | re.IGNORECASE,
)
ALONE = re.compile(
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


def after_name(content: str, sender: str) -> str:
    """The text after the name of the sender, or "You"; empty if it begins with neither."""
    content = content.strip()
    if _WITHOUT_YOU.match(content) or (content.endswith(".") and _WITHOUT_YOU_IN_GROUPS.match(content)):
        return content
    for name in (*_YOU, sender, sender.partition(" ")[0]):
        if name and content.startswith(f"{name} "):
            return content[len(name) + 1 :].strip()
    return ""
