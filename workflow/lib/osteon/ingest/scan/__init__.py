"""Scan of a center's raw export: header index, patients, what each has for every role, the proposal of cases.tsv."""
