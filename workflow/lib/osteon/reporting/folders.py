"""What lies in each folder of a study's results, in two lines each."""

from __future__ import annotations

GUIDES: dict[str, str] = {
    "00_simulated": "Raw DICOM of simulated patients, as a hospital would send it, with the true masks beside it.\n"
    "Only simulated studies have this folder; nothing in it is about real people.\n",
    "01_cohort": "Who was included (cases_included.tsv), who was not and why (cases_excluded.tsv), and scanners.\n"
    "The numbers of flow_diagram.svg are in flow.tsv; outcomes of external hospitals are kept apart in external/.\n",
    "02_images": "One folder per patient: native/ as acquired, preprocessed/ after bias correction and normalisation.\n"
    "contact/ has them all as thumbnails; each ingest.json, and quality.tsv for all, say what was found.\n",
    "03_segmentations": "One mask per patient, with integer labels, on the grid of the segmented sequence.\n"
    "agreement.tsv compares them with manual ones, where there are any; review.html shows those to look at.\n",
    "04_features": "center-*/features.tsv has one row per patient; dictionary.tsv says what each column is.\n"
    "missing.tsv has the reason for every missing value; settings.json what the values were computed with.\n",
    "05_harmonisation": "How much the features tell about their hospital, before and after ComBat.\n"
    "Description: models read only who belongs to which batch (batches_development.tsv).\n",
    "06_models": "splits.tsv says who trained and who tested; each model's folder has its frozen form, bundle.\n"
    "fits.tsv lists which patients every fitted object has seen.\n",
    "07_validation": "How the frozen models did: internal/ in test patients, external/ in hospitals they never saw.\n"
    "resampling/ judges the procedure, null_run/ shuffled outcomes; leakage_audit.tsv is the proof of separation.\n",
    "08_applied": "Predictions of frozen models of earlier studies, and how good they are where outcomes exist.\n"
    "notes.tsv says what could not be compared with the patients that the models learned from.\n",
    "09_paper": "Tables and figures for the manuscript, each number as it is printed.\n"
    "page/ has the tables of START_HERE.html, to whose cells its numbers link.\n",
    "10_hospitals": "A page for each hospital: its numbers, what to distrust, and its cases one by one.\n"
    "The folder of a hospital has the tables of its page, to whose cells the numbers link.\n",
    "provenance": "What was run: the configuration, the software, the inputs' SHA-256, the files of the workflow.\n"
    "With these and the same data, the same tables come out; timings.tsv says how long each step took.\n",
}
