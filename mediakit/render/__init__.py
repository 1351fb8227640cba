"""Rendering: pieces and joins, geometry, captions, graphics, sound, covers, streams. Text is laid out per geometry."""
