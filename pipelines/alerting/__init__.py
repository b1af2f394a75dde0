"""Telling people what needs them, without personal data: which route, once, with word when it is over.

Belongs here: routes, what each has been told, the letters, and the post. What is wrong is `pipelines.doctor`'s to find.
"""
