"""What a version says of itself, as typed documents."""
