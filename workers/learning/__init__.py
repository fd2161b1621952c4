"""Training of networks on tiles. torch lives here and in `workers.evaluation.evaluate` only."""
