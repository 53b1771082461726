"""Commands about a performance: made, corrected, checked, looked at, handed on."""
