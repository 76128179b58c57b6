"""Reading and writing: atomic files, case status, reason codes."""
