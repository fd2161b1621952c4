import logging

from django.db.models import F
from django.db.models.functions import Now
from kombu import pools
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.jobs.models import Job, JobState

logger = logging.getLogger(__name__)
TASK = "apps.jobs.tasks.run_job"
# A request waits for this connection: no second try, no long silence.
HURRIED = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0,
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.3,
}


def publish(*, job_id: int, queue: str) -> bool:
    """Tell the workers that a job waits. A broker that is down is logged and left to the sweep."""
    if not send(job_id=job_id, queue=queue):
        return False
    Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        published_at=Now(), publish_count=F("publish_count") + 1
    )
    return True


def send(*, job_id: int, queue: str) -> bool:
    from earthscape_web.celery import app

    try:
        with pools.producers[app.connection_for_write(transport_options=HURRIED)].acquire(timeout=1) as producer:
            app.send_task(TASK, args=[job_id], queue=queue, producer=producer, retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("job %s could not be published, the sweep will do it: %s", job_id, error)
        return False
    return True


def queue_lengths(queues: list[str]) -> dict[str, int] | None:
    """How many messages wait in each queue; None when the broker does not answer."""
    from earthscape_web.celery import app

    try:
        with app.connection_for_write(transport_options=HURRIED) as connection:
            client = connection.default_channel.client
            return {queue: int(client.llen(queue)) for queue in queues}
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("the broker does not answer: %s", error)
        return None
