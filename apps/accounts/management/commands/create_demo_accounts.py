from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.accounts.demo import make_demo_accounts


class Command(BaseCommand):
    help = "Make a demo administrator, curator and researcher, and write how to sign in to a private file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = settings.BASE_DIR / "var" / "credentials.json"
        parser.add_argument("--file", type=Path, default=default, help=f"default {default}")

    def handle(self, *args: Any, **options: Any) -> None:
        made = make_demo_accounts(options["file"])
        self.stdout.write(f"{'Wrote' if made else 'Nothing to do:'} {options['file']}")
