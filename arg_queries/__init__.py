"""Ask Azure Resource Graph. One query a file; every answer is complete or says what is missing."""
