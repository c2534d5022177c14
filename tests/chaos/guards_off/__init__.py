"""Files that switch one guard of Jobdeck off, given to an instance with `--jobs` beside the kinds: the proof that the
invariants of a round see what the guard prevents.
"""
