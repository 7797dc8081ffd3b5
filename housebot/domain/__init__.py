"""The pure rules of a booking desk: synchronous, standard library only, the time comes as an argument.

Glossary, one noun one name in every layer (ru – en):
вариант, тариф – tariff · дом, номер, мастер – unit · часть – part · дополнительно, услуга – extra · расчёт – quote ·
бронь – booking · держим до – hold · предоплата – deposit · залог – damage deposit · осталось доплатить – balance, due ·
закрыто – block · заезд – arrival, check-in · выезд – departure, check-out · уборка – cleaning (the buffer after a stay) ·
чек – receipt · гости – party (bands of guests) · вопрос – question · сертификат на сумму, на отдых – gift of money, of a stay ·
предупреждение срока – notice · горизонт – window
"""
