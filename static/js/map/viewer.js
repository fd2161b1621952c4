// The map viewer: state in the address, layers on the map, a panel for the chosen tile.
import { fillChannels, fillLists, onChoice, setUnitsPossible, showState, tell } from "./controls.js";
import { MapLayers } from "./layers.js";
import { startSteps } from "./steps.js";
import { closePanel, offerOthers, onPanelClose, openPanel } from "./tile-panel.js";
import { readState, remember } from "./view-state.js";

const { L } = window;
const facts = JSON.parse(document.getElementById("facts").textContent);
const at = (name) => document.querySelector(`[data-${name}]`);
const NARROW = window.matchMedia("(max-width: 60rem)");

let state = readState(window.location.search);
let settled = false;

const map = L.map("map", {
  center: facts.start.centre,
  zoom: facts.start.zoom,
  minZoom: 4,
  maxZoom: 19,
  zoomControl: false,
  attributionControl: true,
});
map.attributionControl.setPrefix(false);
L.control.zoom({ position: "topright" }).addTo(map);
L.control.scale({ position: "bottomleft" }).addTo(map);
const layers = new MapLayers(map, facts, tell);

function regionOf(slug) {
  return facts.regions.find((region) => region.slug === slug);
}

/** Fill in what the address leaves open: the first region with rasters, its first class, split and run. */
function completed(given) {
  const region = regionOf(given.region) ?? facts.regions.find((entry) => entry.channels.length) ?? facts.regions[0];
  const channels = region?.channels.map((channel) => channel.name) ?? [];
  const first = { class: facts.units[0]?.symbol, split: facts.splits[0]?.id, run: facts.runs[0]?.id };
  const filled = Object.fromEntries(
    Object.entries(first).map(([name, value]) => [name, given[name] || String(value ?? "")]),
  );
  return {
    ...given,
    ...filled,
    region: region?.slug ?? "",
    channel: channels.includes(given.channel) ? given.channel : "",
  };
}

/** Without more than a region in the address, the map begins with something to see. */
function firstView(given) {
  const bare = [...new URLSearchParams(window.location.search).keys()].every((name) => name === "region");
  const region = regionOf(given.region);
  if (!bare || !region) return given;
  const channel = ["dem", "rgb"].find((name) => region.channels.some((entry) => entry.name === name)) ?? "";
  return { ...given, channel, colour: region.channels.length ? "none" : "class" };
}

function goTo({ region, at: place }) {
  if (place) {
    map.setView([place[0], place[1]], place[2], { animate: false });
    return;
  }
  const bounds = regionOf(region)?.bounds;
  const below =
    NARROW.matches && !document.getElementById("controls").hidden
      ? document.getElementById("controls").offsetHeight
      : 0;
  const padding = { animate: false, paddingTopLeft: [16, 16], paddingBottomRight: [16, 16 + below] };
  if (bounds) {
    map.fitBounds(
      [
        [bounds[1], bounds[0]],
        [bounds[3], bounds[2]],
      ],
      padding,
    );
  }
}

function show() {
  const region = regionOf(state.region);
  fillChannels(region);
  setUnitsPossible(Boolean(region?.hasUnits));
  showState(state);
  layers.show(state);
  at("made").hidden = !region?.made;
  at("map-empty").hidden = facts.regions.length > 0;
}

function runsShown() {
  return state.colour === "run" ? state.run : "";
}

async function showTile({ focus = false } = {}) {
  if (!state.tile) {
    closePanel();
    layers.select(null);
    return;
  }
  openPanel(state.tile, { runs: runsShown(), focus });
  const reply = await fetch(`/api/v1/tiles/${encodeURIComponent(state.tile)}`).catch(() => null);
  const tile = reply?.ok ? await reply.json() : null;
  layers.select(tile?.geometry);
  if (tile?.geometry) bringIntoSight(L.geoJSON(tile.geometry).getBounds().getCenter());
}

/** On a narrow screen the panel covers the lower part of the map. */
function bringIntoSight(place) {
  const below = NARROW.matches ? at("panel").offsetHeight : 0;
  map.panInside(place, { paddingTopLeft: [40, 40], paddingBottomRight: [40, 40 + below], animate: false });
}

function change(part, { step = true } = {}) {
  state = completed({ ...state, ...part });
  remember(state, { step });
  show();
}

function choose(name, value) {
  if (name === "region") {
    change({ region: value, at: null, tile: "" });
    goTo(state);
    showTile();
    return;
  }
  change({ [name]: value }, { step: name !== "opacity" });
  if (state.tile && ["colour", "run"].includes(name)) showTile();
}

function chooseTile(tile, { focus = false, others = [] } = {}) {
  if (tile && NARROW.matches) toggleControls(false);
  change({ tile: tile ? String(tile.id) : "" });
  offerOthers(others, (other) =>
    chooseTile(other, { focus: true, others: [tile, ...others.filter((entry) => entry !== other)] }),
  );
  showTile({ focus });
}

function nearestFirst(features, { lat, lng }) {
  const distance = (feature) => {
    const middle = L.geoJSON(feature.geometry).getBounds().getCenter();
    return (middle.lat - lat) ** 2 + (middle.lng - lng) ** 2;
  };
  return features.filter((feature) => feature.geometry).sort((a, b) => distance(a) - distance(b));
}

async function pick(point, { focus }) {
  const place = point.wrap();
  const query = new URLSearchParams({ contains: `${place.lng.toFixed(7)},${place.lat.toFixed(7)}`, page_size: "12" });
  if (state.region) query.set("region", state.region);
  const reply = await fetch(`/api/v1/tiles?${query}`).catch(() => null);
  if (!reply?.ok) {
    tell("The tiles at this place could not be loaded. Try again.");
    return;
  }
  const { results } = await reply.json();
  const [first, ...others] = nearestFirst(results.features ?? results, place);
  tell(first ? `Tile ${first.properties.patch_id}` : "No tile here.");
  chooseTile(first ?? null, { others, focus });
}

function keepPlace() {
  if (!settled) return;
  const { lat, lng } = map.getCenter();
  state = { ...state, at: [Number(lat.toFixed(5)), Number(lng.toFixed(5)), map.getZoom()] };
  remember(state, { step: false });
}

/** The panel takes its room before the map is placed in what is left. */
function arrive() {
  showTile();
  map.invalidateSize({ pan: false });
  goTo(state);
  show();
}

function restore() {
  settled = false;
  state = completed(readState(window.location.search));
  arrive();
  settled = true;
}

function tellCoordinates({ latlng }) {
  at("coordinates").textContent = `${latlng.lat.toFixed(5)}°, ${latlng.lng.toFixed(5)}°`;
}

function toggleControls(open) {
  document.getElementById("controls").hidden = !open;
  at("layers").setAttribute("aria-expanded", String(open));
}

async function copyLink() {
  keepPlace();
  try {
    await navigator.clipboard.writeText(window.location.href);
    tell("The link is copied.");
  } catch {
    tell("Copy the address of this page: it holds the view.");
  }
}

function listen() {
  onChoice(choose);
  onPanelClose(() => {
    chooseTile(null);
    document.getElementById("map").focus();
  });
  map.on("click", ({ latlng }) => pick(latlng, { focus: false }));
  map.on("moveend", keepPlace);
  map.on("mousemove", tellCoordinates);
  map
    .getContainer()
    .addEventListener(
      "keydown",
      (event) => event.key === "Enter" && event.target === map.getContainer() && pick(map.getCenter(), { focus: true }),
    );
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());
  window.addEventListener("popstate", restore);
  at("copy-link").addEventListener("click", copyLink);
  at("layers").addEventListener("click", () => toggleControls(document.getElementById("controls").hidden));
}

function start() {
  fillLists(facts);
  startSteps();
  if (NARROW.matches) toggleControls(!at("steps").hidden);
  state = firstView(completed(state));
  arrive();
  listen();
  settled = true;
}

start();
