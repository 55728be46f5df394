"""Item banks: import, versions, published revisions and parameter sets."""
