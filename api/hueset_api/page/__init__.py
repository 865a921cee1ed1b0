"""The page for people: templates, charts, words, and the files a browser asks for."""
