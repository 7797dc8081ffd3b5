// Builds elements. Text only ever goes in as text, so nothing anybody writes can become markup.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "hue") node.style.setProperty("--hue", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name, props = {}) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  for (const [key, value] of Object.entries(props)) svg.setAttribute(key, value);
  if (!props["aria-label"]) svg.setAttribute("aria-hidden", "true");
  else svg.setAttribute("role", "img");
  return svg;
}

export const button = (props, ...children) => el("button", { type: "button", ...props }, ...children);

const HUES = [212, 334, 262, 152, 14, 190, 288, 32];

export function hue(id) {
  return HUES[Math.abs(Number(id)) % HUES.length];
}

export function initial(name) {
  const letter = [...String(name).replace(/[^\p{L}\p{N}]/gu, "")][0];
  return (letter || "•").toUpperCase();
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = el("textarea", { class: "sprite", readonly: true });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
