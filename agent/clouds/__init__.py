"""The kind `cloud` on a laptop: which clients of public clouds are there, run, and have an account."""
