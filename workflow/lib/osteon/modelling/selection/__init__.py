"""Feature selection: steps that are chained, each fitted on training patients only."""
