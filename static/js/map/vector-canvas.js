// A Leaflet layer that fetches vector map tiles and lets a painter draw them; repainting needs no new request.
const { L, protomapsL } = window;

export const VectorCanvas = L.GridLayer.extend({
  initialize({ url, layer, paint, pane }) {
    L.GridLayer.prototype.initialize.call(this, { pane, updateWhenZooming: false, keepBuffer: 1 });
    this._layer = layer;
    this._paint = paint;
    this._source = new protomapsL.ZxySource(
      new URL(url, window.location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}"),
      false,
    );
  },

  createTile(coords, done) {
    const canvas = document.createElement("canvas");
    const side = this.getTileSize().x;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = side * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    this._fill(canvas, coords, side).then(
      () => done(null, canvas),
      (error) => done(error, canvas),
    );
    return canvas;
  },

  async _fill(canvas, coords, side) {
    const layers = await this._source.get({ x: coords.x, y: coords.y, z: coords.z }, side);
    canvas.features = layers.get(this._layer) ?? [];
    this._draw(canvas);
  },

  _draw(canvas) {
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const feature of canvas.features) this._paint(pen, feature);
  },

  repaint(paint) {
    this._paint = paint;
    for (const { el } of Object.values(this._tiles)) if (el.features) this._draw(el);
  },
});
