// A pattern for each map unit, so that its colour is not the only sign. All repeat after 8 or 16 pixels and so meet across map tiles.
const INK = "rgb(36 33 27 / 62%)";

function line(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}

function dot(pen, x, y) {
  pen.beginPath();
  pen.arc(x, y, 1, 0, 2 * Math.PI);
  pen.fill();
}

const DRAWINGS = [
  (pen) => {
    line(pen, [
      [0, 0],
      [16, 16],
    ]);
    line(pen, [
      [16, 0],
      [0, 16],
    ]);
  },
  (pen) => {
    dot(pen, 4, 4);
    dot(pen, 12, 12);
  },
  (pen) => {
    line(pen, [
      [4, 10],
      [8, 5],
      [12, 10],
    ]);
  },
  (pen) => {
    line(pen, [
      [0, 4],
      [16, 4],
    ]);
    line(pen, [
      [0, 12],
      [16, 12],
    ]);
  },
  (pen) => {
    line(pen, [
      [0, 16],
      [16, 0],
    ]);
  },
  (pen) => {
    line(pen, [
      [0, 0],
      [16, 16],
    ]);
    line(pen, [
      [8, 0],
      [16, 8],
    ]);
    line(pen, [
      [0, 8],
      [8, 16],
    ]);
  },
  () => {},
];
const cache = new Map();

/** The pattern of the map unit at a position of the catalogue, transparent between its strokes. */
export function patternOf(pen, index) {
  const key = index % DRAWINGS.length;
  if (!cache.has(key)) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 16;
    const small = canvas.getContext("2d");
    small.strokeStyle = small.fillStyle = INK;
    small.lineWidth = 1;
    DRAWINGS[key](small);
    cache.set(key, canvas);
  }
  return pen.createPattern(cache.get(key), "repeat");
}

/** A swatch for the legend: colour and pattern as on the map. */
export function swatch(colour, index) {
  const canvas = document.createElement("canvas");
  canvas.width = 32;
  canvas.height = 20;
  canvas.className = "swatch";
  canvas.setAttribute("aria-hidden", "true");
  const pen = canvas.getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 32, 20);
  if (index !== undefined) {
    pen.fillStyle = patternOf(pen, index);
    pen.fillRect(0, 0, 32, 20);
  }
  return canvas;
}
