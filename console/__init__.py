"""The desk: web pages for data managers, heads, data protection officers, auditors and trust IT.

Belongs here: who is at the door, which page is whose, and how the results of `pipelines.actions` look in a browser.
What a person may do is decided again in the action; nothing is decided here alone. No pupil's value stands in an
address, a log, a page title or an exception.
"""
