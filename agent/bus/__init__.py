"""D-Bus: the one part of the agent with asyncio, on one named thread that everything here shares (thread.py)."""
