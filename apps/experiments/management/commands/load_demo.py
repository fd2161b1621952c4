import argparse
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Role, User
from apps.experiments.demo import Step, make_sources, region_steps, run_steps, split_step, submit_missing
from apps.jobs.health import worker_lives
from apps.jobs.models import Job, JobState
from apps.tiles.commands import find_owner
from workers.errors import EarthScapeError

POLL_SECONDS = 0.5
REPORT_SECONDS = 10.0
WORKERLESS_SECONDS = 60.0
RESEARCHER = Role.RESEARCHER.value  # as create_demo_accounts names it


class Command(BaseCommand):
    help = "Make the demo: two made regions processed by the worker, a split over them, three trained runs."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--owner", metavar="USERNAME", help="whose jobs they are (the demo researcher's)")

    def handle(self, *args: Any, owner: str | None, **options: Any) -> None:
        """Make what is missing, in three rounds that need each other.

        1. The source files, in a process of their own, and the regions from them.
        2. The split. 3. The runs.
        """
        user = self._owner(owner)
        self.stdout.write("Demo: source files (about a minute the first time)")
        try:
            self._work_off(region_steps(make_sources()), user)
            self._work_off([split_step()], user)
            self._work_off(run_steps(), user)
        except EarthScapeError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Demo: all there")

    def _owner(self, username: str | None) -> User:
        demo = User.objects.filter(username=RESEARCHER, is_active=True).first()
        return demo if demo and not username else find_owner(username)

    def _work_off(self, steps: list[Step], owner: User) -> None:
        for step, job in submit_missing(steps, owner=owner):
            self._wait(step, job)

    def _wait(self, step: Step, job: Job) -> None:
        """Follow a job to its end, a line whenever its stage changes or ten seconds have passed."""
        self.stdout.write(f"{step.title}: job {job.pk} ({job.kind})")
        told, at, idle_since = "", time.monotonic(), time.monotonic()
        while not job.is_finished:
            time.sleep(POLL_SECONDS)
            job.refresh_from_db()
            if job.state != JobState.QUEUED or worker_lives():
                idle_since = time.monotonic()
            if time.monotonic() - idle_since > WORKERLESS_SECONDS:
                raise CommandError(f"Job {job.pk} ({step.title}) waits, and no worker is running: start script/server.")
            line = f"{step.title}: {job.stage or job.get_state_display().lower()}"
            if line != told or time.monotonic() - at > REPORT_SECONDS:
                self.stdout.write(f"{job.fraction:4.0%} {line}")
                told, at = line, time.monotonic()
        if job.state != JobState.SUCCEEDED:
            reason = job.error or f"it was {job.get_state_display().lower()}"
            raise CommandError(f"Job {job.pk} ({step.title}) did not succeed: {reason}")
