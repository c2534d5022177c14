"""`data_report` beside pandas and polars on the largest of some real files: time and memory, in one run.

    python -m bench.beside FOLDER                 the ten largest files that all three read
    python -m bench.beside FOLDER --rounds 5

Each reads the file and makes the same figures of every column: missing and distinct values, the ten most frequent,
least and greatest, mean, deviation, five quantiles, a histogram, lengths of text. `data_report` also finds out how the
file is written, tells dates, amounts and truth values from text, and writes its page; the others are told the
delimiter.

Each run is a process of its own. The seconds begin when the libraries are loaded, as they are in a worker; the memory
is the most that the process ever held, libraries included; in parentheses what of it came after they were loaded.
Rounds are interleaved, each second one the other way round.
"""
