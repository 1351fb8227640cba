"""The command line: one small file a command group. The only place that prints and that ends the process."""
