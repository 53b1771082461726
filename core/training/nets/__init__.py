"""The nets, their features, and what is shipped of them."""
