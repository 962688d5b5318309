"""Write festival.csv: posts about a festival that never was, for trying ``anymood report``.

    python examples/festival.py [POSTS]

Made of templates, the same each time: twelve days, four campaigns, posts with and without images, copies, a few rows
with problems, and some posts in other languages.
"""

import csv
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
START = datetime(2025, 7, 4, 6)
CAMPAIGNS = ("organic", "newsletter", "street team", "radio")
BANDS = ("the Larks", "Blue Harbour", "Nine Lives", "Marta & the Moths", "Sundial", "Paper Kites")

GOOD = (
    "{band} were incredible tonight, best set of the year", "So happy we came! The lights by the lake are beautiful",
    "Loved every minute of {band} {heart}", "Great food, lovely people, perfect weather",
    "what a wonderful evening with {band}", "The volunteers are amazing, thank you so much",
    "my daughter danced to {band}, pure joy", "you did it again, fantastic day", "the swim at sunrise was magical",
    "never laughed so much at a concert as with {band}", "the new stage is gorgeous", "free tea for all, how kind",
)  # fmt: skip
BAD = (
    "Two hours in the queue and they ran out of water. Awful", "The sound for {band} was terrible, just noise",
    "lost my bag at the gate and nobody helped, so angry", "Mud everywhere and the toilets are disgusting",
    "{band} cancelled again, what a waste of money", "Worst parking I have ever seen",
    "the rain ruined everything and the tent was broken", "Staff were rude and the tickets did not scan",
    "could not see {band} at all, so disappointed", "eight euros for a small beer, what a rip-off",
    "my phone was stolen, I hate this place", "nobody told us that {band} had left, shame on you",
)  # fmt: skip
PLAIN = (
    "{band} play the small stage at 19:30", "The shuttle bus leaves every 20 minutes from the station",
    "Gates open at noon, bring your ticket and an ID", "On the train to the lake now",
    "The map of the camp site is on the website", "Setting up the tent next to the lake",
    "Does anyone know when {band} start?", "The programme has changed: {band} are on Saturday",
    "Looking for a lift back to town after {band}", "The box office is next to the main gate",
    "{band} are followed by a talk in the library tent", "Third time here, second time by bike",
)  # fmt: skip
BEFORE = (
    "",
    "",
    "",
    "Day {day}: ",
    "OK, ",
    "Well, ",
    "Honestly, ",
    "From row {row}: ",
    "Friends, ",
    "Update: ",
    "{name} says: ",
)
AFTER = ("", "", ".", "!", " #lakefest", " #lakefest{day}", " with {name} and {other}", ", says {name}", " (stage {row})",
         " on our way home with {name}", " after {hours} hours here", " and now {other} calls", " @{name} @{other}")  # fmt: skip
NAMES = ("Ana", "Bo", "Chidi", "Dilnoza", "Eero", "Farah", "Gus", "Hana", "Ines", "Jiro", "Kofi", "Lena", "Mila", "Nils",
         "Omar", "Pia", "Quinn", "Rosa", "Sami", "Tove")  # fmt: skip
ELSEWHERE = (
    "Das Konzert von {band} war wunderschön, danke!", "Attente de deux heures, c'était vraiment nul",
    "¡Qué noche tan bonita con {band}!", "حفلة رائعة وأجواء جميلة على البحيرة", "बहुत सुंदर शाम, धन्यवाद",
    "音響がひどくて残念でした", "Konsernya seru banget, terima kasih", "Gökyüzü ve müzik harikaydı",
)  # fmt: skip
COPY = "Win two tickets for #lakefest! Follow us and share this post with three friends {link}"
IMAGES = {"good": ("cat.jpg", "rocket.jpg"), "bad": ("coffee.jpg", "rocket.jpg"), "plain": ("coffee.jpg",)}


def moods(day: int, campaign: str) -> tuple[float, float, float]:
    """Shares of good, bad and plain posts: on the sixth day it rains, and the radio reaches the sceptics."""
    bad = 0.45 if day in (5, 6) else 0.15
    bad += 0.12 if campaign == "radio" else 0.0
    good = 0.40 if day not in (5, 6) else 0.18
    return good, bad, 1 - good - bad


def main() -> None:
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    draw = random.Random(7)
    there = {path.name for path in (HERE / "images").iterdir()}
    with (HERE / "festival.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "image", "created", "campaign"])
        for number in range(1, posts + 1):
            hours = draw.triangular(0, 12 * 24, 150)
            day = int(hours // 24)
            campaign = draw.choices(CAMPAIGNS, (5, 3, 2, 2))[0]
            kind = draw.choices(("good", "bad", "plain"), moods(day, campaign))[0]
            template = draw.choice({"good": GOOD, "bad": BAD, "plain": PLAIN}[kind])
            if draw.random() < 0.06:
                template = draw.choice(ELSEWHERE)
            if campaign == "newsletter" and draw.random() < 0.15:
                template = COPY
            text = template.format(
                band=draw.choice(BANDS),
                heart=draw.choice("❤😍🎉"),
                day=day + 1,
                link=f"https://lakefest.example/{number}",
            )
            images = [f"images/{name}" for name in IMAGES[kind] if name in there]
            image = draw.choice(images) if images and draw.random() < 0.25 else ""
            if image and draw.random() < 0.2:
                text = ""
            if draw.random() < 0.006:
                image, text = "images/gone.jpg", ""
            created = (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
            writer.writerow([f"p{number}", text, image, created, campaign])
    print(f"{posts:,} posts in {HERE / 'festival.csv'}")


if __name__ == "__main__":
    main()
