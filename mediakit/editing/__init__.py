"""Timelines made: from an edit file, from words that are said, from and to other programs' exchange files."""
