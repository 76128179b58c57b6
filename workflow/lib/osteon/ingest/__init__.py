"""From what a hospital exported to one clean image per role, or a reason why not."""
