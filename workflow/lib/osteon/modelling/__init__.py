"""From features to frozen models: splits, fits inside the training rows, a ledger of what each fit has seen."""
