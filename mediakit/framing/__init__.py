"""Which part of a picture a frame of another shape shows: cameras over people, text and movement."""
