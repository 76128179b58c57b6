"""Audit of printed tables: which of their numbers come out, which are possible, and which cannot be true."""
