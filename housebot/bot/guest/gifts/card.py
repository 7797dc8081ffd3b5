"""Owns the message by which a gift reaches somebody: the drawn card, the words with its code, and the link that opens it (R49)."""

from functools import partial

from housebot.bot import gift_picture
from housebot.bot.gift_picture import Face
from housebot.bot.guest.gifts import telling
from housebot.bot.renderer import Scene, Texts
from housebot.domain.catalog import Catalog
from housebot.domain.gift import Gift
from housebot.services import catalogs, gift_orders, gifts
from housebot.services.ports import Button, Message, Picture
from housebot.words import Html, join

texts = Texts()


@texts.renders("guest.gift_card")
def card(scene: Scene) -> Message:
    """To who buys: to forward, with the link in its words; to whom it is for: with what to do. The wish stands on the picture."""
    words, gift = scene.words, gifts.by_id(scene.tx, int(scene.facts["gift"]))
    catalog = catalogs.current(scene.tx, now=scene.now)
    order = gift_orders.by_gift(scene.tx, gift.id)
    what, until = telling.what(words, catalog, gift, gift.amount), telling.last_day(words, gift.valid_until)
    link = telling.link(scene.tx, gift)
    house = telling.house(scene.tx, words, scene.now)
    face = Face(
        house=house,
        title=words.plain(_title(catalog, gift)),
        worth=words.money(gift.amount, gift.currency)
        if gift.kind == "money"
        else telling.stay(words, catalog, gift.tariff, gift.extras, gift.length),
        recipient=words.plain("gift.picture.for", name=gift.recipient) if gift.recipient else "",
        wish=order.wish if order is not None else "",
        code=gift.code,
        until=words.plain("gift.picture.until", day=until),
        scan=words.plain("gift.picture.scan") if link else "",
        link=link,
    )
    lines = [
        words.t("gift.card_caption", what=what, house=house),
        words.t("gift.card_code", code=gift.code, day=until),
        words.t("gift.card_link", link=link) if link else Html(),
        words.t("gift.card_forward") if scene.facts.get("handed_over") else Html(),
    ]
    picture = Picture(draw=partial(gift_picture.draw, face), name="gift.png")
    button = (Button(words.plain("gift.button.open"), url=link),) if link else ()
    return Message(join("\n", [line for line in lines if line]), (button,) if button else (), pictures=(picture,))


def _title(catalog: Catalog, gift: Gift) -> str:
    if gift.kind == "money":
        return "gift.picture.money"
    return "gift.picture.slot" if telling.is_service(catalog, gift.tariff) else "gift.picture.stay"
