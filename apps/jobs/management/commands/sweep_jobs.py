from typing import Any

from django.core.management.base import BaseCommand

from apps.jobs.sweeping import sweep


class Command(BaseCommand):
    help = "Put right what crashes, restarts and lost messages have left; the beat does the same every 15 seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        done = sweep()
        self.stdout.write(f"cancelled {done.cancelled}, taken back {done.taken_back}, published {done.published}")
