// The layers on the map, each made, changed and taken away as the state says.
import { showChannelLegend, showLooks, showUnits } from "./legends.js";
import {
  OUTCOMES,
  PRESENCE,
  SUBSETS,
  paintOutcomes,
  paintOutlines,
  paintPresence,
  paintSubsets,
  paintUnits,
} from "./painters.js";
import { VectorCanvas } from "./vector-canvas.js";

const { L } = window;
const at = (name) => document.querySelector(`[data-${name}]`);
const BEYOND_NATIVE = 3;
const MOST_DASHED = 300;

function vectorUrl(layer, query) {
  return `/maptiles/vector/${layer}/{z}/{x}/{y}.pbf?${new URLSearchParams(query)}`;
}

/** Which vector layer shows the tiles in a colour mode, and how; null where something is still to be chosen. */
function tileLook(state, facts) {
  const region = state.region;
  const bit = facts.units.findIndex((unit) => unit.symbol === state.class);
  const split = facts.splits.find((entry) => String(entry.id) === String(state.split));
  const looks = {
    outline: () => ({ layer: "tiles", query: { region }, paint: paintOutlines(), looks: [] }),
    class: () =>
      bit >= 0 && { layer: "tiles", query: { region }, paint: paintPresence(bit), looks: Object.values(PRESENCE) },
    split: () =>
      split && {
        layer: "splits",
        name: "tiles",
        query: { region, split: split.name },
        paint: paintSubsets(),
        looks: Object.values(SUBSETS),
      },
    run: () =>
      state.run &&
      state.class && {
        layer: "errors",
        query: { region, run: state.run, class: state.class },
        paint: paintOutcomes(),
        looks: Object.values(OUTCOMES),
      },
  };
  return looks[state.colour]?.() || null;
}

/** A boundary of a few lines is dashed; one that follows thousands of footprints would hide them, and is drawn faintly. */
function outlineLook(geometry) {
  const corners = geometry.coordinates.flat(Infinity).length / 2;
  return corners > MOST_DASHED ? { weight: 1, opacity: 0.3 } : { weight: 1.5, dashArray: "6 4" };
}

export class MapLayers {
  constructor(map, facts, onTrouble) {
    Object.assign(this, { map, facts, onTrouble, made: {}, selected: null });
    for (const [name, index] of [
      ["raster", 210],
      ["units", 220],
      ["tiles", 230],
    ]) {
      map.createPane(name).style.zIndex = index;
    }
  }

  show(state) {
    this.showRaster(state);
    this.showUnits(state);
    this.showTiles(state);
    this.showOutline(state.region);
  }

  /** Put a layer in the place of the one before, if what it is made of has changed. */
  replace(name, key, make) {
    const before = this.made[name];
    if (before?.key === key) return before.layer;
    before?.layer?.remove();
    const layer = key ? make() : null;
    layer?.on("tileerror", () => this.onTrouble("Part of the map could not be loaded. Move the map to try again."));
    layer?.addTo(this.map);
    this.made[name] = { key, layer };
    return layer;
  }

  async showRaster({ region, channel, opacity }) {
    const key = channel ? `${region}/${channel}` : "";
    if (this.made.raster?.key === key) {
      this.made.raster.layer?.setOpacity(opacity / 100);
      return;
    }
    this.replace("raster", "", null);
    this.made.raster = { key, layer: null };
    showChannelLegend(at("channel-legend"), null);
    if (!key) return;
    const reply = await fetch(`/maptiles/raster/${key}/tilejson.json`).catch(() => null);
    if (this.made.raster.key !== key) return;
    if (reply?.ok) this.addRaster(await reply.json(), key, opacity);
    else this.onTrouble("This channel could not be loaded.");
  }

  addRaster(tilejson, key, opacity) {
    const [west, south, east, north] = tilejson.bounds;
    const path = tilejson.tiles[0].replace(/^https?:\/\/[^/]+/, "");
    const options = {
      pane: "raster",
      opacity: opacity / 100,
      bounds: [
        [south, west],
        [north, east],
      ],
      maxNativeZoom: Math.min(tilejson.maxzoom + 1, 22),
      maxZoom: tilejson.maxzoom + 1 + BEYOND_NATIVE,
      attribution: tilejson.attribution,
    };
    this.made.raster = { key: "", layer: null };
    this.replace("raster", key, () => L.tileLayer(path, options));
    showChannelLegend(at("channel-legend"), tilejson.legend);
  }

  showUnits({ region, units }) {
    const known = this.facts.regions.find((entry) => entry.slug === region)?.hasUnits;
    const key = units && known ? region : "";
    this.replace(
      "units",
      key,
      () =>
        new VectorCanvas({
          url: vectorUrl("map-units", { region }),
          layer: "map-units",
          paint: paintUnits(this.facts.units),
          pane: "units",
        }),
    );
    showUnits(at("unit-legend"), this.facts.units, { visible: Boolean(key) });
  }

  showTiles(state) {
    const look = tileLook(state, this.facts);
    const url = look ? vectorUrl(look.layer, look.query) : "";
    const layer = this.replace(
      "tiles",
      url,
      () => new VectorCanvas({ url, layer: look.name ?? look.layer, paint: look.paint, pane: "tiles" }),
    );
    if (look) layer.repaint(look.paint);
    showLooks(at("tile-legend"), look?.looks ?? []);
    at("tile-note").textContent =
      look && state.colour !== "none"
        ? "Tiles overlap by half; each is drawn as its middle quarter. Far out, a square stands for the most frequent of its tiles."
        : "";
  }

  async showOutline(region) {
    if (this.made.outline?.key === region) return;
    this.replace("outline", "", null);
    this.made.outline = { key: region, layer: null };
    if (!region) return;
    const reply = await fetch(`/api/v1/regions/${encodeURIComponent(region)}`).catch(() => null);
    const feature = reply?.ok ? await reply.json() : null;
    if (this.made.outline.key !== region || !feature?.geometry) return;
    this.made.outline = { key: "", layer: null };
    this.replace("outline", region, () =>
      L.geoJSON(feature, {
        interactive: false,
        style: { color: "#24211b", fill: false, ...outlineLook(feature.geometry) },
      }),
    );
  }

  select(geometry) {
    this.selected?.remove();
    this.selected =
      geometry &&
      L.geoJSON(geometry, { interactive: false, style: { color: "#1b5fa6", weight: 3, fillOpacity: 0.08 } }).addTo(
        this.map,
      );
  }
}
