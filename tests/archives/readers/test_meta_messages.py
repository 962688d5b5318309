"""Chats of Messenger and Instagram."""

from datetime import UTC, datetime

import pytest
from tests.archives.readers.test_meta import entry, misread

from anymood.archives import open_archive

TIME = 1667642400
AT = datetime(2022, 11, 5, 10, tzinfo=UTC)


def chat(*messages):
    """A chat of Meta, in which Ana Maria Lopez writes."""
    shown = [
        {"sender_name": misread("Ana María López"), "timestamp_ms": TIME * 1000, **message} for message in messages
    ]
    return {
        "participants": [{"name": "Bo"}, {"name": misread("Ana María López")}],
        "messages": shown,
        "title": "Bo",
        "is_still_participant": True,
        "thread_path": "inbox/bo_1",
    }


def test_messages_of_meta(posts):
    [message, photo] = posts(
        "message_1.json",
        chat(
            {
                "content": misread("so happy 😀"),
                "reactions": [{"reaction": misread("😡"), "actor": "Bo"}],
                "is_geoblocked_for_viewer": False,
            },
            {"photos": [{"uri": "https://e.example/a.jpg"}, {"uri": "b.jpg"}], "content": "look"},
        ),
    )
    assert (message.text, message.created, message.kind, message.images) == ("so happy 😀", AT, "post", 0)
    assert (photo.text, photo.image, photo.images) == ("look", "https://e.example/a.jpg", 2)


@pytest.mark.parametrize(
    "content",
    [
        "Ana named the group Happy Days.", "Ana María López added Bo to the group.", "You left the group.",
        "You called Bo.", "Ana missed your video call.", "Ana started an audio call", "You missed a call from Bo.",
        "Liked a message", "Reacted 😍 to your message ", "The video call ended.", "Audio call ended",
        "You are now connected on Messenger", "Ana set your nickname to Sad Bo.", "Ana changed the theme to Love.",
        "Ana created a poll: happy?", "You pinned a message.", "Ana set the quick reaction to 😡.",
    ],
)  # fmt: skip
def test_what_meta_writes_is_a_notice(posts, content):
    [message] = posts("message_1.json", chat({"content": misread(content)}))
    assert (message.kind, message.text) == ("notice", content)


@pytest.mark.parametrize(
    "content",
    [
        "Ana hat die Gruppe Glück genannt.", "Ana hat Bo zur Gruppe hinzugefügt.", "Du hast die Gruppe verlassen.",
        "Ana hat das Gruppenfoto geändert.", "Ana hat den Spitznamen für Bo auf Bobo festgelegt.",
        "Ana ist dem Videoanruf beigetreten.", "Ana hat einen Videochat gestartet.",
        "Ana hat eine Umfrage erstellt: wo?",
        "Ana a nommé le groupe Joie.", "Ana a ajouté Bo au groupe.", "Vous avez quitté le groupe.",
        "Ana a modifié la photo du groupe.", "Ana a rejoint l’appel vidéo.", "Ana a épinglé un message.",
        "Ana nombró al grupo Alegría.", "Ana agregó a Bo al grupo.", "Saliste del grupo.", "Ana salió del grupo.",
        "Ana cambió la foto del grupo.", "Ana se unió a la videollamada.", "Has añadido a Bo al grupo.",
        "Ana ha chiamato il gruppo Gioia.", "Ana ha aggiunto Bo al gruppo.", "Hai lasciato il gruppo.",
        "Ana ha cambiato la foto del gruppo.", "Ana si è unita al gruppo.", "Ana ha avviato una videochiamata.",
        "Ana nomeou o grupo Alegria.", "Ana adicionou Bo ao grupo.", "Você saiu do grupo.",
        "Ana mudou a foto do grupo.",
        "Ana definiu o apelido de Bo como Bobo.", "Ana iniciou uma chamada de vídeo.",
        "Ana menamai grup Bahagia.", "Ana menambahkan Bo ke grup.", "Anda keluar dari grup.", "Ana mengubah foto grup.",
        "Ana heeft de groep Blij genoemd.", "Ana heeft Bo toegevoegd aan de groep.", "Je hebt de groep verlaten.",
        "Ana heeft de groepsfoto gewijzigd.", "Ana neemt deel aan het videogesprek.",
    ],
)  # fmt: skip
def test_changes_of_groups_in_other_languages_are_notices(posts, content):
    [message] = posts("message_1.json", chat({"content": misread(content)}))
    assert (message.kind, message.text) == ("notice", content)


@pytest.mark.parametrize(
    "content",
    [
        "Ana hat heute gekocht", "hat die Gruppe verlassen", "Ana a ajouté du sel", "Hai aggiunto il sale?",
        "Ana salió de casa", "Ana saiu de casa.", "Has visto al grupo", "Ana heeft de trein genomen",
        "Has he left yet.",
    ],
)  # fmt: skip
def test_what_people_say_of_others_is_a_message(posts, content):
    [message] = posts("message_1.json", chat({"content": misread(content)}))
    assert (message.kind, message.text) == ("post", content)


@pytest.mark.parametrize(
    "content",
    [
        "Hat mit 😍 auf deine Nachricht reagiert", "Hat eine Nachricht mit „Gefällt mir“ markiert", "A aimé un message",
        "A réagi avec 😍 à votre message", "Reaccionó con 😍 a tu mensaje ", "Le gustó un mensaje",
        "Curtiu uma mensagem",
        "Ha reagito con 😍 al tuo messaggio", 'Ha messo "Mi piace" a un messaggio', "Reagiu com 😍 à sua mensagem",
        "Menyukai pesan",
    ],
)  # fmt: skip
def test_likes_and_reactions_in_other_languages_are_notices(posts, content):
    [message] = posts("message_1.json", chat({"content": misread(content)}))
    assert (message.kind, message.text) == ("notice", content)


@pytest.mark.parametrize(
    "content",
    [
        "Ana hat einen Anhang gesendet.", "Du hast ein Foto gesendet.", "Ana María López a envoyé une photo.",
        "Vous avez envoyé une pièce jointe.", "Ana envió un archivo adjunto.", "Enviaste una foto.",
        "Ana ha enviado un vídeo.",
        "Ana ha inviato un allegato.", "Hai inviato una foto.", "Ana enviou um anexo.", "Você enviou uma foto.",
        "Ana mengirim foto.", "Anda mengirim lampiran.", "Ana heeft een foto gestuurd.",
    ],
)  # fmt: skip
def test_attachments_in_other_languages(posts, content):
    [message] = posts("message_1.json", chat({"content": misread(content)}))
    assert (message.kind, message.text, [each.reason for each in message.problems]) == ("post", None, ["media omitted"])


@pytest.mark.parametrize(
    "content",
    [
        "Ana hat eine Nachricht zurückgezogen.",
        "Ana a annulé l'envoi d'un message",
        "Ana cancelou o envio de uma mensagem.",
    ],
)
def test_unsent_messages_in_other_languages(posts, content):
    [message] = posts("message_1.json", chat({"content": misread(content)}))
    assert (message.text, [each.reason for each in message.problems]) == (None, ["deleted message"])


@pytest.mark.parametrize(
    "content",
    [
        "She left the group.",
        "Ana hat ein schönes Foto",
        "Du hast ein Foto gesendet, so schön!",
        "Le gustó mucho",
        "Bo called you",
        "I liked a message",
        "Ana is so happy",
        "We added Bo to the group.",
    ],
)
def test_what_a_person_writes_is_none(posts, content):
    [message] = posts("message_1.json", chat({"content": content}))
    assert (message.kind, message.text) == ("post", content)


@pytest.mark.parametrize(
    "more", [{"type": "Call", "call_duration": 9}, {"type": "Subscribe", "users": []}, {"call_duration": 0}]
)
def test_types_of_meta_tell_notices(posts, more):
    [message] = posts("message_1.json", chat({"content": "a sentence in any language", **more}))
    assert message.kind == "notice"


def test_attachments_and_unsent_messages(posts):
    reel = {"link": "https://e.example/reel", "share_text": misread("blåbær are the best")}
    [shared, link, alone, picture, unsent, old] = posts(
        "message_1.json",
        chat(
            {"content": "Ana sent an attachment.", "share": reel},
            {"content": "look at this", "share": reel},
            {"content": "You sent an attachment."},
            {"content": "Ana sent a photo.", "photos": [{"uri": "https://e.example/a.jpg"}]},
            {"content": "so sad", "is_unsent": True},
            {"content": misread("Ana María López unsent a message")},
        ),
    )
    assert (shared.text, shared.is_repost) == ("blåbær are the best", True)
    assert (link.text, link.is_repost) == ("look at this", False)
    assert (alone.text, alone.problems[0].reason) == (None, "media omitted")
    assert (picture.text, picture.images, picture.problems) == (None, 1, ())
    assert [(post.text, post.problems[0].reason) for post in (unsent, old)] == [(None, "deleted message")] * 2


def test_encrypted_chats_of_messenger(write, tmp_path, picture):
    write("media/a.jpeg", picture)
    messages = [
        {
            "senderName": "Ana",
            "timestamp": TIME * 1000,
            "type": "text",
            "text": "så glad",
            "isUnsent": False,
            "media": [],
        },
        {
            "senderName": "Ana",
            "timestamp": TIME * 1000,
            "type": "media",
            "text": "",
            "media": [{"uri": "./media/a.jpeg"}],
        },
        {"senderName": "Ana", "timestamp": 0, "type": "media", "media": [{"uri": "Failed to download media"}]},
        {"senderName": "Ana", "timestamp": 0, "type": "text", "text": "sad", "isUnsent": True},
    ]
    write("Ana_40.json", {"participants": ["Ana", "Bo"], "threadName": "Ana_40", "messages": messages})
    archive = open_archive(tmp_path)
    [text, media, failed, unsent] = archive
    assert archive.format == "meta-messages"
    assert (text.text, text.created) == ("så glad", AT)
    assert (media.text, media.image, media.problems) == (None, tmp_path / "media" / "a.jpeg", ())
    assert (failed.image, failed.problems[0].reason) == (None, "media omitted")
    assert (unsent.text, unsent.problems[0].reason) == (None, "deleted message")


def test_parts_of_a_chat_and_paths_from_the_root(write, tmp_path, picture):
    image = write("your_instagram_activity/messages/inbox/bo_1/photos/1.jpg", picture)
    photo = {"photos": [{"uri": "your_instagram_activity/messages/inbox/bo_1/photos/1.jpg"}]}
    for number, message in ((1, photo), (2, {"content": "two"}), (10, {"content": "ten"})):
        write(f"your_instagram_activity/messages/inbox/bo_1/message_{number}.json", chat(message))
    posts = list(open_archive(tmp_path))
    assert [post.text for post in posts] == [None, "two", "ten"]
    assert posts[0].image == image


def test_posts_of_a_download_come_before_its_messages(write, tmp_path):
    write("your_facebook_activity/posts/your_posts_1.json", [entry("a post")])
    write("your_facebook_activity/messages/inbox/bo/message_1.json", chat({"content": "a message"}))
    archive = open_archive(tmp_path)
    assert (archive.format, archive.left_out) == ("facebook", ("meta-messages",))
    assert [post.text for post in archive] == ["a post"]
    messages = open_archive(tmp_path, format="meta-messages")
    assert (messages.left_out, [post.text for post in messages]) == ((), ["a message"])
