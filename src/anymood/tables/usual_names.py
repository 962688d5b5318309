"""Usual names of columns and of sentiments, in many languages."""

import re

from anymood.wording import without_accents

_SEPARATORS = re.compile(r"[\W_]+")


def letters(name: str, separator: str = "") -> str:
    """A name in lower case, without accents, dots on an i, spaces and punctuation."""
    return _SEPARATORS.sub(separator, without_accents(name.casefold()).replace("\u0131", "i"))


def _any_of(names: str) -> str:
    return "|".join(map(letters, names.split()))


# Usual names of columns of texts, images, labels and ids, in the form that ``letters`` returns.
USUAL_NAMES = {
    "text": re.compile(
        r"(?:full|self|tweet|post|message|comment|caption|status|review|body)?text|text(?:display|original)"
        r"|(?:post|message|comment|review|raw)?(?:body|content)|(?:post)?(?:message|caption)|comment|tweet|post|review|feedback"
        r"|(?:hit)?sentence|"
        + _any_of(
            "beitragstext kommentartext nachrichtentext avis texte_de_la_publication contenu_de_la_publication "
            "message_de_la_publication texte_du_commentaire opinión reseña texto_de_la_publicación texto_del_tuit "
            "contenido_de_la_publicación mensaje_de_la_publicación texto_del_comentario texto_del_mensaje "
            "texto_da_publicação conteúdo_da_publicação texto_da_mensagem texto_do_comentário recensione "
            "gönderi gönderi_metni gönderi_içeriği içerik paylaşim paylaşim_metni tweet_metni yorum_metni mesaj_metni "
            "görüş 投稿内容 投稿本文 投稿文 投稿テキスト ツイート内容 ツイート本文 コメント内容 コメント本文 レビュー "
            "レビュー内容 レビュー本文 口コミ内容 口コミ本文 メッセージ メッセージ本文 自由記述 自由回答 感想 "
            "kommentar nachricht beitrag texte commentaire texto comentario comentário mensaje mensagem testo commento "
            "messaggio tekst opmerking meddelande inlägg besked indlæg teksti viesti kommentti treść komentarz wpis "
            "komentář zpráva szöveg hozzászólás comentariu mesaj metin yorum teks komentar nội_dung bình_luận "
            "текст сообщение комментарий пост отзыв повідомлення коментар допис відгук κείμενο σχόλιο μήνυμα "
            "טקסט תגובה הודעה النص نص تعليق التعليق تغريدة منشور متن نظر ข้อความ ความคิดเห็น เนื้อหา "
            "内容 文本 正文 评论 评论内容 微博正文 內容 留言 貼文 本文 テキスト 投稿 コメント ツイート 口コミ "
            "내용 본문 텍스트 댓글 리뷰"
        )
    ),
    "image": re.compile(
        r"(?:image|img|photo|(?:full|original)?picture)(?:url|path|file)?s?|originalpic(?:ture)?|displayurl|mediaurl(?:s|https)?|"
        + _any_of(
            "bild foto imagen imagem immagine afbeelding zdjęcie resim изображение фото картинка зображення "
            "图片 圖片 画像 写真 이미지 사진 صورة الصورة"
        )
    ),
    "label": re.compile(
        r"(?:gold|true|manual|human|text|tweet|post|overall|final)?(?:sentiment|emotion|mood|polarity)"
        r"(?:label|class|category|name|polarity)?|(?:gold|true|class|majority)?label(?:s|name|text)?|class(?:name)?|target|"
        + _any_of(
            "stimmung stimmungslage gefühl polarität etikett klasse étiquette humeur ressenti émotion polarité classe "
            "etiqueta etiqueta_de_sentimiento sentimiento emoción polaridad clase estado_de_ánimo rótulo sentimento "
            "emoção polaridade etichetta emozione polarità umore emotie polariteit stemming gevoel känsla stämning "
            "polaritet følelse stemning tunne tunnetila sävy luokka etykieta sentyment nastrój wydźwięk emocja "
            "štítek nálada emoce polarita címke hangulat érzelem osztály polaritás etichetă emoție polaritate "
            "duygu duygu_durumu duygu_etiketi etiket kutup sinif sentimen emosi polaritas kelas nhãn cảm_xúc sắc_thái "
            "тональность метка эмоция настроение сентимент класс тональність мітка емоція настрій клас "
            "ετικέτα συναίσθημα πολικότητα διάθεση תווית רגש סנטימנט التصنيف تصنيف المشاعر مشاعر الشعور برچسب احساس "
            "भावना लेबल ป้ายกำกับ อารมณ์ ความรู้สึก 标签 情感 情绪 类别 情感标签 情感类别 情感极性 情感倾向 標籤 情緒 類別 "
            "情感標籤 ラベル 感情 感情ラベル 極性 センチメント 라벨 레이블 감정 감성 극성"
        )
    ),
    "id": re.compile(r"(?:post|tweet|status|message|comment|review)?id(?:str)?"),
}

# Columns that some programs write beside a more complete one, in the form that ``letters`` returns.
MORE_COMPLETE = {"content": "rawcontent", "textdisplay": "textoriginal", "images": "displayurl"}

# Names of columns with lists of media, in the form that ``letters`` returns, and keys of the kind of each of them.
MEDIA = {"mediaattachments", "attachments", "media"}
MEDIA_KINDS = ("content_type", "type", "_type", "__typename")

# Names of texts in tables without a column above, such as exports of posts from Facebook and Instagram.
DESCRIPTIONS = re.compile(
    _any_of(
        "description beschreibung descripción descrição descrizione beschrijving beskrivning beskrivelse kuvaus opis "
        "popis leírás descriere açiklama описание опис περιγραφή תיאור الوصف وصف mô_tả deskripsi 描述 説明 설명"
    )
)
OTHER_TEXTS = re.compile(
    f"headline|contentsnippet|(?:post|video)title|{DESCRIPTIONS.pattern}|"
    + _any_of(
        "title titel titre título titolo tittel otsikko tytuł názov název cím titlu başlik заголовок τίτλος כותרת "
        "العنوان عنوان tiêu_đề judul 标题 標題 タイトル 제목"
    )
)

# Usual names of sentiments in labelled tables, in the form that ``letters`` returns.
USUAL_SENTIMENTS = {
    letters(name): sentiment
    for sentiment, names in {
        "negative": "neg negativ negativo negativa négatif négative negatief negatywny negatywna negatywne negativní "
        "negatívny negatív negatiivinen negativno negatif olumsuz отрицательный отрицательная негативный негативная "
        "негатив негативний негативна αρνητικό αρνητικός שלילי سلبي سلبية منفی नकारात्मक เชิงลบ tiêu_cực 负面 负向 消极 "
        "負面 消極 否定的 ネガティブ 부정 부정적",
        "neutral": "neu neutro neutra neutre neutraal neutralny neutralna neutralne neutrální neutrálny semleges "
        "neutraali neutralno nötr tarafsiz netral нейтральный нейтральная нейтрально нейтральний нейтральна ουδέτερο "
        "ουδέτερος ניטרלי محايد محايدة خنثی तटस्थ เป็นกลาง trung_lập trung_tính 中性 中立 中立的 ニュートラル 중립 "
        "중립적",
        "positive": "pos positiv positivo positiva positif positief pozytywny pozytywna pozytywne pozitivní pozitívny "
        "pozitív positiivinen pozitivno pozitif olumlu положительный положительная позитивный позитивная позитив "
        "позитивний позитивна θετικό θετικός חיובי إيجابي إيجابية مثبت सकारात्मक เชิงบวก tích_cực 正面 正向 积极 積極 "
        "肯定的 ポジティブ 긍정 긍정적",
    }.items()
    for name in names.split()
}
