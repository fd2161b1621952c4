"""What the import commands have in common: they run their job kind to its end in this process, for an administrator."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Role, User
from apps.jobs.models import JobState
from apps.jobs.running import run_inline
from apps.tiles.roots import trusting
from workers.errors import EarthScapeError


class ImportCommand(BaseCommand):
    kind: ClassVar[str]

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--owner", metavar="USERNAME", help="whose job it is (the first administrator's)")

    def handle(self, *args: Any, folder: Path, owner: str | None, **options: Any) -> None:
        folder = folder.resolve()
        self._last = ""
        try:
            with trusting(folder):
                job = run_inline(
                    kind=self.kind, params={"folder": str(folder)}, owner=find_owner(owner), progress=self._progress
                )
        except EarthScapeError as error:
            raise CommandError(str(error)) from error
        if job.state != JobState.SUCCEEDED:
            raise CommandError(job.error or f"The job {job.pk} ended as {job.get_state_display().lower()}.")
        for line in self.describe(job.result or {}):
            self.stdout.write(line)

    def describe(self, result: Mapping[str, Any]) -> list[str]:
        """Return the lines to print of what the recorder returned."""
        raise TypeError("An import command describes its result.")

    def _progress(
        self, stage: str, fraction: float, message: str = "", *, measures: Mapping[str, float] | None = None
    ) -> None:
        if message and message != self._last:
            self.stdout.write(f"{fraction:4.0%} {stage}: {message}")
            self._last = message


def find_owner(username: str | None) -> User:
    """Return the named user, or the first administrator."""
    if username:
        user = User.objects.filter(username=username).first()
    else:
        user = next((u for u in User.objects.filter(is_active=True).order_by("pk") if u.has_role(Role.ADMIN)), None)
    if user is None:
        who = f"There is no user {username!r}." if username else "There is no administrator yet."
        raise CommandError(f"{who} Make one with: script/manage createsuperuser")
    return user
