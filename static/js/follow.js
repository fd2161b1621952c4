// Follow a job: server-sent events while they work, otherwise questions, fewer when the page is hidden.
const POLL_SECONDS = 3;
const HIDDEN_SECONDS = 30;
const TROUBLES_BEFORE_POLLING = 3;

const ENDED = new Set(["succeeded", "failed", "cancelled"]);

export function hasEnded(state) {
  return ENDED.has(state);
}

function poll(address, { onJob, onEnd, onTrouble }) {
  const ask = async () => {
    try {
      const reply = await fetch(address, { headers: { Accept: "application/json" } });
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      const job = await reply.json();
      onJob(job);
      if (hasEnded(job.state)) {
        onEnd();
        return;
      }
    } catch (error) {
      onTrouble(error);
    }
    setTimeout(ask, 1000 * (document.hidden ? HIDDEN_SECONDS : POLL_SECONDS));
  };
  ask();
}

/** Call `onEvent` for every line of the log, `onJob` where only the state is known, `onEnd` when the job has ended. */
export function follow({ events, job, last, onEvent, onJob, onEnd, onTrouble }) {
  let troubles = 0;
  const source = new EventSource(last ? `${events}?after=${last}` : events);
  source.addEventListener("open", () => {
    troubles = 0;
  });
  source.addEventListener("message", (message) => onEvent(JSON.parse(message.data)));
  source.addEventListener("finished", () => {
    source.close();
    onEnd();
  });
  source.addEventListener("error", () => {
    troubles += 1;
    if (troubles < TROUBLES_BEFORE_POLLING && source.readyState !== EventSource.CLOSED) return;
    source.close();
    poll(job, { onJob, onEnd, onTrouble });
  });
}
