"""Fields: named places of a picture, what they may hold, and what they hold.

Handed in are a file that names them (TOML) and frames; handed out is a FieldValue for each name and frame. Each field
is cut out, brought to the size at which digits are read best, and read by recognition's stages; of all readings that
its form allows the best is chosen, and from frame to frame a value settles by the field's rules.
"""
