"""Subtitles: cues from a transcript under a profile, subtitle files, checks. Drawing them on a picture is render's."""
