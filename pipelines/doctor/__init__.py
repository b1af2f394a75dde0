"""What is wrong with an installation, found by looking: each look answers in symptoms of a class of failure.

Belongs here: looking, without changing anything. What a class means is `pipelines.failure_classes`; who is told is
`pipelines.alerts`.
"""
