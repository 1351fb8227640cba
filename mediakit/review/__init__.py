"""Review: ordered sign-off by different named people, bound to a file's content."""
