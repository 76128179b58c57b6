"""The configuration of a study: typed sections, loading, messages that say what to type."""
