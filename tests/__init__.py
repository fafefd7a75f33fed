"""All tests. Packages, so that files in different folders may have the same name."""
