"""The drawn map: a picture of one layer, month and area with everything a reader must be told."""
