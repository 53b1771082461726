"""What the editor sees: one form as a Fusion window or a page in the browser."""
