"""Columns that many canonical tables share, and the short names of the sensitivities.

Belongs here: nothing that only one table has. The tables are declared in `schemas.canonical` (what a census reads) and
`schemas.canonical_feeds` (what only feeds read).
"""

from schemas.table import Sensitivity, date, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL
CONT, SPEC, PROT = Sensitivity.CONTACT, Sensitivity.SPECIAL, Sensitivity.PROTECTED

SOURCE = text("source", REF, "Reference (href) of the MIS object this row was read from", required=True)
PUPIL_ID = text("pupil_id", REF, "The MIS's own id of the pupil, as text", required=True)
START = date("start_date", PERS, "First day the row holds")
END = date("end_date", PERS, "Last day the row holds; null while open")
