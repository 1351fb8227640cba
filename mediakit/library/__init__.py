"""The asset library: what was filmed, found again by name, note, series, column, tag or spoken word."""
