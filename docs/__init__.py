"""What describes the pipeline to those who use it, generated from what the pipeline is."""
