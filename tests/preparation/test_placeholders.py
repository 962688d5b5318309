import pytest

from anymood.preparation.placeholders import is_attachment, placeholder, without_invisible

L = "\u200e"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[removed]", "removed text"),
        ("[deleted]", "removed text"),
        ("[deleted by user]", "removed text"),
        ("[ Removed by Reddit ]", "removed text"),
        ("[ Removed by reddit in response to a copyright notice. ]", "removed text"),
        (" [removed] \n", "removed text"),
        ("<Media omitted>", "media omitted"),
        (f"{L}<Media omitted>", "media omitted"),
        (f"{L}image omitted", "media omitted"),
        ("\ufeffGIF omitted", "media omitted"),
        ("<Medien ausgeschlossen>", "media omitted"),
        ("<Mídia oculta>", "media omitted"),
        ("<Без медиафайлов>", "media omitted"),
        ("imagen omitida", "media omitted"),
        (f"{L}<attached: 00000001-PHOTO.jpg>", "file attached"),
        ("<Anhang: 00000012-PHOTO-2023-01-02-10-11-12.jpg>", "file attached"),
        ("<附件：00000012-PHOTO.jpg>", "file attached"),
        ("IMG-20230102-WA0003.jpg (file attached)", "file attached"),
        ("IMG-20230102-WA0003.jpg (in any language)", "file attached"),
        ("report.pdf (Datei angehängt)", "file attached"),
        ("This message was deleted", "deleted message"),
        (f"{L}This message was deleted.", "deleted message"),
        ("You deleted this message", "deleted message"),
        ("Se eliminó este mensaje.", "deleted message"),
        ("Diese Nachricht wurde gelöscht.", "deleted message"),
        ("(File not included. Change data exporting settings to download.)", "media omitted"),
        ("a.mp4 (File exceeds maximum size. Change data exporting settings to download.)", "media omitted"),
        ("(File unavailable, please try again later)", "media omitted"),
        ("Waiting for this message. This may take a while.", "unsupported message"),
    ],
)
def test_placeholders(text, reason):
    assert placeholder(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "I was removed",
        "[removed] but why",
        "they said [deleted]",
        "the image omitted my face",
        "report.pdf (final)",
        "the file (file attached)",
        "<3",
        "<note: to self>",
        "this message was deleted by me, sorry",
        "(File this under happy)",
        "(so sad)",
        "see me.jpg (nice) and more",
        "x" * 10_000,
        f"{L}hello",
    ],
)
def test_words(text):
    assert placeholder(text) is None


def test_lines_that_are_attachments():
    assert is_attachment(f"{L}STK-20230102-WA0003.webp (arquivo anexado)")
    assert not is_attachment("hello (file attached)")


def test_marks_around_a_text():
    assert without_invisible(f"{L} \ufeff hi{L} ") == "hi"
