// Talks to the simulator: controls by name, and the stream of what changed.

export class Wrong extends Error {}

export async function call(name, args = {}) {
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null && value !== undefined));
  const response = await fetch(`sim/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(given),
  });
  const answer = await response.json();
  if (!answer.ok) throw new Wrong(answer.error);
  return answer.result;
}

export async function settings() {
  return (await fetch("sim/page")).json();
}

// Calls `heard` with every event after the number, and `state` with true or false as the line comes and goes.
export function listen(after, heard, state) {
  let last = after;
  let source;
  const open = () => {
    source = new EventSource(`sim/events?after=${last}`);
    source.onopen = () => state(true);
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      last = event.number;
      heard(event);
    };
    source.onerror = () => {
      state(false);
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 1500);
    };
  };
  open();
}

export function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
