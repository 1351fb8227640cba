"""Values shared by all rooms: times, spans, cues, transcripts, media facts, digests. No processes."""
