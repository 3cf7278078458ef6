"""Much to read: pictures and videos by the thousand, on all cores of a machine or on those of a cluster.

Handed in are the paths and addresses of pictures and videos, and what makes a reader; out come results in the order of
the inputs, the same however many processes read, whichever of them dies. Paths and ranges of frames go to the
processes, rows come back, never frames. It may import from live, fields, profiles, outputs,
annotate, recognition, sources and engines.
"""
