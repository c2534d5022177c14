"""A long history: `seed` makes a believable one in an empty database, `measure` tells how fast Jobdeck reads it."""
