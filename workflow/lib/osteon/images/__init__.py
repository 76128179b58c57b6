"""Images and masks in physical space: reading, bias field, intensities, grids."""
