"""Tools: starting ffmpeg, opening media safely, finding models and fonts. No policy."""
