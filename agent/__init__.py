"""The agent on the laptop: two halves that meet on one line (agent/ipc.py)."""
