"""What is asked of a workstation, what breaks it, and what may be said of it: pure, the part an auditor reads."""
