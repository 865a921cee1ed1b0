"""Publishing: a release goes to the Hugging Face Hub whole, or not at all."""
