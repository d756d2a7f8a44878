"""Checks and support on a laptop, and the try-out from a checkout. Imports neither agent nor feed: it starts them."""
