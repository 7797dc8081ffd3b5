"""Owns the demo's photos of a house nobody has built: four drawings, so that nothing has to be downloaded or shipped."""

from PIL import Image

from housebot.cli.demo_drawing import FINER, HEIGHT, WIDTH, Colour, Point, Sheet, Soft


def _boards(sheet: Sheet, colour: Colour, box: tuple[int, int, int, int], step: int) -> None:
    left, top, right, bottom = box
    for x in range(left + step, right, step):
        sheet.line(colour, 1.4, (x, top), (x, bottom))


def _window(sheet: Sheet, left: float, top: float, right: float, bottom: float, *, panes: int = 1) -> None:
    """A lit one."""
    sheet.block("#2a2030", left - 7, top - 7, right + 7, bottom + 7, round_by=3)
    sheet.gradient((left, top, right, bottom), "#ffe9ae", "#ffd17a", "#f7ab55")
    for pane in range(1, panes):
        x = left + (right - left) * pane / panes
        sheet.line("#2a2030", 5, (x, top), (x, bottom))


def house() -> bytes:
    """The house at dusk: lit windows among firs, first snow."""
    sheet = Sheet("#1d2650", "#3b3a75", "#7d5a93", "#d98d86", "#f6c08c", "#f8cf9b", "#f8cf9b", seed=7)
    sheet.stars(70, 260)
    sheet.glow("#fff3d6", 0.35, 1010, 130, 120)
    sheet.crescent("#fdf3dc", 1010, 130, 34)
    sheet.forest("#75628f", lambda x: 520 + 14 * ((x / 300) % 1), (70, 150), 26)
    sheet.forest("#4d4674", lambda x: 556, (110, 220), 38)
    sheet.veil(
        "#f3b79a",
        0.45,
        40,
        lambda soft: soft.area((-60, 500), (1340, 500), (1340, 570), (-60, 570)),
        within=(0, 380, WIDTH, 690),
    )
    sheet.gradient((0, 550, WIDTH, HEIGHT), "#b7a6c9", "#8d8ab8", "#5c6298", "#3e4679")
    for x, foot, tall in ((95, 640, 380), (225, 610, 290), (1180, 640, 400), (1085, 605, 280), (330, 590, 230)):
        sheet.fir("#27315c", x, foot, tall, snow="#4a5488")
    sheet.veil("#1f2450", 0.5, 24, lambda soft: soft.disc(670, 655, 290, 35), within=(300, 560, 1040, 760))
    # A long house with a steep roof: walls, boards, roof with snow, chimney.
    sheet.gradient((430, 430, 930, 655), "#5b3f3f", "#4a3338", shape=[(430, 430), (930, 430), (930, 655), (430, 655)])
    sheet.area("#5b3f3f", (430, 440), (600, 236), (770, 440))
    _boards(sheet, "#43302f", (430, 430, 930, 655), 18)
    sheet.gradient(
        (600, 206, 982, 450), "#e6dff0", "#cdc4e0", "#a79fc9", shape=[(600, 206), (856, 222), (982, 450), (770, 450)]
    )
    sheet.area("#2b2438", (772, 446), (982, 446), (976, 460), (772, 460))
    sheet.area("#f2edf8", (600, 200), (858, 214), (862, 224), (600, 212))
    sheet.block("#3a2c3c", 776, 180, 810, 250)
    sheet.block("#4d3a48", 776, 180, 788, 250)
    sheet.block("#f2edf8", 770, 172, 816, 184, round_by=5)
    _smoke(sheet, 793, 160)
    sheet.area("#2b2438", (600, 210), (412, 440), (440, 440), (600, 246), (760, 440), (788, 440))
    sheet.area("#f2edf8", (600, 200), (404, 440), (420, 440), (600, 220), (780, 440), (796, 440))
    _window(sheet, 474, 462, 640, 655, panes=3)
    sheet.area("#2a2030", (600, 280), (500, 404), (700, 404))
    sheet.gradient((508, 290, 692, 398), "#ffe9ae", "#ffcf78", shape=[(600, 292), (514, 398), (686, 398)])
    sheet.line("#2a2030", 5, (600, 284), (600, 400))
    sheet.block("#2a2030", 672, 486, 744, 655)
    sheet.gradient((680, 494, 736, 655), "#a8623f", "#8a4c33")
    sheet.block("#ffd98c", 692, 508, 724, 560, round_by=3)
    _window(sheet, 790, 480, 896, 570, panes=2)
    _lived_in(sheet)
    # The deck, the steps and the light on the snow.
    sheet.block("#37283a", 400, 655, 960, 668)
    sheet.block("#efe9f7", 396, 650, 960, 658, round_by=4)
    for row in range(3):
        sheet.block("#4a3544", 660 - row * 8, 668 + row * 11, 756 + row * 8, 678 + row * 11)
    sheet.glow("#ffcf80", 0.55, 560, 560, 240, 170)
    sheet.glow("#ffcf80", 0.4, 842, 540, 130, 110)
    sheet.veil(
        "#ffc878",
        0.55,
        30,
        lambda soft: soft.area((474, 672), (640, 672), (690, 800), (380, 800)),
        within=(260, 600, 820, 853),
    )
    sheet.veil(
        "#ffc878",
        0.4,
        26,
        lambda soft: soft.area((672, 704), (744, 704), (800, 850), (690, 850)),
        within=(560, 640, 900, 853),
    )
    for x, y in ((610, 760), (560, 822), (842, 764), (905, 826)):
        sheet.line("#2a2747", 4, (x, y), (x, y - 34))
        sheet.disc("#ffe9ae", x, y - 38, 6)
        sheet.glow("#ffd98c", 0.7, x, y - 34, 42)
    for x, foot, tall in ((-10, 850, 420), (1268, 860, 460)):
        sheet.fir("#161c3d", x, foot, tall, snow="#2f3768")
    return sheet.jpeg()


def _lived_in(sheet: Sheet) -> None:
    """What is seen through the windows: a lamp, a sofa, somebody's plant."""
    sheet.line("#8a5a32", 2.5, (512, 462), (512, 506))
    sheet.area("#c9743a", (496, 524), (505, 504), (519, 504), (528, 524))
    sheet.block("#b5673a", 484, 604, 576, 640, round_by=8)
    sheet.block("#a35a34", 490, 584, 570, 616, round_by=8)
    sheet.block("#8a4c33", 598, 606, 622, 655, round_by=3)
    for x, y in ((610, 600), (600, 586), (620, 584), (610, 570)):
        sheet.disc("#7c7a3c", x, y, 9, 16)
    sheet.block("#c98546", 806, 545, 828, 570, round_by=3)
    sheet.disc("#7c7a3c", 817, 536, 13)


def _smoke(sheet: Sheet, x: float, y: float) -> None:
    def draw(soft: Soft) -> None:
        for step in range(9):
            size = 12 + step * 7
            soft.disc(x + step * step * 1.7, y - step * 24, size, size * 0.8, full=max(40, 190 - step * 20))

    sheet.veil("#e9d8e4", 0.6, 14, draw, within=(x - 100, 0, x + 300, y + 60))


def sauna() -> bytes:
    """The sauna by the water, with steam over the tub."""
    sheet = Sheet("#0e2036", "#183a55", "#2d6077", "#6f9a9c", "#c9c79f", "#c9c79f", seed=11)
    sheet.stars(60, 240)
    sheet.forest("#3c6a78", lambda x: 486, (90, 190), 30)
    sheet.forest("#204a5c", lambda x: 520, (150, 290), 46)
    sheet.veil(
        "#cfe0d2",
        0.35,
        34,
        lambda soft: soft.area((-60, 470), (1340, 470), (1340, 520), (-60, 520)),
        within=(0, 360, WIDTH, 630),
    )
    sheet.gradient((0, 512, WIDTH, HEIGHT), "#4c7a84", "#2b5566", "#173747")
    for _ in range(34):  # ripples
        x, y = sheet.chance.uniform(0, WIDTH), sheet.chance.uniform(530, 700)
        sheet.line("#6f9ea3", 1.6, (x, y), (x + sheet.chance.uniform(30, 110), y))
    sheet.area("#1c3a40", (0, 600), (160, 590), (420, 640), (860, 650), (1280, 610), (1280, 853), (0, 853))
    sheet.area("#16303a", (0, 700), (500, 690), (1280, 720), (1280, 853), (0, 853))
    for x, foot, tall in ((60, 690, 460), (170, 650, 330), (1215, 690, 480), (1105, 655, 330)):
        sheet.fir("#12303d", x, foot, tall)
    _smoke(sheet, 662, 232)
    # The hut.
    sheet.block("#2a1f22", 648, 240, 676, 330)
    sheet.gradient((360, 390, 760, 668), "#9c6242", "#7a4630")
    for y in range(404, 668, 20):  # logs
        sheet.line("#653a29", 2.2, (360, y), (760, y))
    sheet.area("#8c5539", (360, 392), (560, 256), (760, 392))
    for step in range(1, 6):
        half = 200 - step * 29
        sheet.line("#6f412d", 2.2, (560 - half, 392 - step * 20), (560 + half, 392 - step * 20))
    sheet.area("#2b2a33", (560, 236), (318, 398), (344, 414), (560, 272), (776, 414), (802, 398))
    sheet.block("#3b2520", 602, 474, 706, 668)
    sheet.gradient((610, 482, 698, 668), "#b87447", "#97583a")
    for x in (632, 654, 676):
        sheet.line("#87502f", 1.6, (x, 482), (x, 668))
    sheet.block("#ffd88a", 630, 506, 678, 590, round_by=4)
    sheet.disc("#3b2520", 690, 590, 4)
    _window(sheet, 414, 470, 548, 566, panes=2)
    sheet.block("#ad6a3f", 414, 540, 548, 566)  # the bench inside, the stove glowing
    sheet.block("#3b2520", 506, 520, 536, 566)
    sheet.block("#ff8f45", 511, 540, 531, 556, round_by=2)
    sheet.block("#5a382b", 340, 664, 1010, 680)
    for x in range(360, 1010, 62):
        sheet.block("#3a2620", x, 680, x + 8, 706)
    # A lantern, a bucket, towels.
    sheet.line("#2b2a33", 4, (580, 470), (580, 492))
    sheet.block("#ffe3a0", 572, 490, 588, 514, round_by=3)
    sheet.glow("#ffcf7a", 0.6, 580, 500, 60)
    sheet.area("#c08a55", (730, 630), (770, 630), (764, 664), (736, 664))
    sheet.line("#e8d5b5", 3, (722, 596), (752, 632))
    _tub(sheet)
    sheet.glow("#ffc870", 0.45, 482, 520, 150, 110)
    sheet.glow("#ffc870", 0.35, 654, 560, 100, 130)
    _spill(sheet, 420, 548, 800)
    _spill(sheet, 612, 700, 820)
    return sheet.jpeg()


def _spill(sheet: Sheet, left: float, right: float, low: float) -> None:
    """What light falls through a window onto the ground."""
    ground = ((left, 712), (right, 712), (right + 40, low), (left - 60, low))
    sheet.veil("#e8a25c", 0.4, 24, lambda soft: soft.area(*ground), within=(300, 650, 820, 853))


def _tub(sheet: Sheet) -> None:
    sheet.gradient((812, 560, 988, 664), "#a3683f", "#794a2e")
    for x in range(834, 988, 22):
        sheet.line("#65391f", 1.6, (x, 566), (x, 664))
    for y in (590, 636):
        sheet.block("#3b3a42", 810, y, 990, y + 9)
    sheet.disc("#b97b4d", 900, 562, 90, 20)
    sheet.disc("#8fd0cf", 900, 563, 78, 15)
    sheet.disc("#b9e6e0", 884, 560, 40, 6)

    def steam(soft: Soft) -> None:
        for column in range(5):
            for step in range(10):
                x = 838 + column * 31 + 15 * ((step + column) % 3 - 1) + step * 2.4
                soft.disc(x, 548 - step * 23 - column % 2 * 10, 10 + step * 3.4, full=max(24, 200 - step * 19))

    sheet.veil("#eef7f2", 0.62, 15, steam, within=(720, 220, 1120, 640))


def bedroom() -> bytes:
    """A room with a wide bed and a window on the evening."""
    sheet = Sheet("#e9d3bd", "#e2c6ad", seed=3)
    for x in range(0, WIDTH, 64):  # panels of the wall
        sheet.line("#dabda3", 1.6, (x, 0), (x, 640))
    sheet.gradient((0, 636, WIDTH, HEIGHT), "#a9754f", "#8f5f41")
    for y in (668, 708, 760, 822):
        sheet.line("#7f5236", 2, (0, y), (WIDTH, y))
    for x, y, low in (
        (120, 636, 668),
        (420, 668, 708),
        (860, 668, 708),
        (1120, 708, 760),
        (240, 760, 822),
        (1000, 760, 822),
    ):
        sheet.line("#7f5236", 2, (x, y), (x, low))
    sheet.block("#f4e6d6", 0, 622, WIDTH, 640)
    _view(sheet)
    sheet.area("#d9b79a", (372, 744), (1228, 744), (1262, 832), (338, 832))  # a rug
    sheet.line("#c4694b", 3, (388, 754), (1212, 754), (1240, 822), (360, 822), (388, 754))
    # The bed: head, mattress, blanket, pillows.
    sheet.block("#6d4534", 470, 330, 1130, 640, round_by=22)
    sheet.block("#7d5140", 486, 346, 1114, 640, round_by=16)
    for x in (643, 800, 957):
        sheet.line("#6d4534", 3, (x, 350), (x, 520))
    sheet.veil("#4a2c20", 0.45, 22, lambda soft: soft.disc(800, 776, 380, 26), within=(340, 680, 1260, 853))
    sheet.block("#f7efe6", 462, 520, 1138, 690, round_by=26)
    for left, colour in ((530, "#fffaf3"), (830, "#fffaf3")):
        sheet.block("#e3d2c2", left + 4, 444, left + 244, 546, round_by=34)
        sheet.block(colour, left, 436, left + 240, 538, round_by=34)
    for left, colour, dark in ((600, "#c4694b", "#a9563b"), (880, "#3f6b6b", "#335858")):
        sheet.block(dark, left + 3, 474, left + 143, 558, round_by=24)
        sheet.block(colour, left, 468, left + 140, 552, round_by=24)
    sheet.gradient(
        (448, 566, 1152, 770), "#44706f", "#2f5556", shape=[(462, 566), (1138, 566), (1152, 770), (448, 770)]
    )
    sheet.area("#fdf6ec", (461, 560), (1139, 560), (1141, 592), (459, 592))
    for x in range(520, 1130, 76):
        sheet.line("#3a6363", 2, (x, 592), (x + (x - 800) * 0.03, 770))
    sheet.area("#c98f55", (452, 690), (1148, 690), (1151, 744), (449, 744))
    for x in range(470, 1150, 26):
        sheet.line("#b57d46", 2, (x, 690), (x, 744))
    for x in (474, 1106):
        sheet.block("#5a3829", x, 768, x + 22, 792, round_by=4)
    _bedside(sheet)
    _pictures(sheet)
    sheet.glow("#ffe2a6", 0.55, 1204, 420, 190)
    return sheet.jpeg()


def _view(sheet: Sheet) -> None:
    """The window: dusk, firs, curtains."""
    sheet.block("#c9a88c", 108, 118, 384, 514, round_by=6)
    sheet.block("#fbf3e8", 100, 110, 376, 506, round_by=6)
    pane = Image.new("RGB", (252 * FINER, 372 * FINER))
    outside = Sheet("#2c3566", "#6a558d", "#e39a86", "#f8cd97", "#f8cd97", seed=5)
    outside.stars(40, 200)
    outside.forest("#6b5a8a", lambda x: 640, (140, 260), 60)
    outside.forest("#35345f", lambda x: 740, (240, 420), 96)
    outside.gradient((0, 735, WIDTH, HEIGHT), "#a99cc6", "#7d7cb0")
    pane.paste(outside.image.resize((round(WIDTH * 0.44) * FINER, 372 * FINER)), (-120 * FINER, 0))
    sheet.image.paste(pane, (112 * FINER, 122 * FINER))
    sheet.line("#fbf3e8", 9, (238, 122), (238, 494))
    sheet.line("#fbf3e8", 9, (112, 250), (364, 250))
    sheet.block("#fbf3e8", 84, 498, 392, 520, round_by=5)
    sheet.line("#6d4534", 7, (40, 88), (436, 88))
    for left, flip in ((40, 1), (356, -1)):
        near, far = (left, left + 80) if flip > 0 else (left + 80, left)
        sheet.gradient(
            (left - 10, 88, left + 90, 640),
            "#c98a6a",
            "#b8775a",
            shape=[(near, 88), (far, 88), (far - 26 * flip, 360), (far - 6 * flip, 630), (near - 8 * flip, 630)],
        )
        for fold in range(1, 4):
            x = near + flip * fold * 17
            sheet.line("#a9694d", 2, (x, 92), (x - flip * 6, 360), (x, 626))
    # A plant under the window.
    sheet.area("#8f4f38", (196, 566), (284, 566), (272, 654), (208, 654))
    for tip_x, tip_y, base in ((150, 440, 226), (196, 410, 234), (240, 396, 240), (288, 414, 246), (330, 450, 254)):
        sheet.area(
            "#4d7355" if tip_x % 4 else "#3f6248",
            (base - 7, 566),
            ((base + tip_x) / 2 - 15, (566 + tip_y) / 2),
            (tip_x, tip_y),
            ((base + tip_x) / 2 + 12, (566 + tip_y) / 2 + 10),
            (base + 7, 566),
        )


def _bedside(sheet: Sheet) -> None:
    sheet.block("#5f3c2c", 1160, 560, 1262, 690, round_by=6)
    sheet.block("#744b38", 1166, 570, 1256, 622, round_by=4)
    sheet.block("#744b38", 1166, 630, 1256, 682, round_by=4)
    for y in (596, 656):
        sheet.disc("#e2b57e", 1211, y, 5)
    for x in (1168, 1246):
        sheet.block("#4d2f22", x, 690, x + 9, 724)
    sheet.block("#8f6a4a", 1201, 470, 1209, 552)
    sheet.block("#8f6a4a", 1180, 548, 1230, 560, round_by=5)
    sheet.gradient(
        (1150, 380, 1260, 474), "#fff0c4", "#ffd994", shape=[(1176, 380), (1234, 380), (1258, 474), (1152, 474)]
    )
    sheet.block("#3f6b6b", 1226, 550, 1256, 556)
    sheet.block("#c4694b", 1228, 544, 1254, 550)


def _pictures(sheet: Sheet) -> None:
    for left, top, right, bottom, colours in (
        (610, 120, 770, 290, ("#f0dcc4", "#d99a72", "#3f6b6b")),
        (812, 120, 972, 290, ("#e7dccb", "#c4694b", "#6d7f63")),
    ):
        paper, sun, hill = colours
        sheet.block("#b9987c", left + 5, top + 7, right + 5, bottom + 7)
        sheet.block("#5f3c2c", left, top, right, bottom)
        sheet.block(paper, left + 10, top + 10, right - 10, bottom - 10)
        sheet.disc(sun, (left + right) / 2 + 12, top + 68, 26)
        sheet.area(
            hill,
            (left + 10, bottom - 62),
            (left + 62, bottom - 96),
            (left + 110, bottom - 58),
            (right - 10, bottom - 84),
            (right - 10, bottom - 10),
            (left + 10, bottom - 10),
        )


def terrace() -> bytes:
    """The terrace in the evening: lamps on a string, a fire, the lake."""
    sheet = Sheet("#26305f", "#5b4a86", "#b86d86", "#f0a07c", "#fbd09a", "#fbd09a", "#fbd09a", "#fbd09a", seed=19)
    sheet.stars(40, 170)
    sheet.glow("#ffe7b0", 0.75, 640, 430, 260, 150)
    sheet.disc("#fff0c9", 640, 424, 44)
    sheet.forest("#8b6389", lambda x: 452, (30, 74), 17)
    sheet.gradient((0, 450, WIDTH, 640), "#f3b58c", "#b97f92", "#6c5f90", "#51538a")
    for _ in range(46):
        y = sheet.chance.uniform(458, 600)
        half = sheet.chance.uniform(10, 60) * (1 + (y - 458) / 200)
        x = 640 + sheet.chance.gauss(0, 46 + (y - 458) * 0.35)
        sheet.line("#ffdca6", 2.2, (x - half, y), (x + half, y))
    for x, foot, tall in (
        (60, 640, 420),
        (180, 618, 300),
        (1225, 640, 430),
        (1112, 618, 300),
        (275, 606, 200),
        (1020, 606, 190),
    ):
        sheet.fir("#2b2a55", x, foot, tall)
    sheet.area("#3a3560", (0, 612), (320, 596), (960, 596), (1280, 612), (1280, 660), (0, 660))
    # Railing and boards running to the water.
    for x in range(20, WIDTH, 58):
        sheet.line("#3a2a3a", 5, (x, 566), (x, 650))
    sheet.block("#452f3b", 0, 556, WIDTH, 570)
    sheet.gradient((0, 640, WIDTH, HEIGHT), "#7b5048", "#93604c", "#a46d52")
    for x in range(-900, 2200, 74):
        sheet.line("#6d453e", 2.4, (640 + (x - 640) * 0.62, 640), (x, HEIGHT))
    sheet.block("#5f3d3c", 0, 636, WIDTH, 644)
    sheet.veil("#ffb26b", 0.5, 60, lambda soft: soft.disc(650, 765, 250, 75), within=(240, 600, 1060, 853))
    for left, flip in ((196, 1), (1084, -1)):
        _chair(sheet, left, flip)
    _fire(sheet)
    _table(sheet)
    _lamps(sheet)
    return sheet.jpeg()


def _chair(sheet: Sheet, x: float, flip: int) -> None:
    def at(dx: float, y: float) -> Point:
        return (x + dx * flip, y)

    sheet.veil(
        "#4a2c30", 0.4, 14, lambda soft: soft.disc(x + 95 * flip, 788, 115, 18), within=(x - 260, 730, x + 260, 853)
    )
    sheet.area("#e3c9a6", at(0, 560), at(46, 552), at(92, 716), at(40, 716))
    sheet.area("#c9aa85", at(40, 716), at(92, 716), at(196, 700), at(204, 728), at(60, 742))
    for step in range(1, 4):
        sheet.line("#b8966f", 2.4, at(step * 12, 560 - step * 2), at(40 + step * 13, 716))
    for foot, top in ((52, 738), (188, 724)):
        sheet.line("#8a6247", 11, at(foot, top), at(foot + 4, 786))
    sheet.line("#a87c5a", 12, at(34, 662), at(182, 656))
    sheet.line("#8a6247", 10, at(176, 658), at(182, 786))
    sheet.area("#a8503f", at(52, 640), at(92, 632), at(118, 712), at(64, 716))  # a blanket


def _fire(sheet: Sheet) -> None:
    sheet.veil("#3a2226", 0.5, 12, lambda soft: soft.disc(650, 794, 90, 18), within=(500, 740, 800, 853))
    for x in (590, 650, 710):
        sheet.line("#2b2430", 8, (650 + (x - 650) * 0.7, 750), (x, 800))
    sheet.glow("#ff9a4a", 0.75, 650, 690, 170, 150)
    for colour, wide, tall, lean in (("#f26a3c", 62, 136, 6), ("#ff9a45", 46, 104, -6), ("#ffd070", 28, 66, 3)):
        sheet.area(
            colour,
            (650 - wide, 738),
            (650 - wide * 0.72, 738 - tall * 0.42),
            (650 - wide * 0.42, 738 - tall * 0.3),
            (650 + lean, 738 - tall),
            (650 + wide * 0.36, 738 - tall * 0.36),
            (650 + wide * 0.64, 738 - tall * 0.56),
            (650 + wide, 738),
        )
    sheet.area("#372c38", (562, 726), (738, 726), (708, 770), (592, 770))
    sheet.block("#4a3c48", 554, 720, 746, 734, round_by=6)
    for x, y in ((622, 590), (676, 560), (650, 528), (700, 604), (604, 640)):
        sheet.disc("#ffd9a0", x, y, 2.6)


def _table(sheet: Sheet) -> None:
    sheet.veil("#3a2226", 0.4, 10, lambda soft: soft.disc(826, 800, 50, 10), within=(740, 760, 920, 853))
    sheet.line("#6d4534", 8, (800, 736), (794, 798))
    sheet.line("#6d4534", 8, (852, 736), (858, 798))
    sheet.disc("#7a4d38", 826, 734, 56, 12)
    sheet.disc("#a8714f", 826, 730, 56, 11)
    for x, colour in ((806, "#f3e6d2"), (840, "#c4694b")):  # mugs
        sheet.line(colour, 3.5, (x + 10, 712), (x + 17, 717), (x + 10, 722))
        sheet.block(colour, x - 11, 704, x + 11, 729, round_by=5)

    def steam(soft: Soft) -> None:
        for x in (806, 840):
            for step in range(7):
                soft.disc(x + 4 * (step % 2) + step, 696 - step * 9, 4 + step, full=180 - step * 18)

    sheet.veil("#fff3e6", 0.7, 6, steam, within=(770, 610, 890, 730))


def _lamps(sheet: Sheet) -> None:
    """Two strings, from the posts to the roof above us."""
    for post in (30, 1250):
        sheet.line("#2b2238", 12, (post, 140), (post, 660))
        part = [step / 40 for step in range(41)]
        points = [(post + (640 - post) * at, 150 - 190 * at + 420 * at * (1 - at)) for at in part]
        sheet.line("#221d3a", 3, *points)
        for x, low in points[3:38:5]:
            sheet.line("#221d3a", 3, (x, low), (x, low + 9))
            sheet.glow("#ffd98c", 0.75, x, low + 18, 34)
            sheet.disc("#fff1c4", x, low + 18, 8, 10)


def album() -> list[bytes]:
    """All of them, the one for the welcome first."""
    return [house(), sauna(), bedroom(), terrace()]
