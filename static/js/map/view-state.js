// What the map shows, to the address and back, so that a link restores what its writer saw.
export const DEFAULTS = {
  region: "",
  channel: "",
  opacity: 80,
  units: false,
  colour: "none",
  class: "",
  split: "",
  run: "",
  tile: "",
  at: null,
};
const TEXTS = ["region", "channel", "colour", "class", "split", "run", "tile"];

function parsePlace(text) {
  const parts = (text ?? "").split(",").map(Number);
  return parts.length === 3 && parts.every(Number.isFinite) ? parts : null;
}

function parseOpacity(text) {
  const value = Number(text ?? DEFAULTS.opacity);
  return Number.isFinite(value) ? Math.min(100, Math.max(0, value)) : DEFAULTS.opacity;
}

export function readState(search) {
  const query = new URLSearchParams(search);
  const texts = Object.fromEntries(TEXTS.map((name) => [name, query.get(name) ?? DEFAULTS[name]]));
  return {
    ...DEFAULTS,
    ...texts,
    opacity: parseOpacity(query.get("opacity")),
    units: query.get("units") === "1",
    at: parsePlace(query.get("at")),
  };
}

export function toQuery(state) {
  const query = new URLSearchParams();
  for (const name of TEXTS) if (state[name] && state[name] !== DEFAULTS[name]) query.set(name, state[name]);
  if (state.opacity !== DEFAULTS.opacity) query.set("opacity", state.opacity);
  if (state.units) query.set("units", "1");
  if (state.at) query.set("at", state.at.join(","));
  return `?${query}`.replaceAll("%2C", ",");
}

/** A choice makes a step that "back" undoes; a movement of the map only corrects the address. */
export function remember(state, { step }) {
  const address = window.location.pathname + toQuery(state);
  if (address === window.location.pathname + window.location.search) return;
  if (step) window.history.pushState(null, "", address);
  else window.history.replaceState(null, "", address);
}
