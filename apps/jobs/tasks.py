from celery import Task, shared_task

from apps.jobs import running, sweeping


@shared_task(name="apps.jobs.tasks.run_job", bind=True, ignore_result=True)
def run_job(self: Task[[int], None], job_id: int) -> None:
    running.run(job_id=int(job_id), worker=self.request.hostname or "")


@shared_task(name="apps.jobs.tasks.sweep", ignore_result=True)
def sweep() -> None:
    sweeping.sweep()
