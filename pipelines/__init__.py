"""Assembly: settings, definitions, jobs, schedules, sensors, actions and the command line.

Belongs here: everything that knows which trust, which clock and which folder. Import concrete submodules.
"""
