"""How results look: a module a topic. Words that every topic uses are `pipelines.screen`; nothing here decides."""
