"""Speech: who said what and when. Decoding sound, recognising words, importing transcripts, correcting them."""
