# SPDX-License-Identifier: EUPL-1.2
"""Papers of the synthetic town, drawn by this script: a municipal letter of several pages as PDF, and a photo.

Real files that any viewer opens, the same bytes at every run; nothing is fetched and nobody in them exists.
"""

import io
import random
from datetime import UTC, datetime

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFilter

PHOTO_BYTES = 5_000_000

LETTER = (
    (
        "Uw aanvraag hulp bij schoolverzuim",
        "Beste Noor,",
        (
            "U vroeg ons om hulp, omdat u een tijd niet naar school ging. Wij vinden het goed dat u dat deed. In deze "
            "brief staat wat wij hebben afgesproken, wie u kunt bellen, en wat u van ons mag verwachten."
        ),
        (
            "Op maandag 2 november sprak u met Fatima van het Jeugdteam Zuid. U vertelde dat u vaak moe bent, en dat u "
            "bang bent om in de klas terug te komen. Samen maakten we een plan met kleine stappen."
        ),
    ),
    (
        "Wat we hebben afgesproken",
        "1. U begint met twee ochtenden per week op school, op dinsdag en op donderdag.",
        "2. Uw mentor haalt u op bij de deur. U hoeft niet alleen naar binnen.",
        "3. Na vier weken kijken we samen of het meer kan worden. U beslist mee.",
        "4. Gaat het niet? Dan belt of appt u Fatima. U hoeft daar geen reden bij te geven.",
        "5. Wij vragen niets aan anderen zonder dat u het weet.",
    ),
    (
        "Uw rechten",
        "U mag altijd zien wat wij over u opschrijven. Klopt iets niet, dan passen wij het aan.",
        "U mag nee zeggen. Ook later. Dat kost niets, en de hulp stopt niet om die reden.",
        (
            "Bent u het niet eens met ons? Dan kunt u een klacht indienen. Op onze website staat hoe. U kunt ook "
            "praten met een vertrouwenspersoon, die niet bij de gemeente werkt."
        ),
    ),
)


def letter() -> bytes:
    """A municipal letter of three pages, A4, as PDF bytes."""
    page = FPDF(format="A4")
    page.set_creation_date(datetime(2026, 11, 2, tzinfo=UTC))
    page.set_title("Brief van de gemeente Voorbeeldstad")
    page.set_margins(25, 25, 25)
    for number, (title, *paragraphs) in enumerate(LETTER, 1):
        page.add_page()
        page.set_font("helvetica", size=10)
        page.cell(0, 6, "Gemeente Voorbeeldstad - Jeugdteam Zuid", new_x="LMARGIN", new_y="NEXT")
        page.cell(0, 6, f"2 november 2026 - kenmerk JZ-2026-0815 - blad {number} van {len(LETTER)}")
        page.ln(16)
        page.set_font("helvetica", "B", 14)
        page.cell(0, 10, title, new_x="LMARGIN", new_y="NEXT")
        page.set_font("helvetica", size=11)
        for paragraph in paragraphs:
            page.multi_cell(0, 6.5, paragraph, new_x="LMARGIN", new_y="NEXT")
            page.ln(4)
    page.set_font("helvetica", "I", 9)
    page.multi_cell(0, 5, "Deze brief hoort bij een oefenstad. Niemand in deze brief bestaat.")
    return bytes(page.output())


def photo() -> bytes:
    """A photo-like picture of about 5 MB as JPEG: a street at dusk, with the grain a phone camera leaves."""
    chance = random.Random(15)
    width, height = 4032, 3024
    sky = Image.linear_gradient("L").resize((width, height))
    channels = (
        sky.point(lambda v: 24 + v * 4 // 5),
        sky.point(lambda v: 30 + v * 2 // 5),
        sky.point(lambda v: 96 + v // 8),
    )
    picture = Image.merge("RGB", channels)
    draw = ImageDraw.Draw(picture)
    left = -60
    while left < width:
        wide, top = chance.randint(180, 420), chance.randint(height // 4, height // 2)
        shade = chance.randint(25, 70)
        draw.polygon(
            [
                (left, top),
                (left + wide // 2, top - wide // 3),
                (left + wide, top),
                (left + wide, height),
                (left, height),
            ],
            fill=(shade + 30, shade, shade),
        )
        for row in range(top + 60, height - 300, 170):
            for column in range(left + 40, left + wide - 60, 110):
                lit = chance.random() < 0.4
                draw.rectangle((column, row, column + 60, row + 90), fill=(250, 214, 130) if lit else (45, 52, 66))
        left += wide
    draw.rectangle((0, height - 260, width, height), fill=(58, 56, 60))
    picture = picture.filter(ImageFilter.GaussianBlur(1.2))
    grain = Image.frombytes("L", (width, height), chance.randbytes(width * height))
    best = b""
    for strength in (0.06, 0.08, 0.10, 0.13, 0.16, 0.2):
        out = io.BytesIO()
        Image.blend(picture, Image.merge("RGB", (grain, grain, grain)), strength).save(out, "JPEG", quality=92)
        best = out.getvalue()
        if len(best) >= PHOTO_BYTES:
            break
    return best
