// Follow a job: server-sent events while they work, otherwise questions, fewer when the page is hidden.
const POLL_SECONDS = 3;
const HIDDEN_SECONDS = 30;
const TROUBLES_BEFORE_POLLING = 3;

const ENDED = new Set(["succeeded", "failed", "cancelled"]);

export function hasEnded(state) {
  return ENDED.has(state);
}

function poll(address, { onJob, onTrouble }) {
  const ask = async () => {
    try {
      const reply = await fetch(address, { headers: { Accept: "application/json" } });
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      const job = await reply.json();
      onJob(job);
      if (hasEnded(job.state)) return;
    } catch (error) {
      onTrouble(error);
    }
    setTimeout(ask, 1000 * (document.hidden ? HIDDEN_SECONDS : POLL_SECONDS));
  };
  ask();
}

/** Call `onEvent` for every line of the log and `onJob` where only the state is known. */
export function follow({ events, job, last, onEvent, onJob, onTrouble }) {
  let troubles = 0;
  const source = new EventSource(last ? `${events}?after=${last}` : events);
  const take = (message) => {
    troubles = 0;
    onEvent(JSON.parse(message.data));
  };
  for (const name of ["message", "event", "report", "state", "progress"]) source.addEventListener(name, take);
  source.addEventListener("error", () => {
    troubles += 1;
    if (troubles < TROUBLES_BEFORE_POLLING && source.readyState !== EventSource.CLOSED) return;
    source.close();
    poll(job, { onJob, onTrouble });
  });
  return () => source.close();
}
