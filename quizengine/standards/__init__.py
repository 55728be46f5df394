"""Standards: cut scores with the panel that set them, and decisions against them."""
