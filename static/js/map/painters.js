// How features of vector map tiles are drawn: fill, pattern or sign, so that colour never stands alone.
import { patternOf } from "./patterns.js";

const INK = "#24211b";
const SMALLEST_SIGN = 13;

export const SUBSETS = {
  train: { label: "Training", colour: "#8fb59a", sign: "" },
  val: { label: "Validation", colour: "#e0b04e", sign: "v" },
  test_id: { label: "Test, in domain", colour: "#3a6ea5", sign: "t", light: true },
  test_cd: { label: "Test, cross domain", colour: "#8a3f74", sign: "x", light: true },
};
export const OUTCOMES = {
  tp: { label: "Right: it is there (true positive)", colour: "#2d6a4f", sign: "✓", light: true },
  fp: { label: "Wrongly seen (false positive)", colour: "#d9822b", sign: "✕" },
  fn: { label: "Missed (false negative)", colour: "#a3293d", sign: "○", light: true },
  tn: { label: "Right: it is absent (true negative)", colour: "#c3beab", sign: "" },
};
export const PRESENCE = {
  yes: { label: "Present", colour: "#b0571e", sign: "", light: true },
  no: { label: "Absent", colour: "#cbc3ac", sign: "" },
};

function trace(pen, rings) {
  pen.beginPath();
  for (const ring of rings) {
    ring.forEach(({ x, y }, index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
  }
}

export function paintUnits(units) {
  const places = new Map(units.map((unit, index) => [unit.symbol, index]));
  return (pen, { geom, props, bbox }) => {
    trace(pen, geom);
    pen.globalAlpha = 0.6;
    pen.fillStyle = props.colour;
    pen.fill("evenodd");
    pen.globalAlpha = 1;
    pen.fillStyle = patternOf(pen, places.get(props.symbol) ?? 0);
    pen.fill("evenodd");
    pen.strokeStyle = "rgb(36 33 27 / 70%)";
    pen.lineWidth = 1;
    pen.stroke();
    if (bbox.maxX - bbox.minX > 60 && bbox.maxY - bbox.minY > 30) writeSymbol(pen, props.symbol, bbox);
  };
}

/** The place nearest the middle of what is traced where the symbol stands wholly inside it, if there is one. */
function roomFor(pen, bbox) {
  const ratio = pen.getTransform().a;
  const clamp = (value) => Math.min(232, Math.max(24, value));
  const [left, right, top, bottom] = [clamp(bbox.minX), clamp(bbox.maxX), clamp(bbox.minY), clamp(bbox.maxY)];
  const inside = (x, y) => pen.isPointInPath(x * ratio, y * ratio, "evenodd");
  let found = null;
  for (let y = top; y <= bottom; y += 16) {
    for (let x = left; x <= right; x += 16) {
      const away = (x - (left + right) / 2) ** 2 + (y - (top + bottom) / 2) ** 2;
      if (found && found.away <= away) continue;
      if ([-18, 0, 18].every((dx) => inside(x + dx, y - 9) && inside(x + dx, y + 9))) found = { x, y, away };
    }
  }
  return found;
}

function writeSymbol(pen, symbol, bbox) {
  const spot = roomFor(pen, bbox);
  if (!spot) return;
  pen.font = "600 12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineWidth = 3;
  pen.strokeStyle = "rgb(255 254 251 / 85%)";
  pen.strokeText(symbol, spot.x, spot.y);
  pen.fillStyle = INK;
  pen.fillText(symbol, spot.x, spot.y);
}

/** Tiles overlap by half, so a square is drawn as its middle quarter: the quarters of neighbours meet and hide nothing. */
function middle({ bbox, props }) {
  const share = props.tiles ? 1 : 0.5;
  const width = (bbox.maxX - bbox.minX) * share;
  const height = (bbox.maxY - bbox.minY) * share;
  return { x: (bbox.minX + bbox.maxX - width) / 2, y: (bbox.minY + bbox.maxY - height) / 2, width, height };
}

function paintLook(pen, box, look) {
  const gap = Math.min(1, box.width / 8);
  pen.globalAlpha = 0.82;
  pen.fillStyle = look.colour;
  pen.fillRect(box.x, box.y, box.width - gap, box.height - gap);
  pen.globalAlpha = 1;
  if (!look.sign || box.width < SMALLEST_SIGN) return;
  pen.fillStyle = look.light ? "#fff" : INK;
  pen.font = `600 ${Math.min(16, Math.floor(box.width * 0.6))}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(look.sign, box.x + box.width / 2, box.y + box.height / 2);
}

export function paintOutlines() {
  return (pen, feature) => {
    const box = middle(feature);
    pen.strokeStyle = "rgb(36 33 27 / 55%)";
    pen.lineWidth = 1;
    pen.strokeRect(box.x, box.y, box.width, box.height);
  };
}

export function paintPresence(bit) {
  return (pen, feature) => {
    const held = (Number(feature.props.classes ?? 0) >> bit) & 1;
    paintLook(pen, middle(feature), held ? PRESENCE.yes : PRESENCE.no);
  };
}

export function paintSubsets() {
  return (pen, feature) => {
    const look = SUBSETS[feature.props.subset];
    if (look) paintLook(pen, middle(feature), look);
  };
}

export function paintOutcomes() {
  return (pen, feature) => {
    const look = OUTCOMES[feature.props.outcome];
    if (look) paintLook(pen, middle(feature), look);
  };
}
