"""Reading published runs: `read_runs` is the compute of the kind `import-runs`."""

from workers.evaluation.published.read import read_runs

__all__ = ["read_runs"]
