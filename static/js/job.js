// One job, live: progress, log and training curves.
import { dataOf, draw } from "./chart.js";
import { follow, hasEnded } from "./follow.js";
import { lossChart } from "./loss-chart.js";

const at = (name) => document.querySelector(`[data-${name}]`);
const settings = at("follow").dataset;
const seen = { id: Number(settings.last), measures: dataOf("measures-data") };
let view = null;
let drawing = false;

function lossPoints(rows) {
  const kinds = { train_loss: "training", val_loss: "validation" };
  return rows.flatMap((row, index) =>
    Object.entries(kinds)
      .filter(([name]) => Number.isFinite(row[name]))
      .map(([name, series]) => ({ epoch: row.epoch ?? index + 1, series, loss: row[name] })),
  );
}

async function showCurves() {
  const points = lossPoints(seen.measures);
  if (!points.length || drawing) return;
  at("chart-card").hidden = false;
  if (view) {
    view.data("points", points).runAsync();
    return;
  }
  drawing = true;
  view = await draw(document.getElementById("curves"), lossChart(points));
  drawing = false;
}

function showProgress({ stage, fraction }) {
  if (stage) at("stage").textContent = stage;
  if (!Number.isFinite(fraction)) return;
  at("progress").value = fraction;
  at("percent").textContent = `${(100 * fraction).toFixed(1)} %`;
}

function showState(state) {
  const badge = at("state").querySelector(".badge");
  if (!state || badge.classList.contains(state)) return;
  badge.className = `badge ${state}`;
  badge.textContent = state[0].toUpperCase() + state.slice(1);
}

function addLine({ at: time, fraction, stage, message }) {
  const log = at("log");
  const stuck = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const clock = time ? new Date(time).toISOString().slice(11, 19) : "";
  const part = Number.isFinite(fraction) ? `${Math.round(100 * fraction)} %` : "";
  const line = [clock, part.padStart(5), stage, message].filter((word) => word?.trim()).join("  ");
  log.append(`${log.textContent ? "\n" : ""}${line}`);
  if (stuck) log.scrollTop = log.scrollHeight;
}

function end() {
  at("live").textContent = "Finished. Loading the result…";
  setTimeout(() => window.location.reload(), 600);
}

function takeEvent(event) {
  if (event.id !== undefined && event.id <= seen.id) return;
  if (event.id !== undefined) seen.id = event.id;
  showProgress(event);
  showState(event.state);
  addLine(event);
  if (event.measures && Object.keys(event.measures).length) {
    seen.measures.push(event.measures);
    showCurves();
  }
}

function takeJob(job) {
  at("live").textContent = "Live updates are not available; asking every few seconds.";
  showProgress(job);
  showState(job.state);
}

function tellTrouble() {
  at("live").textContent = "The site does not answer. Trying again…";
}

showCurves();
at("log").scrollTop = at("log").scrollHeight;
if (!hasEnded(settings.state)) {
  follow({
    events: settings.events,
    job: settings.job,
    last: seen.id,
    onEvent: takeEvent,
    onJob: takeJob,
    onEnd: end,
    onTrouble: tellTrouble,
  });
}
