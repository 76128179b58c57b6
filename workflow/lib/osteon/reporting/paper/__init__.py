"""Tables of the manuscript: built from the result files, and written as CSV, XLSX, DOCX and HTML."""
