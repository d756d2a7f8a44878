"""Set-up, trying out, and (later) checks and support on a laptop. Imports neither agent, feed nor policy."""
