"""The report: figures, tables as journals print them, the flow of patients, and the page START_HERE.html."""
