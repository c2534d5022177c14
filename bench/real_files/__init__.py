"""`data_report` on files that nobody here wrote, each figure held against pandas and pyarrow.

    python -m bench.real_files FOLDER                    every data file below the folder
    python -m bench.real_files FOLDER --only json --keep verdicts.json

FOLDER holds checked-out public repositories, one in each folder (docs/real-files.md names them). Jobdeck runs in its
own environment; the others run in the one that `--reference` names, made from `bench/requirements-data.txt`. Each side
is a child that reads one file after the other, and that is ended and begun anew when it takes too long.
"""
