"""What MiniStack lacks, closed from inside its process."""
