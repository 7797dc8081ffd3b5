// What the page itself says, in Russian and English, and how it writes times.

const WORDS = {
  ru: {
    guest: "Гость", owner: "Хозяин", clock: "Часы стенда", ten: "+10 мин", hour: "+1 ч", morning: "→ 08:00",
    tenLong: "Вперёд на 10 минут", hourLong: "Вперёд на час", morningLong: "К ближайшим 8 утра",
    language: "Язык страницы и гостя", theme: "Светлая или тёмная тема", tries: "Что попробовать", close: "Закрыть",
    person: "Новый человек", bot: "бот", typing: "печатает…", sends: "отправляет фото…", sendsFile: "отправляет файл…",
    members: "группа", write: "Сообщение", send: "Отправить", attach: "Прикрепить", keys: "Кнопки бота", menu: "Меню",
    more: "Ещё", begin: "НАЧАТЬ", unblock: "РАЗБЛОКИРОВАТЬ", edited: "изм.", rang: "прозвучало", silent: "без звука",
    forwarded: "Переслано от", answer: "Ответить", jump: "К последним сообщениям", pinned: "закреплено",
    receipt: "Отправить чек", receiptHint: "готовая картинка из банка", pdf: "Чек в PDF", pdfHint: "готовый файл",
    file: "Фото или файл…", fileHint: "с этого устройства", contact: "Мой контакт", contactHint: "номер этого человека",
    voice: "Голосовое", voiceHint: "как будто сказали", sticker: "Стикер", stickerHint: "вместо слов",
    shareTitle: "Поделиться номером?", shareText: "Бот увидит имя и номер: {0}", share: "Поделиться", cancel: "Отмена",
    payTitle: "Оплатить {0}?", payText: "Деньги ненастоящие: бот получит всё, что получил бы после оплаты.", pay: "Оплатить",
    paid: "Оплачено", unpaid: "Не оплачено: {0}", ok: "Понятно", copied: "Скопировано: {0}", block: "Заблокировать бота",
    blockHint: "он больше не сможет писать", opens: "Откроется в Telegram: {0}", offline: "Связь прервалась, пробую снова…",
    nobody: "Пока ни одного бота. Запустите его с адресом этого сервера, и чат откроется сам.",
    joined: "{0} теперь в группе", left: "{0} больше не в группе", moved: "Группа стала супергруппой", topic: "Тема «{0}»",
    payment: "Оплата {0} прошла", refund: "Возвращено {0}", noAnswer: "Бот не ответил на кнопку", photo: "Фото", document: "Файл",
 message: "Сообщение", location: "Место на карте", tooBig: "Файл больше 50 МБ Telegram не примет",
    empty: "Здесь пока пусто", newGroup: "Новая группа", picture: "Увеличить картинку", about: "Что умеет этот бот?",
    names: ["Аня", "Борис", "Вера", "Глеб", "Даша", "Егор", "Жанна", "Захар", "Ира", "Костя"],
  },
  en: {
    guest: "Guest", owner: "Owner", clock: "Desk clock", ten: "+10 min", hour: "+1 h", morning: "→ 08:00",
    tenLong: "Ten minutes ahead", hourLong: "An hour ahead", morningLong: "To the next 8 in the morning",
    language: "Language of the page and the guest", theme: "Light or dark", tries: "Things to try", close: "Close",
    person: "New person", bot: "bot", typing: "typing…", sends: "sending a photo…", sendsFile: "sending a file…",
    members: "group", write: "Message", send: "Send", attach: "Attach", keys: "The bot's buttons", menu: "Menu",
    more: "More", begin: "START", unblock: "UNBLOCK", edited: "edited", rang: "rang", silent: "silent",
    forwarded: "Forwarded from", answer: "Reply", jump: "To the newest messages", pinned: "pinned",
    receipt: "Send a receipt", receiptHint: "a ready picture from a bank", pdf: "Receipt as PDF", pdfHint: "a ready file",
    file: "Photo or file…", fileHint: "from this device", contact: "My contact", contactHint: "this person's number",
    voice: "Voice message", voiceHint: "as if spoken", sticker: "Sticker", stickerHint: "instead of words",
    shareTitle: "Share the phone number?", shareText: "The bot will see the name and {0}", share: "Share", cancel: "Cancel",
    payTitle: "Pay {0}?", payText: "The money is not real: the bot gets what it would get after a payment.", pay: "Pay",
    paid: "Paid", unpaid: "Not paid: {0}", ok: "OK", copied: "Copied: {0}", block: "Block the bot",
    blockHint: "it will not be able to write", opens: "Opens in Telegram: {0}", offline: "Connection lost, trying again…",
    nobody: "No bot yet. Start one with the address of this server and the chat opens by itself.",
    joined: "{0} is in the group now", left: "{0} left the group", moved: "The group became a supergroup", topic: "Topic “{0}”",
    payment: "Payment of {0} went through", refund: "{0} given back", noAnswer: "The bot did not answer the button", photo: "Photo",
    document: "File", message: "Message", location: "A place on the map", tooBig: "Telegram takes files up to 50 MB",
    empty: "Nothing here yet", newGroup: "New group", picture: "Enlarge the picture", about: "What can this bot do?",
    names: ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Iris", "Jack"],
  },
};

export const page = { language: "en", zone: "UTC" };

export function t(key, ...facts) {
  const words = WORDS[page.language][key];
  return Array.isArray(words) ? words : facts.reduce((text, fact, index) => text.replace(`{${index}}`, () => fact), words);
}

const formats = new Map();
function format(options) {
  const key = page.language + page.zone + JSON.stringify(options);
  if (!formats.has(key)) {
    const locale = page.language === "ru" ? "ru-RU" : "en-GB";
    formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: page.zone, ...options }));
  }
  return formats.get(key);
}

export const hours = (seconds) => format({ hour: "2-digit", minute: "2-digit" }).format(seconds * 1000);
export const shortDay = (seconds) => format({ weekday: "short", day: "numeric", month: "short" }).format(seconds * 1000);
export const day = (seconds) => format({ weekday: "long", day: "numeric", month: "long" }).format(seconds * 1000);

export function money(total, currency) {
  return currency === "XTR" ? `${total} ⭐` : `${(total / 100).toFixed(2).replace(/\.00$/, "")} ${currency}`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}
