"""De-identification at the center, and the guard that keeps patient data out of a repository."""
