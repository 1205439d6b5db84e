"""What others have written, behind our front doors: test suites of frameworks, and whole applications."""
