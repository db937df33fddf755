"""The text side: from Vietnamese text to labels. Knows nothing of the web or of the index."""
