"""Places, distances, grids: pure functions that every other floor rests on."""
