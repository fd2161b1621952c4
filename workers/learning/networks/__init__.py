"""Networks that map tiles of any number of channels to one logit per class."""
