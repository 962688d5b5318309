"""Write festival.csv and labelled.csv: posts about an invented festival, to try ``anymood report``.

    python examples/festival.py [POSTS]

Both are written to the current folder. The posts are generated from templates and are always the same: twelve days,
four campaigns, posts with and without images, copies, a few rows with problems, and some posts in other languages.
``labelled.csv`` has 600 other posts with their labels. Each of its images is another part of one of the photographs, in
the folder ``festival_images``, so that some are held out when a model is trained.
"""

import csv
import os
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

IMAGES = os.path.relpath(Path(__file__).parent / "images")
START = datetime(2025, 7, 4, 6)
CAMPAIGNS = ("organic", "newsletter", "street team", "radio")
BANDS = ("the Larks", "Blue Harbour", "Nine Lives", "Marta & the Moths", "Sundial", "Paper Kites")
GOOD = (
    "{band} were incredible tonight, best set of the year",
    "So happy we came! The lights by the lake are beautiful",
    "Loved every minute of {band} {heart}",
    "Great food, lovely people, perfect weather",
    "what a wonderful evening with {band}",
    "The volunteers are amazing, thank you so much",
    "my daughter danced to {band}, pure joy",
    "the swim at sunrise was magical",
    "never laughed so much at a concert as with {band}",
    "free tea for all, how kind",
)
BAD = (
    "Two hours in the queue and they ran out of water. Awful",
    "The sound for {band} was terrible, just noise",
    "lost my bag at the gate and nobody helped, so angry",
    "Mud everywhere and the toilets are disgusting",
    "{band} cancelled again, what a waste of money",
    "the rain ruined everything and the tent was broken",
    "Staff were rude and the tickets did not scan",
    "could not see {band} at all, so disappointed",
    "eight euros for a small beer, what a rip-off",
    "nobody told us that {band} had left, shame on you",
)
PLAIN = (
    "{band} play the small stage at 19:30",
    "The shuttle bus leaves every 20 minutes from the station",
    "Gates open at noon, bring your ticket and an ID",
    "On the train to the lake now",
    "The map of the camp site is on the website",
    "Does anyone know when {band} start?",
    "The programme has changed: {band} are on Saturday",
    "Looking for a lift back to town after {band}",
    "The box office is next to the main gate",
    "{band} are followed by a talk in the library tent",
)
BEFORE = ("", "", "", "Day {day}: ", "OK, ", "Well, ", "Honestly, ", "From row {row}: ", "Friends, ", "{name} says: ")
AFTER = (
    "", "", ".", "!", " #lakefest", " #lakefest{day}", " with {name} and {other}", ", says {name}",
    " on our way home with {name}", " after {row} hours here", " and now {other} calls", " @{name} @{other}",
)  # fmt: skip
NAMES = (
    "Ana",
    "Bo",
    "Chidi",
    "Dilnoza",
    "Eero",
    "Farah",
    "Gus",
    "Hana",
    "Jiro",
    "Kofi",
    "Lena",
    "Mila",
    "Omar",
    "Tove",
)
ELSEWHERE = (
    "Das Konzert von {band} war wunderschön, danke!",
    "Attente de deux heures, c'était vraiment nul",
    "¡Qué noche tan bonita con {band}!",
    "حفلة رائعة وأجواء جميلة على البحيرة",
    "बहुत सुंदर शाम, धन्यवाद",
    "音響がひどくて残念でした",
    "Konsernya seru banget, terima kasih",
)
COPY = (
    "Win two tickets for #lakefest! Follow us and share this post with three friends https://lakefest.example/{number}"
)
PICTURES = {"good": ("cat.jpg", "rocket.jpg"), "bad": ("coffee.jpg", "rocket.jpg"), "plain": ("coffee.jpg",)}
LABELS = {"good": "positive", "bad": "negative", "plain": "neutral"}
HEAD = ["id", "text", "image", "created", "campaign", "label"]


def shares(day: int, campaign: str) -> tuple[float, float, float]:
    """Shares of good, bad and plain posts: more bad ones on two days of rain, and in the campaign radio."""
    bad = (0.45 if day in (5, 6) else 0.15) + (0.12 if campaign == "radio" else 0.0)
    good = 0.18 if day in (5, 6) else 0.40
    return good, bad, 1 - good - bad


def post(number: int, draw: random.Random) -> list[str]:
    """A row with the columns of ``HEAD``."""
    hours = draw.triangular(0, 12 * 24, 150)
    day = int(hours // 24)
    campaign = draw.choices(CAMPAIGNS, (5, 3, 2, 2))[0]
    kind = draw.choices(("good", "bad", "plain"), shares(day, campaign))[0]
    template = draw.choice(BEFORE) + draw.choice({"good": GOOD, "bad": BAD, "plain": PLAIN}[kind]) + draw.choice(AFTER)
    if draw.random() < 0.06:
        template = draw.choice(ELSEWHERE)
    if campaign == "newsletter" and draw.random() < 0.15:
        template = COPY
    name, other = draw.sample(NAMES, 2)
    text = template.format(
        band=draw.choice(BANDS), heart=draw.choice("❤😍🎉"), day=day + 1, row=draw.randint(2, 30),
        name=name, other=other, number=number,
    )  # fmt: skip
    image = f"{IMAGES}/{draw.choice(PICTURES[kind])}" if draw.random() < 0.25 else ""
    if image and draw.random() < 0.2:
        text = ""
    if draw.random() < 0.006:
        text, image = "", f"{IMAGES}/gone.jpg"
    created = (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [f"p{number}", text, image, created, campaign, LABELS[kind]]


def cropped(row: list[str], draw: random.Random) -> list[str]:
    """The row with a part of its image, which is written to ``festival_images``."""
    number, text, image, *others = row
    if not Path(image).is_file():  # also ""
        return row
    part = Path("festival_images", f"{number}.jpg")
    with Image.open(image) as photograph:
        width, height = (round(side * 0.8) for side in photograph.size)
        left, top = (draw.randint(0, side // 5) for side in photograph.size)
        photograph.crop((left, top, left + width, top + height)).save(part)
    return [number, text, str(part), *others]


def main() -> None:
    """Write the tables and the images."""
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    draw = random.Random(7)  # noqa: S311 - no secret
    rows = [post(number, draw) for number in range(1, posts + 601)]
    Path("festival_images").mkdir(exist_ok=True)
    rows[posts:] = [cropped(row, draw) for row in rows[posts:]]
    for name, part, columns in (("festival.csv", rows[:posts], 5), ("labelled.csv", rows[posts:], 6)):
        with Path(name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(row[:columns] for row in [HEAD, *part])
        sys.stdout.write(f"{len(part):,} posts written to {name}\n")


if __name__ == "__main__":
    main()
