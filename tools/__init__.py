"""What makes the files this project ships."""
