"""What is told to whom, whether it arrived, whether it was confirmed."""
