"""Accuracy of the redaction: labelled texts, what each redaction finds in them, and how that is scored."""
