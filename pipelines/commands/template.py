"""The files a school fills in for a census: `waybill template URN COLLECTION`.

Belongs here: parsing and presenting. What is written, and where, is `pipelines.actions.template`.
"""

from pipelines.actions import template as action
from pipelines.commands.asking import As, Json, Period, School, context
from pipelines.screen import say, say_json
from schemas.wording import counted


def template(school: School, period: Period, actor: As = "", as_json: Json = False) -> None:
    """Write the files a school fills in for a census: what only it knows. Never writes over one that is there."""
    made = action.template(context(actor), school, period)
    if as_json:
        say_json(made)
        return
    for file in made.written:
        say(f"Written: {file}")
    for file in made.kept:
        say(f"Left as it is: {file}")
    if not made.of_the_school:
        say("There is no school file to fill in: this term asks nothing of the school itself.")
    if made.upns:
        say(
            f"The on-the-day file lists {counted(made.upns, 'pupil')} by UPN; remove the lines of those "
            "with nothing to say."
        )
    elif any(file.suffix == ".csv" for file in made.written):
        say(
            "The on-the-day file lists no pupils, as the return is not prepared yet. Write the UPNs in yourself, or "
            f"remove the file, run waybill prepare {period} --school {school}, and this again."
        )
    say("Columns of the on-the-day file:")
    for column in made.columns:
        say(column, 2)
    say(f"Census day is {made.census_day:%d %B %Y}; the return is due by {made.due:%d %B %Y}.")
    say(f"Next: fill in what is asked, then waybill prepare {period} --school {school}")
