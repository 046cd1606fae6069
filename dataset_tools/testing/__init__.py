"""What users need to test their own converters and packages."""
