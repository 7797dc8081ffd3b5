"""Draws the sample pictures people send in the simulator: a bank receipt that looks like a phone's screenshot."""

import io

from PIL import Image, ImageDraw, ImageFont

_INK, _PALE, _GREEN, _LINE = (28, 32, 38), (120, 128, 140), (30, 142, 90), (228, 231, 236)


def receipt(number: int, *, amount: str = "400.00 BYN", at: str = "") -> bytes:
    """A JPEG of a transfer receipt. Another number gives another picture, the same one the same bytes."""
    picture = Image.new("RGB", (720, 1120), (244, 246, 249))
    draw = ImageDraw.Draw(picture)
    big, middle, small = (ImageFont.load_default(size) for size in (54, 30, 24))
    draw.rounded_rectangle((40, 60, 680, 1060), 36, fill="white")
    draw.ellipse((300, 120, 420, 240), fill=_GREEN)
    draw.line((328, 182, 352, 208, 396, 158), fill="white", width=12, joint="curve")
    draw.text((360, 300), "Transfer completed", font=middle, fill=_INK, anchor="mm")
    draw.text((360, 372), f"- {amount}", font=big, fill=_INK, anchor="mm")
    rows = [
        ("Bank", "Demo Bank"),
        ("To card", "**** 0000"),
        ("Date", at or "-"),
        ("Operation", f"DEMO-{number:06d}"),
        ("Status", "Executed"),
    ]
    for line, (name, value) in enumerate(rows):
        y = 480 + line * 96
        draw.text((84, y), name, font=small, fill=_PALE, anchor="lm")
        draw.text((636, y), value, font=middle, fill=_GREEN if name == "Status" else _INK, anchor="rm")
        draw.line((84, y + 48, 636, y + 48), fill=_LINE, width=2)
    draw.text((360, 1010), "A sample for trying things out, not a document", font=small, fill=_PALE, anchor="mm")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def sample_pdf(number: int) -> bytes:
    """The smallest honest PDF: one page with one line."""
    line = f"BT /F1 20 Tf 60 760 Td (Transfer receipt DEMO-{number:06d}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(line), line),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for index, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (index, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def scaled(content: bytes, side: int) -> tuple[bytes, int, int]:
    """A JPEG no longer than `side`, with its width and height. Raises OSError for what is not a picture."""
    with Image.open(io.BytesIO(content)) as source:
        picture = source.convert("RGB")
    picture.thumbnail((side, side))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=87)
    return out.getvalue(), picture.width, picture.height


def dimensions(content: bytes) -> tuple[str, int, int]:
    """Format, width and height of a picture. Raises OSError for what is not one."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.verify()
        return picture.format or "", picture.width, picture.height
