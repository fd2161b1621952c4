"""Training of networks on tiles. torch lives here and in `workers.evaluation.evaluate` only."""

import os

# Threads that wait for each other by spinning make training twenty times slower as soon as another process wants a
# core, as the site and its database do. OpenMP reads this when torch is loaded, which is after this line.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
