"""Quality checks: what a finished file measures, against what its channel asks for."""
