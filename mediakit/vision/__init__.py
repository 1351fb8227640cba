"""What is seen in a picture: shots, faces, text on screen, movement, stills. Usable without the engine."""
